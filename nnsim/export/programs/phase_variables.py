"""The variables of a run's program under a cursor: behind the phase entered last, or the update that was made."""

from nnsim.analysis.weight_update import Before, update_terms
from nnsim.export.programs.variables import Values, variables
from nnsim.session.view import TrackView, View
from nnsim.training.trainer import PHASES

START = "start"


def shown_phase(view: View) -> str:
    """The phase that a cursor shows of the run in focus, the update where none is entered; "start" before all."""
    step, phase = view.step_of(view.focused), view.phase_of(view.focused)
    return PHASES[(phase or len(PHASES)) - 1] if step or phase else START


def variables_under(view: View) -> Values:
    """The variables of the run in focus behind that phase.

    Of an update that goes through all parameters, w, g and what is remembered are those of the first weight.
    """
    track, name = view.focused, shown_phase(view)
    step, phase = view.step_of(track), view.phase_of(track)
    if name == START:
        return variables(track.trainer_at(0), name)
    if name != "update":
        return variables(track.trainer_at(step, phase), name)
    return _updated(track, step)


def _updated(track: TrackView, step: int) -> Values:
    before = Before.of(track.trainer_at(step - 1, len(PHASES) - 1), 0)
    after = track.trainer_at(step - 1, len(PHASES))
    found = variables(after, "update")
    plan = track.timeline.plan_at(step - 1)
    if plan.solver.uses_gradient and not plan.optimizer.searches:
        rate = float(after.rates(step - 1, 1)[0])
        found |= {"w": before.weight, "g": float(after.used_gradient[0])}
        found |= {one.name: one.value for one in update_terms(plan, before, after, rate, 0)}
    return found
