"""What every pane shows, in a line, and why it cannot show a session where it cannot."""

from collections.abc import Mapping
from typing import NamedTuple

from nnsim.session import Session


class About(NamedTuple):
    """A pane in a list: its title, and one line about it."""

    title: str
    told: str


ABOUT: Mapping[str, About] = {
    "loss": About("Loss", "training and validation, over the epochs"),
    "gradients": About("Gradients", "their size in every layer, now and before"),
    "schedule": About("Learning rate", "the whole schedule, and the cursor on it"),
    "predictions": About("Predictions", "the answers, row by row or as a curve"),
    "lesson": About("Lesson", "what the scenario explains"),
    "arrays": About("Inside the step", "the arrays of a phase, with formulas"),
    "surface": About("Loss surface", "the loss around the way walked, as contours"),
    "best": About("Best loss so far", "against its cost in forward passes"),
    "gap": About("The gap", "between the variants, by number of parameters"),
    "network": About("Network", "units and weights, and a row going through"),
    "decision": About("Decision", "one unit's answer all over the input plane"),
    "data": About("Data", "rows with target, answer and error"),
    "arithmetic": About("Arithmetic", "one weight's chain rule with its numbers"),
    "weights": About("Weights", "a histogram per layer, dead units"),
    "metrics": About("Metrics", "accuracy, confusion matrix, R²"),
    "narrator": About("Narrator", "what is happening, in a sentence"),
}
# Panes that ask how well rows are answered, which a landscape without targets has no answer to.
ASK_FOR_TARGETS = ("data", "decision", "metrics", "predictions")
FOLLOW_GRADIENTS = ("gradients",)


def about(name: str) -> About:
    """A pane's title and line; a pane that is not listed goes by its name."""
    return ABOUT.get(name, About(name.replace("_", " ").capitalize(), ""))


def why_not(name: str, session: Session) -> str | None:
    """Why a pane cannot show the focused run of a session, in a sentence; None where it can."""
    from nnsim.nn.plane_functions import PlaneFunction

    plan = session.focused.timeline.plan
    if name in ASK_FOR_TARGETS and isinstance(plan.loss, PlaneFunction):
        return "No row has a target: the loss is a function of two parameters."
    if name in FOLLOW_GRADIENTS and not plan.solver.uses_gradient:
        return "This run guesses: there is no gradient."
    if name == "schedule" and not any(one.timeline.plan.solver.uses_gradient for one in session.compared):
        return "These runs guess: there is no learning rate."
    if name == "surface" and plan.network.size < 2:
        return "A plane needs two parameters; this model has one."
    if name == "gap" and len(session.tracks) == 1:
        return "It compares runs; there is only one."
    return None
