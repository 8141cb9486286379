"""The gradient of every layer: its L2 norm now, as bars, and over the epochs; before and after clipping."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from nnsim.analysis.evaluation_metrics import UpdateRatio, update_ratios
from nnsim.diagnosis.signs import EXPLODING, VANISHING
from nnsim.session.view import Capability, TrackView, View
from nnsim.timeline import RunLog
from screens.panes.curves import crosshair_epoch, cursor_epoch, epochs_range, place_read, read_at, series_curves
from screens.panes.earlier_steps import EarlierSteps, RatiosOverTime
from screens.panes.pane import Pane, run_shown
from screens.plots import Bar, Bars, Chart, Curve, PlotWidget, number

PARTS = ("both", "over time", "now")
CLIPPED = "clipped"
RATIO_TITLE = "Update / weight"
BESIDE = 50  # columns from which a bar has room for the second reading


def verdict(norm: float) -> str:
    """A word for a gradient norm that training cannot live with."""
    if norm < VANISHING:
        return "VANISHING"
    return "EXPLODING" if norm > EXPLODING else ""


class GradientsPane(Pane):
    """Gradient norms of the focused run, bars and history (`h`), or how far an update moves the weights (`u`)."""

    kind = "gradients"
    needs = Capability.GRADIENT
    figures_drawn = frozenset({"gradient", "clipped"})
    logarithmic = True
    logarithmic_x = False
    draws_crosshair = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "parts", "now / over time / both"),
        Binding("u", "reading", "norm / update to weight"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.plot = PlotWidget(Bars()), PlotWidget()
        self.parts = "both"
        self.ratio = False  # whether update-to-weight ratios are shown
        self._ratios_before, self._stopped = RatiosOverTime(), False
        self._seen: RunLog | None = None

    def compose(self) -> ComposeResult:
        yield self.bars
        yield self.plot

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot if self.plot.display else None

    def action_parts(self) -> None:
        """Show the history alone, the bars alone, or both where there is room for both."""
        self.parts = PARTS[(PARTS.index(self.parts) + 1) % len(PARTS)]
        if not self._room_for_both and self.parts == "both":
            self.parts = "over time"  # what "both" has shown was the bars
        self.changed()

    def action_reading(self) -> None:
        """Let bars and curves tell the other reading."""
        if not self._has_parameters:
            self.tell("Another program has trained this run: its log has no parameters to compare updates with.")
            return
        self.ratio, self._stopped = not self.ratio, False
        self.bars.forget_limits()
        self.plot.forget_limits()
        self.changed()

    def cancel(self) -> bool:
        on_the_way = self._on_the_way
        if on_the_way:
            self._stopped = True
            self.changed()
        return on_the_way

    @property
    def _on_the_way(self) -> bool:
        """Whether ratios of earlier steps are being worked out."""
        return self.ratio and self.plot.display and not self._stopped and self._retracing.complete < 1.0

    @property
    def _retracing(self) -> EarlierSteps:
        return self._ratios_before.retracing

    _room_for_both = _has_parameters = True

    def update_from(self, view: View) -> None:
        self._has_parameters = Capability.PARAMETERS in view.focused.capabilities
        self.ratio = self.ratio and self._has_parameters
        self.set_title(RATIO_TITLE if self.ratio else self.title, run_shown(view))
        track = view.focused
        if track.log is not self._seen:
            self._seen, self._stopped = track.log, False
        layers = track.log.layers
        at = view if self.crosshair is None else self.crosshair
        bars = self._bars(at, layers)
        rows = len(bars) + 1
        self._room_for_both = self.content_size.height >= rows + 6
        shown = self.parts if self._room_for_both or self.parts != "both" else "now"
        self.bars.display, self.plot.display = shown != "over time", shown != "now"
        self.bars.styles.height = rows if shown == "both" else "1fr"
        if self.bars.display:
            unit = "L2 norm of the update / of the weights" if self.ratio else "L2 norm"
            log = bool(self.logarithmic)
            self.bars.show(Bars(tuple(bars), log=log, unit=unit, empty=self._nothing_yet(view)))
        if self.plot.display:
            self.plot.show(self._ratios_over_time(view) if self.ratio else self._history(view, layers))
        told = [self._told_ratios(at) if self.ratio else self.troubles(at, layers)]
        if self._on_the_way:
            told.insert(0, f"earlier steps, {int(100 * self._retracing.complete)}% · esc stops")
        elif shown != self.parts:
            told.append("h: over time")  # for which there is no room below the bars
        self.set_reading(" · ".join(filter(None, told)))

    def _nothing_yet(self, view: View) -> str:
        """What brings the first of these figures."""
        if not view.cursor.phase:
            return "press → or ."
        return f"the phase {'update' if self.ratio else 'backward'} tells it: press ."

    # ------------------------------------------------------------------ now

    def _bars(self, at: View, layers: tuple[str, ...]) -> list[Bar]:
        """A bar a layer, and one more behind it where its gradient is clipped."""
        track = at.focused
        record = at.figures(track)
        beside = self.content_size.width >= BESIDE
        ratios = {one.name: one for one in self._ratios(at, track)} if beside or self.ratio else {}
        if self.ratio:
            return [Bar(name, ratios[name].ratio, style=i) for i, name in enumerate(layers) if name in ratios]
        bars = []
        for index, layer in enumerate(layers):
            if (norm := record.get(f"gradient:{layer}")) is None:
                continue
            told = f"update/weight {number(ratios[layer].ratio)}" if layer in ratios else ""
            if told and at.known(track, "gradient") > at.known(track, "update"):
                told = f"{at.whose(track, 'update')}{told}"
            bars.append(Bar(layer, norm, verdict(norm), index, told))
            if (clipped := record.get(f"clipped:{layer}")) is not None:
                bars.append(Bar("clipped to", clipped, verdict(clipped), index))
        return bars

    def _ratios(self, at: View, track: TrackView) -> tuple[UpdateRatio, ...]:
        step = at.step_of(track)
        if step == 0 or Capability.PARAMETERS not in track.capabilities:
            return ()
        return update_ratios(track.asked_at(step))

    # ------------------------------------------------------------------ over time

    def _history(self, view: View, layers: tuple[str, ...]) -> Chart:
        columns = max(self.plot.content_size.width, 16)
        prefix = _prefix(layers, columns)
        curves: list[Curve] = []
        for index, layer in enumerate(layers):
            for figure, hollow in ((f"clipped:{layer}", CLIPPED), (f"gradient:{layer}", "")):
                name = "" if hollow else layer.removeprefix(prefix)
                value = read_at(self, view.focused, figure)
                told = name if value is None else f"{name} {number(value)} {verdict(value)}".strip()
                for curve in series_curves(view, figure, columns, [view.focused]):
                    curves.append(replace(curve, name=told, style=index, hollow=hollow))
        return self._over_time(view, curves, f"norm of {prefix}" if prefix else "norm")

    def _ratios_over_time(self, view: View) -> Chart:
        """How far updates moved the layers at even steps up to the cursor, as far as that is known."""
        self._ratios_before.look(view)
        if self._retracing.waits and not self._stopped:
            self.run_worker(self._retracing.complete_it(lambda: self.display and self._on_the_way, self.changed))
        track, columns = view.focused, max(self.plot.content_size.width, 16)
        step = view.step_of(track)
        ends, ratios = self._ratios_before.before(track.timeline, step)
        now = {one.name: one.ratio for one in self._ratios(view, track)}
        layers = track.timeline.layers
        prefix = _prefix(layers, columns)
        curves = []
        for index, layer in enumerate(layers):
            if layer in now:
                x = np.append(ends[ends < step], step) / track.timeline.steps_per_epoch
                values = np.append(ratios[layer][ends < step], now[layer]) if len(ends) else np.array([now[layer]])
                curves.append(Curve(layer.removeprefix(prefix), x, values, style=index))
        return self._over_time(view, curves, f"update/weight of {prefix}" if prefix else "update/weight")

    def _over_time(self, view: View, curves: list[Curve], label: str) -> Chart:
        log_x = bool(self.logarithmic_x)
        return Chart(
            tuple(curves),
            x_range=epochs_range(view, log_x),
            log_x=log_x,
            log_y=bool(self.logarithmic),
            x_label="epoch",
            y_label=label,
            cursor_x=cursor_epoch(view),
            crosshair_x=crosshair_epoch(self),
            empty="",
        )

    # ------------------------------------------------------------------ in words

    def _told_ratios(self, at: View) -> str:
        """Which layer the last update moved furthest and which least, as a part of its weights."""
        whose = at.whose(at.focused, "update")
        told = [f"{whose}update"] if whose else []
        if self.crosshair is not None:
            told = [place_read(self)]
        found = sorted(self._ratios(at, at.focused), key=lambda one: -one.ratio)
        if found:
            told.append(f"most {found[0].name}, {number(found[0].ratio)}")
        if len(found) > 1:
            told.append(f"least {found[-1].name}, {number(found[-1].ratio)}")
        return " · ".join(told)

    def troubles(self, at: View, layers: tuple[str, ...]) -> str:
        """What is wrong with the gradients, or how the smallest and the largest relate."""
        record = at.figures(at.focused)
        whose = at.whose(at.focused, "gradient")
        norms = {layer: record[f"gradient:{layer}"] for layer in layers if f"gradient:{layer}" in record}
        told = [f"{whose}gradient"] if whose else []
        if self.crosshair is not None:
            told = [place_read(self)]
        wrong = {layer: verdict(norm) for layer, norm in norms.items() if verdict(norm)}
        if len(wrong) > 2:
            counts = [(word, list(wrong.values()).count(word)) for word in dict.fromkeys(wrong.values())]
            return " · ".join([*told, *(f"{count} of {len(norms)} {word}" for word, count in counts)])
        if wrong:
            return " · ".join([*told, *(f"{layer} {word}" for layer, word in wrong.items())])
        if self.crosshair is not None:
            return " · ".join([*told, *(f"{layer} {number(norm)}" for layer, norm in norms.items())])
        positive = {name: norm for name, norm in norms.items() if norm > 0}
        if len(positive) < 2:
            return " · ".join(told)
        low, high = min(positive, key=positive.__getitem__), max(positive, key=positive.__getitem__)
        return " · ".join([*told, f"{high} is {number(positive[high] / positive[low])} times {low}"])


def _prefix(layers: tuple[str, ...], columns: int) -> str:
    """What the names of layers leave out where they do not fit side by side: cut, they would not differ."""
    return "" if sum(len(layer) + 4 for layer in layers) + 6 <= columns else "layer"
