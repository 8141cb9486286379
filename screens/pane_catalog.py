"""The title and description of every pane, without loading the engine or the panes."""

from collections.abc import Mapping
from typing import NamedTuple


class About(NamedTuple):
    """A pane in a list: its title, and one line about it."""

    title: str
    description: str


ABOUT: Mapping[str, About] = {
    "loss": About("Loss", "training and validation, over the epochs"),
    "gradients": About("Gradient per layer", "its size in every layer, now and before"),
    "schedule": About("Learning rate", "the whole schedule, and the cursor on it"),
    "predictions": About("Predictions", "the answers, row by row or as a curve"),
    "lesson": About("Lesson", "what the scenario explains"),
    "arrays": About("Inside the step", "the arrays of a phase, with formulas"),
    "surface": About("Loss surface", "the loss around the way walked, as contours"),
    "hill": About("The hill", "the loss of the only parameter, and a ball on it"),
    "best": About("Best loss so far", "against its cost in forward passes"),
    "gap": About("The gap", "between the variants, by number of parameters"),
    "network": About("Network", "units and weights, and a row going through"),
    "decision": About("Decision", "one unit's answer all over the input plane"),
    "data": About("Data", "rows with target, answer and error"),
    "arithmetic": About("Arithmetic", "one weight's chain rule with its numbers"),
    "weights": About("Weights", "a histogram per layer, dead units"),
    "metrics": About("Metrics", "accuracy, confusion matrix, R²"),
    "narrator": About("Narrator", "what is happening, in a sentence"),
    "diagnosis": About("Diagnosis", "what is wrong, why, and what to try"),
}


def about(name: str) -> About:
    """A pane's title and description; an unlisted pane goes by its name."""
    return ABOUT.get(name, About(name.replace("_", " ").capitalize(), ""))
