"""The band of many seeds behind a loss, trained between two frames."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nnsim.session.view import Capability, View
from screens.panes.curves import epochs_range
from screens.plots import Curve
from screens.slices import in_slices

if TYPE_CHECKING:
    from nnsim.analysis.many_seeds import ManySeeds

SEEDS = 100
GROUP = 20  # trained at once; so many are made ready within a slice
MOST_STUDIES = 8

Key = tuple[str, tuple[tuple[str, str], ...]]


class SeedBand:
    """The losses of seeds 0 to 99 with the settings that the focused run began with.  Args: changed: called when
    there is more to draw."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.on = False
        self._changed = changed
        self._studies: dict[Key, ManySeeds] = {}
        self._wanted: ManySeeds | None = None
        self._training = False

    def turn(self, view: View) -> None:
        self.on = not self.on
        self._want(view)

    def cancel(self) -> None:
        """Stops training, and hides a band that is not whole."""
        self.on, self._wanted = False, None

    @property
    def under_way(self) -> bool:
        """Whether seeds are missing."""
        return self.on and self._wanted is not None and not self._wanted.finished

    @property
    def waits(self) -> bool:
        """Whether seeds are missing that nobody trains."""
        return self.under_way and not self._training

    async def train(self) -> None:
        """Trains until the band is whole, or hidden."""
        self._training = True
        try:
            await in_slices(
                lambda steps: self._wanted.advance(steps) if self._wanted else 0,
                lambda: self.under_way,
                self._changed,
            )
        finally:
            self._training = False
        self._changed()

    def _want(self, view: View) -> None:
        """Takes the study of the focused run's settings."""
        if not self.on or Capability.SETTINGS not in view.focused.capabilities:
            self._wanted = None
            return
        timeline = view.focused.timeline
        settings = {key: value for key, value in timeline.settings.items() if key != "random.seed"}
        key = (timeline.variant, tuple(sorted((name, repr(value)) for name, value in settings.items())))
        if key not in self._studies:
            from nnsim.analysis.many_seeds import ManySeeds  # which no first figure waits for

            while len(self._studies) >= MOST_STUDIES:
                del self._studies[next(iter(self._studies))]
            self._studies[key] = ManySeeds(
                timeline.scenario, timeline.variant, {**settings, "random.seed": 0}, count=SEEDS, group=GROUP
            )
        self._wanted = self._studies[key]

    def epochs(self, view: View) -> tuple[float, float]:
        """The ends of the axis: the whole run where there is nothing but the band."""
        low, high = epochs_range(view)
        track = view.focused
        alone = self.on and not any(one.log.length for one in view.tracks)
        return low, track.last_step / view.steps_per_epoch if alone else high

    def curves(self, view: View, epochs: tuple[float, float], columns: int) -> list[Curve]:
        """The band and its mean, drawn behind everything else, with the settings at the start of the run."""
        self._want(view)
        if self._wanted is None:
            return []
        found, style = self._wanted.band(), view.free_style(len(view.compared))
        x = found.steps / view.steps_per_epoch
        if not len(x) or x[0] > epochs[1]:
            return []
        at = np.linspace(x[0], min(x[-1], epochs[1]), 2 * columns)
        low, quartile1, mean, quartile3, high = (
            np.interp(at, x, values)
            for values in (found.low, found.quartile1, found.mean, found.quartile3, found.high)
        )
        # A stroke for every column of dots: shading that shows without colours too.
        return [
            Curve("middle half", at, quartile1, quartile3, style=style, faint=True, sign="⣿"),
            Curve("lowest, highest", at, low, style=style, faint=True, sign="⠤"),
            Curve("", at, high, style=style, faint=True),
            Curve(f"mean of {SEEDS} seeds", at, mean, style=style),
        ]

    def reading(self) -> str:
        """The progress of the band, or its meaning."""
        study = self._wanted
        if study is None:
            return ""
        if not study.finished:
            return f"seeds {int(study.done)} of {SEEDS} (esc stops)"
        diverged = sum(one.stop_reason == "diverged" for one in study.results)
        return f"{SEEDS} seeds: mean, half, range{f', {diverged} diverged' if diverged else ''}"
