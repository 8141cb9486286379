"""The title and description of every pane, without loading the engine or the panes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class About(NamedTuple):
    """A pane in a list: its title, and one line about it.

    Args: wide: whether it wants width more than height. awaits: the figure before which it has nothing to draw.
    """

    title: str
    description: str
    wide: bool = False
    awaits: str = ""


ABOUT: Mapping[str, About] = {
    "loss": About("Loss", "training and validation, over the epochs", wide=True, awaits="loss"),
    "gradients": About("Gradient per layer", "its size in every layer, now and before", True, "gradient"),
    "schedule": About("Learning rate", "the whole schedule, and the cursor on it", wide=True),
    "sharpness": About("Sharpness", "how the loss bends, and what the rate can bear", wide=True, awaits="loss"),
    "predictions": About("Predictions", "the answers, row by row or as a curve"),
    "lesson": About("Lesson", "what the scenario explains"),
    "arrays": About("Inside the step", "the arrays of a phase, with formulas"),
    "surface": About("Loss surface", "a map of the loss, and the way so far"),
    "hill": About("The hill", "the loss of the only parameter, and a ball on it"),
    "best": About("Best loss so far", "against its cost in forward passes", wide=True, awaits="loss"),
    "gap": About("The gap", "between the variants, by number of parameters", wide=True, awaits="loss"),
    "network": About("Network", "units and weights, and a row going through"),
    "decision": About("Decision", "the answer everywhere, as a map"),
    "data": About("Data", "rows with target, answer and error"),
    "arithmetic": About("Arithmetic", "how one weight gets its gradient", wide=True),
    "weights": About("Weights", "how large the weights of each layer are"),
    "metrics": About("Metrics", "accuracy, confusion matrix, R²"),
    "predicted": About("Predicted and actual", "a point a row on the line where both are equal; residuals"),
    "importance": About("Importance", "how much the loss rises without each column", wide=True),
    "narrator": About("Narrator", "what is happening, in a sentence"),
    "code": About("Code", "the run as a plain NumPy program, line by line"),
    "figures": About("Figures", "any figure of the runs, one at a time, and logged histograms"),
    "runs": About("Runs", "all runs in a table, by their settings and best figures"),
    "diagnosis": About("Diagnosis", "what is wrong, why, and what to try"),
}


LESSON = "lesson"
# Where nothing says which pane leads: the first of these that a scenario has.
LEADS = ("runs", "decision", "predicted", "loss")
MOST_BESIDE = 3


class Staged(NamedTuple):
    """The panes of a workbench, slot by slot.

    Args: panes: their names; the first leads. staged: how many of the first ones are on stage.
    """

    panes: tuple[str, ...]
    staged: int


def stage_of(panes: Sequence[str], show: Sequence[str] = ()) -> Staged:
    """Puts the panes of a scenario in the order of a stage: lead, lesson, what stands beside them, the rest.

    Args: show: what a page shows beside the lesson; where no page says it, it is chosen, and the lesson is on stage
    where the scenario has it among its panes.
    """
    teaches = bool(show) or LESSON in panes
    if not show:
        pictures = [one for one in panes if one != LESSON]
        lead = next((one for one in LEADS if one in pictures), "") or next(iter(pictures), "")
        others = [one for one in pictures if one != lead]
        show = [lead, *others[: MOST_BESIDE - teaches]] if lead else []
    first = [*show[:1], *([LESSON] if teaches else []), *show[1:]]
    return Staged((*first, *(one for one in panes if one not in first)), len(first))


def before_a_step(show: Sequence[str]) -> Sequence[str]:
    """Those of a page's panes that have something to draw before the first step; all of them where none has."""
    return [name for name in show if not about(name).awaits] or show


def about(name: str) -> About:
    """A pane's title and description; an unlisted pane goes by its name."""
    return ABOUT.get(name, About(name.replace("_", " ").capitalize(), ""))
