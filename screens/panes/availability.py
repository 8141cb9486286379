"""Why a pane cannot show a view, where it cannot."""

from nnsim.session.view import View

# Panes that ask how well rows are answered, which a landscape without targets has no answer to.
ASK_FOR_TARGETS = ("data", "decision", "metrics", "predictions")
FOLLOW_GRADIENTS = ("gradients",)


def why_not(name: str, view: View) -> str | None:
    """Why a pane cannot show the focused run of a view, in a sentence; None where it can."""
    from nnsim.nn.benchmark_functions import PlaneFunction

    plan = view.focused.timeline.plan
    if name in ASK_FOR_TARGETS and isinstance(plan.loss, PlaneFunction):
        return "No row has a target: the loss is a function of two parameters."
    if name in FOLLOW_GRADIENTS and not plan.solver.uses_gradient:
        return "This run guesses: there is no gradient."
    if name == "schedule" and not any(one.timeline.plan.solver.uses_gradient for one in view.compared):
        return "These runs guess: there is no learning rate."
    if name == "surface" and plan.network.size < 2:
        return "A plane needs two parameters; this model has one."
    if name == "gap" and len(view.tracks) == 1:
        return "It compares runs; there is only one."
    return None
