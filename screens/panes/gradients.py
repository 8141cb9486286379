"""The gradient of every layer: its L2 norm now, as bars, and over the epochs; before and after clipping."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding

from nnsim.analysis.evaluation_metrics import UpdateRatio, update_ratios
from nnsim.diagnosis.signs import verdicts
from nnsim.scenario.lesson_schema import plain_name
from nnsim.session.view import Capability, TrackView, View
from screens.panes.curves import crosshair_epoch, cursor_epoch, epochs_range, read_at, series_curves
from screens.panes.earlier_steps import RatiosOverTime
from screens.panes.pane import Pane, run_suffix
from screens.plots import Bar, Bars, Chart, Curve, PlotWidget, number
from screens.plots.axis import round_axis

PARTS = ("both", "over time", "now")
CLIPPED = "clipped"
RATIO_TITLE = "Update / weight"
MARKED = ">"  # before the layer that the page of the lesson marks
LEAST_SHARE = 1e-9  # of the largest gradient: what is smaller does not stretch the scale of the bars
BESIDE = 50  # columns from which a bar has room for the second reading


class GradientsPane(Pane):
    """Gradient norms of the focused run, bars and history (`h`), or how far an update moves the weights (`u`)."""

    kind = "gradients"
    needs = Capability.GRADIENT
    figures_drawn = frozenset({"gradient", "clipped"})
    logarithmic = True
    logarithmic_x = False
    draws_crosshair = True
    BINDINGS = [Binding("h", "parts", "now / over time / both"), Binding("u", "reading", "norm / update to weight")]

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.plot = PlotWidget(Bars()), PlotWidget()
        self.parts = "both"
        self.ratio = False  # whether update-to-weight ratios are shown
        self._earlier = RatiosOverTime(self, lambda: self.ratio and self.plot.display)

    def compose(self) -> ComposeResult:
        yield self.bars
        yield self.plot

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot if self.plot.display else None

    def action_parts(self) -> None:
        """Switches between the history, the bars, and both where there is room."""
        self.parts = PARTS[(PARTS.index(self.parts) + 1) % len(PARTS)]
        if not self._room_for_both and self.parts == "both":
            self.parts = "over time"  # what "both" has shown was the bars
        self.changed()

    def action_reading(self) -> None:
        if not self._has_parameters:
            self.tell("Another program has trained this run: its log has no parameters to compare updates with.")
            return
        self.ratio, self._earlier.steps.stopped = not self.ratio, False
        self.bars.forget_limits()
        self.plot.forget_limits()
        self.changed()

    def cancel(self) -> bool:
        return self._earlier.steps.stop()

    _room_for_both = _has_parameters = True

    def update_from(self, view: View) -> None:
        self._has_parameters = Capability.PARAMETERS in view.focused.capabilities
        self.ratio = self.ratio and self._has_parameters
        self.set_title(RATIO_TITLE if self.ratio else self.title, run_suffix(view))
        track = view.focused
        layers = track.log.layers
        at = view if self.crosshair is None else self.crosshair
        bars = self._bars(at, layers)
        rows = len(bars) + 1
        self._room_for_both = self.content_size.height >= rows + 6
        layout = self.parts if self._room_for_both or self.parts != "both" else "now"
        self.bars.display, self.plot.display = layout != "over time", layout != "now"
        self.bars.styles.height = rows if layout == "both" else "1fr"
        if self.bars.display:
            unit = "L2 norm of the update / of the weights" if self.ratio else "L2 norm"
            log = bool(self.logarithmic)
            limits = None if self.ratio else self.whole_scale(view, layers)
            self.bars.show(Bars(tuple(bars), log=log, limits=limits, unit=unit, empty=self._nothing_yet(view)))
        if self.plot.display:
            self.plot.show(self._ratios_over_time(view) if self.ratio else self._history(view, layers))
        parts = [self._ratios_reading(at) if self.ratio else self.troubles(at, layers)]
        if progress := self._earlier.steps.progress:
            parts.insert(0, progress)
        elif layout != self.parts:
            parts.append("h: over time")  # for which there is no room below the bars
        self.set_reading(" · ".join(filter(None, parts)))

    def whole_scale(self, view: View, layers: tuple[str, ...]) -> tuple[float, float] | None:
        """The range of all gradients of the runs so far, in round numbers: a bar means the same at every step.

        Where another run has exploded, and the bars would have no length, it is that of the run in focus.
        """
        own = self._sizes(view, [view.focused], layers)
        sizes = self._sizes(view, view.able(self.needs), layers)
        if not sizes:
            return None
        if own and max(own) < LEAST_SHARE * max(sizes):
            sizes = own
        log = bool(self.logarithmic)
        axis = round_axis(max(min(sizes), LEAST_SHARE * max(sizes)) / 10.0 if log else 0.0, max(sizes), log)
        return (axis.low, axis.high) if log else (0.0, axis.high)

    @staticmethod
    def _sizes(view: View, tracks: Sequence[TrackView], layers: tuple[str, ...]) -> list[float]:
        """The smallest and largest gradients of layers of these runs, as far as they are drawn."""
        sizes: list[float] = []
        for track in tracks:
            for layer in layers:
                series = track.log.series.get(f"gradient:{layer}")
                if series is not None and len(series):
                    whole = series.envelope(0, series.count_at(view.drawn(track, "gradient")), 1)
                    sizes += [*whole.low.tolist(), *whole.high.tolist()]
        return [one for one in sizes if np.isfinite(one) and one > 0.0]

    def _nothing_yet(self, view: View) -> str:
        if not view.cursor.phase:
            return "press → or ."
        return f"the phase {'update' if self.ratio else 'backward'} tells it: press ."

    def _bars(self, at: View, layers: tuple[str, ...]) -> list[Bar]:
        """A bar for each layer, and one more where its gradient is clipped."""
        track = at.focused
        record = at.figures(track)
        beside = self.content_size.width >= BESIDE
        ratios = {one.name: one for one in self._ratios(at, track)} if beside or self.ratio else {}
        if self.ratio:
            return [
                Bar(name, ratios[name].ratio, style=i, shade=shade_of(i, layers))
                for i, name in enumerate(layers)
                if name in ratios
            ]
        bars, words = [], _verdicts(at)
        for index, layer in enumerate(layers):
            if (norm := record.get(f"gradient:{layer}")) is None:
                continue
            beside_bar = f"update/weight {number(ratios[layer].ratio)}" if layer in ratios else ""
            if beside_bar and at.known(track, "gradient") > at.known(track, "update"):
                beside_bar = f"{at.whose(track, 'update')}{beside_bar}"
            shade = shade_of(index, layers)
            name = f"{MARKED} {layer}" if plain_name(layer) == plain_name(self.marked_layer) else layer
            bars.append(Bar(name, norm, words.get(layer, ""), index, beside_bar, shade))
            if (clipped := record.get(f"clipped:{layer}")) is not None:
                bars.append(Bar("clipped to", clipped, style=index, shade=shade))
        return bars

    def _ratios(self, at: View, track: TrackView) -> tuple[UpdateRatio, ...]:
        step = at.step_of(track)
        if step == 0 or Capability.PARAMETERS not in track.capabilities:
            return ()
        return update_ratios(track.asked_at(step))

    def _history(self, view: View, layers: tuple[str, ...]) -> Chart:
        columns = max(self.plot.content_size.width, 16)
        prefix = _prefix(layers, columns)
        curves: list[Curve] = []
        words = {} if self.crosshair is None else _verdicts(self.crosshair)
        for index, layer in enumerate(layers):
            for figure, hollow in ((f"clipped:{layer}", CLIPPED), (f"gradient:{layer}", "")):
                name = "" if hollow else layer.removeprefix(prefix)
                value = read_at(self, view.focused, figure)
                label = (
                    name
                    if value is None
                    else f"{name} {number(value)} {'' if hollow else words.get(layer, '')}".strip()
                )
                for curve in series_curves(view, figure, columns, [view.focused]):
                    curves.append(
                        replace(curve, name=label, style=index, hollow=hollow, shade=shade_of(index, layers))
                    )
        return self._over_time(view, curves, f"norm of {prefix}" if prefix else "norm")

    def _ratios_over_time(self, view: View) -> Chart:
        """Update-to-weight ratios of the layers at even steps up to the cursor, as far as they are known."""
        self._earlier.steps.update(view)
        track, columns = view.focused, max(self.plot.content_size.width, 16)
        step = view.step_of(track)
        ends, ratios = self._earlier.before(track.timeline, step)
        now = {one.name: one.ratio for one in self._ratios(view, track)}
        layers = track.timeline.layers
        prefix = _prefix(layers, columns)
        curves = []
        for index, layer in enumerate(layers):
            if layer in now:
                x = np.append(ends[ends < step], step) / track.timeline.steps_per_epoch
                values = np.append(ratios[layer][ends < step], now[layer]) if len(ends) else np.array([now[layer]])
                shade = shade_of(index, layers)
                curves.append(Curve(layer.removeprefix(prefix), x, values, style=index, shade=shade))
        return self._over_time(view, curves, f"update/weight of {prefix}" if prefix else "update/weight")

    def _over_time(self, view: View, curves: list[Curve], label: str) -> Chart:
        log_x = bool(self.logarithmic_x)
        return Chart(
            tuple(curves),
            x_range=epochs_range(view, log_x),
            log_x=log_x,
            log_y=bool(self.logarithmic),
            x_label=view.unit,
            y_label=label,
            named_at_ends=True,
            cursor_x=cursor_epoch(view),
            crosshair_x=crosshair_epoch(self),
            empty="",
        )

    def _ratios_reading(self, at: View) -> str:
        """The layers that the last update moved furthest and least, relative to their weights."""
        whose = at.whose(at.focused, "update")
        parts = [f"{whose}update"] if whose else []
        if self.crosshair is not None:
            parts = [self.place_read]
        found = sorted(self._ratios(at, at.focused), key=lambda one: -one.ratio)
        if found:
            parts.append(f"most {found[0].name}, {number(found[0].ratio)}")
        if len(found) > 1:
            parts.append(f"least {found[-1].name}, {number(found[-1].ratio)}")
        return " · ".join(parts)

    def troubles(self, at: View, layers: tuple[str, ...]) -> str:
        """Vanishing and exploding layers, or the ratio of the largest gradient to the smallest."""
        record = at.figures(at.focused)
        whose = at.whose(at.focused, "gradient")
        norms = {layer: record[f"gradient:{layer}"] for layer in layers if f"gradient:{layer}" in record}
        parts = [f"{whose}gradient"] if whose else []
        if self.crosshair is not None:
            parts = [self.place_read]
        wrong = _verdicts(at)
        if len(wrong) > 2:
            counts = [(word, list(wrong.values()).count(word)) for word in dict.fromkeys(wrong.values())]
            return " · ".join([*parts, *(f"{count} of {len(norms)} {word}" for word, count in counts)])
        if wrong:
            return " · ".join([*parts, *(f"{layer} {word}" for layer, word in wrong.items())])
        if self.crosshair is not None:
            return " · ".join([*parts, *(f"{layer} {number(norm)}" for layer, norm in norms.items())])
        positive = {name: norm for name, norm in norms.items() if norm > 0}
        if len(positive) < 2:
            return " · ".join(parts)
        low, high = min(positive, key=positive.__getitem__), max(positive, key=positive.__getitem__)
        return " · ".join([*parts, f"{high} is {number(positive[high] / positive[low])} times {low}"])


def shade_of(index: int, layers: tuple[str, ...]) -> float:
    """The place of a layer among all, from 0 to 1."""
    return index / max(1, len(layers) - 1)


def _verdicts(at: View) -> dict[str, str]:
    """A word in capitals for each layer whose gradient stops training."""
    found = verdicts(at.focused.log, at.known(at.focused, "gradient"))
    return {layer: word.upper() for layer, word in found.items()}


def _prefix(layers: tuple[str, ...], columns: int) -> str:
    """The part of layer names to leave out where they do not fit side by side: cut, they would not differ."""
    return "" if sum(len(layer) + 4 for layer in layers) + 6 <= columns else "layer"
