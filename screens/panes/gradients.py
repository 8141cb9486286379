"""The gradient of every layer: its L2 norm now, as bars, and over the epochs; before and after clipping."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from nnsim.analysis.metrics import UpdateRatio, update_ratios
from nnsim.narrator import EXPLODING, VANISHING
from nnsim.session import Session, Track
from screens.panes.base import Pane
from screens.panes.curves import crosshair_epoch, cursor_epoch, epochs_range, place_read, read_at, series_curves
from screens.plots import Bar, Bars, Chart, Curve, PlotWidget, number

VIEWS = ("both", "over time", "now")
BESIDE = 50  # columns from which a bar has room for the second reading


def verdict(norm: float) -> str:
    """A word for a gradient norm that training cannot live with."""
    if norm < VANISHING:
        return "VANISHING"
    return "EXPLODING" if norm > EXPLODING else ""


class GradientsPane(Pane):
    """Gradient norms of the focused run, bars and history (`h`), or how far an update moves the weights (`u`)."""

    kind = "gradients"
    tells = frozenset({"gradient", "clipped"})
    logarithmic = True
    logarithmic_x = False
    draws_crosshair = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "view", "now / over time / both"),
        Binding("u", "reading", "norm / update to weight"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.plot = PlotWidget(Bars()), PlotWidget()
        self.view = "both"
        self.ratio = False  # whether the bars are update-to-weight ratios

    def compose(self) -> ComposeResult:
        yield self.bars
        yield self.plot

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot if self.plot.display else None

    def action_view(self) -> None:
        """Show the history alone, the bars alone, or both where there is room for both."""
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]
        if not self._room_for_both and self.view == "both":
            self.view = "over time"  # what "both" has shown was the bars
        self.changed()

    def action_reading(self) -> None:
        """Let the bars tell the other reading."""
        self.ratio = not self.ratio
        self.bars.forget_limits()
        self.changed()

    _room_for_both = True

    def update_from(self, session: Session) -> None:
        self.entitle(session)
        track = session.focused
        layers = track.timeline.layers
        at = session if self.crosshair is None else self.crosshair
        bars = self._bars(at, layers)
        rows = len(bars) + 1
        self._room_for_both = self.content_size.height >= rows + 6
        shown = self.view if self._room_for_both or self.view != "both" else "now"
        self.bars.display, self.plot.display = shown != "over time", shown != "now"
        self.bars.styles.height = rows if shown == "both" else "1fr"
        if self.bars.display:
            unit = "L2 norm of the update / of the weights" if self.ratio else "L2 norm"
            log = bool(self.logarithmic)
            self.bars.show(Bars(tuple(bars), log=log, unit=unit, empty=self._nothing_yet(session)))
        if self.plot.display:
            self.plot.show(self._history(session, layers))
        self.say(self._told(at, layers))

    def _nothing_yet(self, session: Session) -> str:
        """What brings the first of these figures."""
        if not session.cursor.phase:
            return "press → or ."
        return f"the phase {'update' if self.ratio else 'backward'} tells it: press ."

    # ------------------------------------------------------------------ now

    def _bars(self, at: Session, layers: tuple[str, ...]) -> list[Bar]:
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
                bars.append(Bar("clipped to", clipped, verdict(clipped), index + len(layers)))
        return bars

    def _ratios(self, at: Session, track: Track) -> tuple[UpdateRatio, ...]:
        step = at.step_of(track)
        if step == 0:
            return ()
        return update_ratios(track.asked_at(step))

    # ------------------------------------------------------------------ over time

    def _history(self, session: Session, layers: tuple[str, ...]) -> Chart:
        columns = max(self.plot.content_size.width, 16)
        # Names that do not fit side by side would be cut where they differ.
        prefix = "" if sum(len(layer) + 4 for layer in layers) + 6 <= columns else "layer"
        curves: list[Curve] = []
        for index, layer in enumerate(layers):
            for figure, name, style in (
                (f"clipped:{layer}", f"{layer.removeprefix(prefix)} clipped", index + len(layers)),
                (f"gradient:{layer}", layer.removeprefix(prefix), index),
            ):
                value = read_at(self, session.focused, figure)
                told = name if value is None else f"{name} {number(value)} {verdict(value)}".rstrip()
                for curve in series_curves(session, figure, columns, [session.focused]):
                    curves.append(replace(curve, name=told, style=style))
        log_x = bool(self.logarithmic_x)
        return Chart(
            tuple(curves),
            x_range=epochs_range(session, log_x),
            log_x=log_x,
            log_y=bool(self.logarithmic),
            x_label="epoch",
            y_label="layer" if prefix else "norm",
            cursor_x=cursor_epoch(session),
            crosshair_x=crosshair_epoch(self),
            empty="",
        )

    # ------------------------------------------------------------------ in words

    def _told(self, at: Session, layers: tuple[str, ...]) -> str:
        """What is wrong with the gradients, or how the smallest and the largest relate."""
        record = at.figures(at.focused)
        whose = at.whose(at.focused, "update" if self.ratio and self.bars.display else "gradient")
        norms = {layer: record[f"gradient:{layer}"] for layer in layers if f"gradient:{layer}" in record}
        told = [f"{whose}{'update' if self.ratio else 'gradient'}"] if whose else []
        if self.crosshair is not None:
            told = [place_read(self)]
        wrong = {layer: verdict(norm) for layer, norm in norms.items() if verdict(norm)}
        if len(wrong) > 2:
            counts = [(word, list(wrong.values()).count(word)) for word in dict.fromkeys(wrong.values())]
            return " · ".join([*told, *(f"{count} of {len(norms)} layers {word}" for word, count in counts)])
        if wrong:
            return " · ".join([*told, *(f"{layer} {word}" for layer, word in wrong.items())])
        if self.crosshair is not None:
            return " · ".join([*told, *(f"{layer} {number(norm)}" for layer, norm in norms.items())])
        positive = {name: norm for name, norm in norms.items() if norm > 0}
        if len(positive) < 2:
            return " · ".join(told)
        low, high = min(positive, key=positive.__getitem__), max(positive, key=positive.__getitem__)
        return " · ".join([*told, f"{high} is {number(positive[high] / positive[low])} times {low}"])
