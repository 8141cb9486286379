"""What the documents show of every pane: a scenario, what is pressed in it, and what is to be seen then."""

from collections.abc import Sequence
from dataclasses import dataclass

SIZES = ((80, 24), (120, 40), (200, 50))
PHASES = ("full_stop",) * 3  # forward, loss, backward


class Typed(str):
    """Characters that are typed one after the other."""


@dataclass(frozen=True)
class Scene:
    """One pane, alone on the screen.

    Args: name: of the picture's file; the pane's own, or that with something behind it. told: what is to be seen.
    keys: what is pressed before the pane has the screen to itself. then: what is pressed after that.
    """

    name: str
    scenario: str
    told: str
    keys: Sequence[str]
    then: Sequence[str] = ()
    variant: str | None = None

    @property
    def pane(self) -> str:
        return self.name.partition("-")[0]


def on(epochs: int) -> tuple[str, ...]:
    """The keys that train so many epochs."""
    return (Typed(epochs), "right")


FORK = ("f", Typed("rate"), "enter", *["backspace"] * 3, Typed("20"), "enter")

SCENES = (
    Scene(
        "loss",
        "xor",
        "A run among a hundred other seeds: their mean, the middle half of them, the least and the largest loss",
        on(1500),
        ["B"],
        "biases",
    ),
    Scene(
        "loss-fork",
        "xor-plateau",
        "Two futures of one run: the fork, and the step from which the two differ",
        [*on(300), "m", Typed("flat"), "enter", *on(100), *FORK, *on(600)],
    ),
    Scene(
        "loss-smoothed",
        "batch-size",
        "Four batch sizes, smoothed; the raw curves stay faint behind them",
        on(60),
        ["k"],
    ),
    Scene(
        "gradients",
        "vanishing-gradients",
        "Eight sigmoid layers: next to nothing comes back to the first",
        on(20),
    ),
    Scene(
        "sharpness",
        "edge-of-stability",
        "How sharply the loss bends where it bends most: it rises to 2 / rate, and stays there",
        on(2500),
    ),
    Scene(
        "schedule",
        "learning-rate-schedules",
        "Ten schedules, what is ahead as well as what is past",
        on(25),
    ),
    Scene(
        "predictions",
        "losses",
        "Seven points on a line and an outlier, as four losses see them",
        on(400),
    ),
    Scene(
        "lesson",
        "vanishing-gradients",
        "Predict, then reveal: a question before the run goes on",
        on(20),
        ["enter", "enter"],
    ),
    Scene(
        "arrays",
        "xor",
        "Inside a step: the arrays of the phase under the cursor, each with its formula",
        [*on(300), *PHASES],
        variant="biases",
    ),
    Scene(
        "surface",
        "optimizer-race-rosenbrock",
        "Rosenbrock's valley with the way of momentum through it, the others' places, and arrows for the gradient, "
        "the momentum and the step",
        [*on(40), "v"],
    ),
    Scene(
        "surface-path",
        "optimizer-race",
        "The landscape around the way of a network with 33 parameters, on the plane that holds most of it",
        [*on(150), Typed("6"), "v"],
    ),
    Scene(
        "hill",
        "one-step-downhill",
        "Three balls on the loss of a single number, two steps from where they began",
        on(2),
    ),
    Scene(
        "best",
        "needle-in-a-haystack",
        "Grid, guess and gradient, by what each has paid",
        on(40),
    ),
    Scene(
        "gap",
        "random-search-vs-gradient-descent",
        "How far guessing falls behind, by the number of parameters",
        on(1500),
    ),
    Scene(
        "network",
        "xor",
        "Units and weights with a row of the data going through; the sign is colour and dash, the size is width",
        on(2000),
        ["down"],
        "biases",
    ),
    Scene(
        "decision",
        "playground-spiral",
        "The answer all over the input plane, with the data on it; the arrow keys walk through the hidden units",
        on(250),
        variant="deep",
    ),
    Scene(
        "decision-hidden",
        "playground-circle",
        "The input plane as the hidden layer bends it",
        on(40),
        ["h"],
        "hidden",
    ),
    Scene(
        "decision-curve",
        "overfitting",
        "With one input: the curve that is fitted, and by how much it misses each row",
        [*on(200), Typed("8"), "v"],
    ),
    Scene(
        "data",
        "regularization",
        "Rows with target, answer and error, the worst first; v marks those of the validation",
        on(60),
    ),
    Scene(
        "arithmetic",
        "xor",
        "The chain rule of one weight with its numbers, and its check by a finite difference",
        [*on(100), *PHASES],
        ["n", "n"],
        "biases",
    ),
    Scene(
        "weights",
        "digits",
        "The weights of each layer, from the start on; units that are dead or saturated",
        on(20),
    ),
    Scene(
        "metrics",
        "digits",
        "Accuracy and the confusion matrix of ten digits, for training and validation",
        on(6),
    ),
    Scene(
        "predicted",
        "regularization",
        "Predicted against actual, a point a row; on the line both are equal",
        on(60),
    ),
    Scene(
        "importance",
        "parity-4bit",
        "How much the loss rises when the values of one column change places",
        on(1500),
    ),
    Scene(
        "narrator",
        "vanishing-gradients",
        "What is happening, in sentences",
        on(300),
    ),
    Scene(
        "code",
        "xor",
        "The run as a plain NumPy program; the lines of the phase are marked, with the variables in them",
        [*on(100), *PHASES],
        [],
        "biases",
    ),
    Scene(
        "figures",
        "optimizer-race",
        "Any figure of all runs, one at a time, and the histograms that another program has logged",
        on(100),
        ["u"],
    ),
    Scene(
        "runs",
        "optimizer-race",
        "All runs by their last and lowest losses, and the step at which each first differs from the pinned one",
        on(100),
        ["i"],
    ),
    Scene(
        "diagnosis",
        "linear-regression",
        "What is wrong, since when, how sure that is, and what to try",
        on(150),
        ["d"],
        "too-fast",
    ),
)

# What is pressed in a whole workbench before its picture is taken.
WORKBENCHES = {
    "xor": on(1000),
    "xor-plateau": on(1000),
    "parity-4bit": on(3000),
    "linear-regression": on(30),
    "random-search-vs-gradient-descent": ["V", *on(1500)],
    # A scenario for each family of methods.
    "playground-spiral": on(250),
    "cross-validation": ["V", *on(60)],
    "vanishing-gradients": on(300),
    "weight-averages": on(60),
    "activations": on(300),
    "initialization": ["V", *on(300)],
    "losses": ["V", *on(400)],
    "optimizer-race-rosenbrock": ["V", *on(400)],
    "optimizer-race": ["V", *on(150)],
    "needle-in-a-haystack": ["V", *on(40)],
    "learning-rate-schedules": ["V", *on(50)],
    "exploding-gradients": ["V", *on(400)],
    "regularization": ["V", *on(200)],
    "learning-rate-finder": ["V", *on(3)],
}
