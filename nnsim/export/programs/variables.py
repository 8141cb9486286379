"""The variables of a program in the middle of a step, or under a cursor: what nnsim's own arrays hold of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from nnsim.analysis.weight_update import Before, update_terms
from nnsim.export.programs.layer_pieces import names_of, parameter_names
from nnsim.nn.arrays import Array
from nnsim.nn.layers import AnyLayer, Convolution, Dense
from nnsim.nn.normalization import BatchNorm
from nnsim.nn.wires import BoundLayer
from nnsim.session.view import TrackView, View
from nnsim.text.number_format import number
from nnsim.training.trainer import PHASES, Trainer

MOST_NUMBERS = 4  # of an array that is told by its values
START = "start"  # of what stands before the first phase

Value = float | Array | tuple[int, ...]  # a shape alone, of what nnsim overwrites on its way
Values = Mapping[str, Value]


def variables(trainer: Trainer, phase: str) -> dict[str, Value]:
    """The variables that are set once a phase is done, by name, as the program has them: rows first.

    Args: trainer: that stands behind the phase. phase: of the step; "start" before the first.
    """
    done = PHASES.index(phase) + 1 if phase in PHASES else 0
    plan, flat = trainer.plan, trainer.parameters
    found: dict[str, Value] = {"X": trainer.inputs, "y": trainer.targets}
    # A search works on a guess, which is none of the answer's parameters.
    guess = flat if plan.solver.uses_gradient or not done else trainer.working
    found |= _parts(trainer, guess, "")
    found |= {"w": guess, "all_w": guess}
    if not plan.solver.uses_gradient:
        found |= {"best": flat, "lowest": trainer.slots.item(0, 0)}
    network = trainer.entered
    if not done or network is None:
        return found
    if not plan.batches.full:
        found |= {"xb": network.inputs.T, "yb": network.targets.T}
    for bound in network.walk():
        found |= _layer(bound, done >= PHASES.index("backward") + 1)
    if done >= PHASES.index("loss") + 1:
        found["loss"] = network.value()
    if done >= PHASES.index("backward") + 1 and plan.solver.uses_gradient:
        found |= _parts(trainer, trainer.gradient, "d")
        found |= {"g": trainer.gradient, "all_g": trainer.gradient}
    step = trainer.step + (phase != "update")
    found["step"] = float(step)
    if plan.solver.uses_gradient:
        found["rate"] = float(trainer.rates(step - 1, 1)[0])
    return found


def _parts(trainer: Trainer, flat: Array, prefix: str) -> dict[str, Value]:
    """The parts of a flat vector, by the names of its parameters."""
    found: dict[str, Value] = {}
    for layer in trainer.plan.network.trained:
        view = layer.view(flat)
        parts = list(view)
        if isinstance(layer, Dense | Convolution):
            parts = [layer.weights(flat), *view[layer.weight_shape[0] :]]
        found |= {f"{prefix}{name}": part for name, part in zip(parameter_names(layer), parts, strict=True)}
        if isinstance(layer, BatchNorm) and not prefix:
            mean, var = layer.running(trainer.statistics)
            k = layer.name.removeprefix("norm")
            found |= {f"running_mean{k}": mean, f"running_var{k}": var}
    return found


def _layer(bound: BoundLayer, back: bool) -> dict[str, Value]:
    """The arrays of a layer; its slope too, where the backward pass has been there."""
    layer = bound.layer
    assert isinstance(layer, AnyLayer)
    names = names_of(layer, "")
    found: dict[str, Value] = {names.z: bound.z.T, names.outputs: bound.outputs.T}
    if back:
        found |= {f"d{names.outputs}": bound.outputs.T.shape, f"d{names.z}": bound.delta.T}
    return found


def told(name: str, value: Value, short: bool = False) -> str:
    """A variable with its value, or its shape where it is large: `loss 0.552`, `b1 [0.1 -0.2]`, `z1 (4, 2)`.

    Args: short: tell the shape of whatever is not a single number.
    """
    shape = value if isinstance(value, tuple) else np.shape(value)
    if not isinstance(value, tuple) and np.size(value) == 1:
        return f"{name} {number(float(np.reshape(value, -1)[0]))}"
    if not short and not isinstance(value, tuple) and np.size(value) <= MOST_NUMBERS:
        return f"{name} [{' '.join(number(float(one)) for one in np.ravel(value))}]"
    return f"{name} ({', '.join(str(one) for one in shape)}{',' if len(shape) == 1 else ''})"


def told_in(names: Sequence[str], values: Values, room: int) -> str:
    """The variables of these names in so many columns: by their values, else by shapes, else as many as fit."""
    known = [name for name in names if name in values]
    full = "  ".join(told(name, values[name]) for name in known)
    if len(full) <= room:
        return full
    first = [told(name, values[name]) for name in known[:1]]
    found = "  ".join([*first, *(told(name, values[name], short=True) for name in known[1:])])
    if len(found) <= room:
        return found
    found = ""
    for name in known:
        longer = f"{found}  {told(name, values[name], short=True)}".lstrip()
        if len(longer) > room:
            break
        found = longer
    return found


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
