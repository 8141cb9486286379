"""What the documents show of every pane: a scenario, what is pressed in it, and what is to be seen then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SIZES = ((80, 24), (120, 40), (200, 50))


@dataclass(frozen=True)
class Scene:
    """One pane, alone on the screen.

    Args: keys: what is pressed before the pane has the screen to itself. then: what is pressed after that.
    """

    pane: str
    name: str
    scenario: str
    told: str
    keys: Sequence[str] = ()
    then: Sequence[str] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    variant: str | None = None


def on(epochs: int) -> list[str]:
    """The keys that train so many epochs."""
    return [*str(epochs), "right"]


SCENES = (
    Scene(
        "loss",
        "loss",
        "xor",
        "The run so far among a hundred other seeds: their mean, middle half and extremes",
        on(1500),
        ["B"],
        variant="biases",
    ),
    Scene(
        "loss",
        "loss-fork",
        "xor-plateau",
        "Two futures of one run: a fork, the step where it first differs, marks",
        [*on(400), "m", *"flat", "enter", "f", *"schedule.rate=5", "enter", *on(600)],
    ),
    Scene(
        "loss",
        "loss-smoothed",
        "batch-size",
        "Four batch sizes, smoothed, with the raw curves faint behind them",
        on(60),
        ["k"],
    ),
    Scene(
        "gradients",
        "gradients",
        "vanishing-gradients",
        "Eight sigmoid layers: what comes back to the first is nearly nothing, and says so",
        on(300),
    ),
    Scene(
        "schedule",
        "schedule",
        "learning-rate-schedules",
        "Ten schedules, all of each ahead, and the cursor on them",
        on(25),
    ),
    Scene(
        "predictions",
        "predictions",
        "losses",
        "Seven points on a line and an outlier, as three losses see them",
        on(400),
    ),
    Scene(
        "lesson",
        "lesson",
        "vanishing-gradients",
        "Predict, then reveal: a question before the run",
        on(20),
        ["enter", "enter"],
    ),
    Scene(
        "arrays",
        "arrays",
        "four-steps",
        "Inside a step: the arrays of the phase, with their formulas",
        [*on(3), "full_stop", "full_stop", "full_stop"],
    ),
    Scene(
        "surface",
        "surface",
        "optimizer-race-rosenbrock",
        "The valley, the ways of the optimizers through it, and gradient, momentum and step as arrows",
        on(120),
        ["a"],
    ),
    Scene("best", "best", "needle-in-a-haystack", "Grid, guess and gradient, by what each has paid", on(40)),
    Scene(
        "gap",
        "gap",
        "random-search-vs-gradient-descent",
        "How far random search falls behind, by the number of parameters",
        on(1500),
    ),
    Scene("network", "network", "xor", "A network with a row of data going through it", on(2000), variant="biases"),
    Scene(
        "decision",
        "decision",
        "playground-spiral",
        "The answer all over the input plane, the data on it, a small picture of every unit",
        on(250),
        variant="deep",
    ),
    Scene(
        "decision",
        "decision-hidden",
        "playground-spiral",
        "The plane as a hidden layer bends it",
        on(250),
        ["h"],
        variant="deep",
    ),
    Scene("decision", "decision-curve", "playground-plane", "A number to predict", on(60)),
    Scene("data", "data", "playground-gauss", "Rows with target, answer and error, the worst first", on(20)),
    Scene(
        "arithmetic",
        "arithmetic",
        "xor",
        "The chain rule of one weight with its numbers, checked by a finite difference",
        [*on(100), "full_stop", "full_stop", "full_stop"],
    ),
    Scene("weights", "weights", "digits", "The weights of each layer, over time; dead and saturated units", on(6)),
    Scene("metrics", "metrics", "digits", "Accuracy and the confusion matrix of ten digits", on(6)),
    Scene("narrator", "narrator", "vanishing-gradients", "What is happening, in sentences", on(300)),
)
