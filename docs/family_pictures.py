"""Draws docs/methods/*.svg: the curves of a family, computed by its parts and drawn by the plots of nnsim."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.arrays import Array, perform
from nnsim.nn.initializers import INITIALIZERS
from nnsim.nn.losses import LOSSES
from nnsim.optim.clipping import CLIPPINGS, Clipping
from nnsim.optim.schedules import SCHEDULES
from nnsim.scenario.catalog import find
from nnsim.scenario.scenario import read_scenario
from nnsim.timeline.run import Run
from screens.capture.svg import svg
from screens.plots.chart import draw_chart, fit_axes
from screens.plots.plot_model import Chart, Curve
from screens.plots.plot_style import Look

FOLDER = Path(__file__).resolve().parent / "methods"
SIZE = 100, 28
Points = tuple[str, Array, Array]
EPOCHS = 100  # of the optimizers


def activations() -> Iterator[Points]:
    """Outputs between -4 and 4; of softmax, the first of two units, the other at 0."""
    z = np.linspace(-4.0, 4.0, 401)
    for kind, part in ACTIVATIONS.items():
        below = np.stack([z, np.zeros_like(z)]) if kind == "softmax" else z[None, :]
        a = np.empty_like(below)
        perform(part().forward(below.copy(), a))
        yield kind, z, a[0]


def losses() -> Iterator[Points]:
    """The loss of one answer: of those from logits, that of class 1, over its logit; of others, over the error."""
    error = np.linspace(-3.0, 3.0, 301)
    for kind, part in LOSSES.items():
        loss = part()
        scored, target = error[:, None, None], np.ones((1, 1)) if loss.from_logits else np.zeros((1, 1))
        if kind == "softmax-cross-entropy":
            scored = np.concatenate([scored, np.zeros_like(scored)], axis=1)
            target = np.array([[1.0], [0.0]])
        yield kind, error, np.asarray(loss.values(scored, np.broadcast_to(target, scored.shape)))


def schedules() -> Iterator[Points]:
    """Rates of a run of 100 epochs; of the plateau, with a loss that never falls."""
    epochs = np.arange(101)
    for kind, part in SCHEDULES.items():
        if kind in ("range-test", "reduce-on-plateau"):
            continue  # the one is a sweep over decades, the other asks the losses
        settings = {"first": 50} if kind == "warm-restarts" else {}
        yield kind, epochs.astype(np.float64), part(rate=0.1, **settings).over(epochs, 1, 100)


def initializers() -> Iterator[Points]:
    """How often a weight lies where, of a layer with 200 inputs and 100 units, in bins of 0.02."""
    edges = np.linspace(-0.4, 0.4, 41)
    middles = (edges[:-1] + edges[1:]) / 2.0
    for kind in ("he", "lecun", "normal", "orthogonal", "xavier"):
        for shape in ("normal", "uniform") if kind == "xavier" else ("",):
            settings = {"distribution": shape} if shape else {}
            weights = INITIALIZERS[kind](**settings).draw((200, 100), rng=np.random.default_rng(0))
            yield f"{kind} {shape}".strip(), middles, np.histogram(weights, edges)[0] / weights.size


def clipping() -> Iterator[Points]:
    """Length of the gradient (3, 4) / 5 * x after clipping to 1."""
    lengths = np.linspace(0.0, 3.0, 121)
    for kind, part in CLIPPINGS.items():
        rule = part() if kind == "none" else part(limit=1.0)
        if kind == "layer-norm":
            continue  # of one layer it is that of the whole
        yield kind, lengths, np.array([_clipped(rule, x) for x in lengths])


def _clipped(rule: Clipping, length: float) -> float:
    gradient = np.array([0.6, 0.8]) * length
    clipped = gradient.copy()
    perform(rule.clip(gradient, clipped, (slice(0, 2),)))
    return float(np.linalg.norm(clipped))


def optimizers() -> Iterator[Points]:
    """The loss of each optimizer on the network of the scenario `optimizer-race`, with a rate that suits it."""
    scenario = read_scenario(find("optimizer-race"))
    for variant in scenario.variants:
        run = Run(scenario, variant.name)
        steps = EPOCHS * run.timeline.steps_per_epoch
        run.advance_to(steps)
        yield variant.name, np.arange(1.0, steps + 1.0), run.timeline.series["loss"].values(0, steps)


class Shown(NamedTuple):
    """How a family is drawn: its curves, what its axes say, and a sentence below the picture."""

    curves: Callable[[], Iterator[Points]]
    x: str
    y: str
    told: str
    log: bool = False


PICTURES = {
    "activations": Shown(activations, "z", "f(z)", "Of softmax the first of two units, the second at z = 0."),
    "clipping": Shown(
        clipping, "length", "clipped", "The gradient (0.6, 0.8) times its length, with a limit of 1."
    ),
    "initializers": Shown(
        initializers, "weight", "share", "20,000 weights from 200 inputs to 100 units, in bins of 0.02."
    ),
    "losses": Shown(
        losses,
        "a - y",
        "C",
        "One answer, over its error; of the cross-entropies over the logit, where the answer is 1.",
    ),
    "optimizers": Shown(
        optimizers, "epoch", "loss", "The network of `optimizer-race`, each with a rate that suits it.", log=True
    ),
    "schedules": Shown(
        schedules,
        "epoch",
        "rate",
        "With a rate of 0.1 over 100 epochs, restarts after 50; all else as it is by default.",
    ),
}


def picture(name: str) -> str:
    """The picture of a family, as SVG."""
    shown, (width, height) = PICTURES[name], SIZE
    curves = tuple(Curve(label, x, y, style=i) for i, (label, x, y) in enumerate(shown.curves()))
    chart = Chart(curves, log_y=shown.log, x_label=shown.x, y_label=shown.y)
    look = Look()
    return svg(draw_chart(chart, width, height, look, fit_axes(chart)).strips(look), name)


def write() -> None:
    """Write all pictures."""
    for name in PICTURES:
        (FOLDER / f"{name}.svg").write_text(picture(name), "utf-8")
