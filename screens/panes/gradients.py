"""The gradient of every layer: its L2 norm now, as bars, and over the epochs."""

from dataclasses import replace

from textual.app import ComposeResult

from nnsim.session import Session
from screens.panes.base import Pane, cursor_epoch, epochs_range, series_curves
from screens.plots import Bar, Bars, Chart, PlotWidget, number

VANISHING, EXPLODING = 1e-7, 100.0


def verdict(norm: float) -> str:
    """A word for a gradient norm that training cannot live with."""
    if norm < VANISHING:
        return "vanishing"
    return "exploding" if norm > EXPLODING else ""


class GradientsPane(Pane):
    """Gradient norms of the focused run, bars above the history, logarithmic or linear (`l`)."""

    title = "Gradient per layer"
    logarithmic = True

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.plot = PlotWidget(Bars()), PlotWidget()

    def compose(self) -> ComposeResult:
        yield self.bars
        yield self.plot

    def update_from(self, session: Session) -> None:
        self.entitle(session)
        track = session.focused
        layers = track.timeline.layers
        height = self.content_size.height
        rows = len(layers) + 1
        self.plot.display = height >= rows + 6
        self.bars.styles.height = rows if self.plot.display else "1fr"
        if not layers:
            self.plot.display = False
            self.bars.show(Bars(empty="random search uses no gradient"))
            self.say("")
            return
        record = track.timeline.record(session.step_of(track))
        norms = {layer: record[f"gradient:{layer}"] for layer in layers if f"gradient:{layer}" in record}
        self.bars.show(
            Bars(
                tuple(Bar(name, norm, verdict(norm), index) for index, (name, norm) in enumerate(norms.items())),
                log=bool(self.logarithmic),
                unit="L2 norm",
                empty="press → or .",
            )
        )
        if self.plot.display:
            self.plot.show(self._history(session, layers))
        self.say(self._compare(norms))

    def _history(self, session: Session, layers: tuple[str, ...]) -> Chart:
        columns = max(self.plot.content_size.width, 16)
        curves = []
        for index, layer in enumerate(layers):
            for curve in series_curves(session, f"gradient:{layer}", columns, [session.focused]):
                curves.append(replace(curve, name=layer, style=index))
        return Chart(
            tuple(curves),
            x_range=epochs_range(session),
            log_y=bool(self.logarithmic),
            x_label="epoch",
            y_label="norm",
            cursor_x=cursor_epoch(session),
            empty="",
        )

    def _compare(self, norms: dict[str, float]) -> str:
        """How the smallest and the largest relate."""
        positive = {name: norm for name, norm in norms.items() if norm > 0}
        if len(positive) < 2:
            return ""
        low, high = min(positive, key=positive.__getitem__), max(positive, key=positive.__getitem__)
        return f"{high} is {number(positive[high] / positive[low])} times {low}"
