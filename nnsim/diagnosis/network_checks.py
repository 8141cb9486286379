"""What the network's own states show: outputs that cannot reach, units that are alike, dead or saturated."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from nnsim.diagnosis.case import Case
from nnsim.diagnosis.experiments import Experiments, compared
from nnsim.diagnosis.finding import Finding, Remedy
from nnsim.nn.activations import Activation, Linear, Softmax
from nnsim.nn.arrays import Array, perform
from nnsim.nn.layers import Dense
from nnsim.scenario.setting_keys import kind_of
from nnsim.training.trainer import Trainer

DEAD, SATURATED = 0.5, 0.6  # shares of a layer's units from which on it is a fault
MOST_ASKED = 2000  # rows
FLAT = 0.05  # part of the steepest slope below which a unit hardly learns


def output_out_of_range(case: Case) -> Iterator[Finding]:
    """Targets where the output's activation cannot get."""
    if not case.has_data:
        return
    output, targets = case.plan.output, case.targets
    if isinstance(output, Softmax) and targets.shape[1] == 1:
        yield Finding(
            "output-out-of-range",
            0.97,
            "softmax of a single unit is 1 for every row, whatever the network does",
            remedies=(Remedy("model.output", "sigmoid"), Remedy("loss.kind", "binary-cross-entropy")),
        )
        return
    low, high = output_range(output)
    beyond = (targets < low - 0.02) | (targets > high + 0.02)
    share = float(beyond.any(axis=1).mean())
    if share > 0.02:
        kind = kind_of(output)
        evidence = (
            f"{share:.0%} of the targets, which go from {targets.min():.3g} to {targets.max():.3g}, lie outside "
            f"what {kind} can answer ({low:.3g} to {high:.3g})"
        )
        yield Finding(
            "output-out-of-range",
            min(0.98, 0.75 + share / 2),
            evidence,
            remedies=(Remedy("model.output", "linear"),),
        )


def output_range(activation: Activation) -> tuple[float, float]:
    """The lowest and the highest value that an activation answers."""
    if isinstance(activation, Softmax):
        return 0.0, 1.0
    z = np.concatenate([-np.logspace(2, -3, 200), np.logspace(-3, 2, 200)])[None]
    a = np.empty_like(z)
    with np.errstate(all="ignore"):
        perform(activation.forward(z, a))
    low, high = float(a.min()), float(a.max())
    return (-np.inf if low < -50 else low), (np.inf if high > 50 else high)


def hidden_layers(case: Case) -> list[tuple[int, Dense]]:
    """The hidden dense layers with their places among all dense layers."""
    return list(enumerate(case.plan.network.layers[:-1]))


def symmetric_units(case: Case, experiments: Experiments) -> Iterator[Finding]:
    """Units of a layer that began alike, and so are one unit."""
    alike = []
    start, end = case.at(0).parameters.copy(), case.at(case.timeline.length).parameters.copy()
    layers = case.plan.network.layers
    for index, layer in hidden_layers(case):
        if layer.units < 2:
            continue
        if _all_alike(layer, layers[index + 1], start):
            alike.append((layer.name, _all_alike(layer, layers[index + 1], end)))
    if not alike or case.plan.network.draws:
        return
    still = [name for name, stays in alike if stays]
    if case.training.learned and not still:
        return
    begins = "at the start"
    evidence = f"all units of {', '.join(name for name, _ in alike)} have equal weights {begins}"
    evidence += ", and still at the end" if still else ""
    outcome = experiments.outcome({"model.initializer": "xavier"})
    confidence = 0.9 if still else 0.6
    if outcome is not None and outcome.better:
        drawn, here = _left(outcome.training.unexplained), _left(case.training.unexplained)
        evidence += f"; drawn at random {drawn} is left to learn, here {here}"
        confidence = 0.98
    yield Finding("symmetric-units", confidence, evidence, 0, (Remedy("model.initializer", "xavier"),))


def _left(share: float) -> str:
    return f"{min(share, 9.99):.0%}"


def _all_alike(layer: Dense, after: Dense, parameters: Array) -> bool:
    """Whether the units of a layer have equal weights, in and out of it."""
    inward, outward = layer.view(parameters), after.weights(parameters)  # (rows, units), (inputs, units)
    same_in = np.ptp(inward, axis=1).max() <= 1e-6 * max(float(np.abs(inward).max()), 1e-12)
    same_out = np.ptp(outward, axis=0).max() <= 1e-6 * max(float(np.abs(outward).max()), 1e-12)
    return bool(same_in and same_out)


def slopes(trainer: Trainer) -> list[tuple[str, Array]]:
    """The slope of every hidden unit's activation for every training row, by layer: (units, rows)."""
    answers = trainer.activations(trainer.plan.examples.inputs[trainer.rows[:MOST_ASKED]])
    found = []
    for dense, a in zip(trainer.plan.network.layers[:-1], answers[:-1], strict=True):
        if not isinstance(dense.activation, Linear):
            found.append((dense.name, _slope(dense.activation, a.T)))
    return found


def _slope(activation: Activation, a: Array) -> Array:
    """The slope that belongs to answers of an activation, relative to its steepest, found on a fine table of it."""
    z = np.linspace(-40.0, 40.0, 80_001)[None]
    values, slope = np.empty_like(z), np.ones_like(z)
    perform(activation.forward(z.copy(), values))
    with np.errstate(all="ignore"):
        ops = activation.derivative(z, values, slope)
        if ops is not None:
            perform(ops)
    values, slope = values[0], np.abs(slope[0])
    place = np.clip(np.searchsorted(np.maximum.accumulate(values), a), 0, len(values) - 1)
    return np.asarray(slope[place] / slope.max())


def dead_units(case: Case, experiments: Experiments) -> Iterator[Finding]:
    """Units that answer the same 0 to every row, with a slope of 0: no gradient goes through them any more.

    A network can do without some; so this speaks only where a whole layer is dead, or where units that
    cannot die do better.
    """
    worst = _worst_layer(case, case.timeline.length) if hidden_layers(case) else None
    output_dead = _output_dead(case)
    if (worst is None or worst[1] < DEAD) and not output_dead:
        return
    share, evidence = 1.0, "the output's unit answers 0 to every row, where its slope is 0"
    change = {"model.output": "linear"} if output_dead else {"model.activation": "leaky-relu"}
    if not output_dead:
        assert worst is not None
        name, share, units = worst
        evidence = f"{round(share * units)} of {units} units of {name} answer 0 to every training row"
    outcome = experiments.outcome(change)
    if outcome is not None and outcome.better:
        evidence += f"; with {next(iter(change.values()))}, {compared(outcome)}"
    elif share < 1.0:
        return
    since = 0 if output_dead else case.first_epoch(lambda epoch: _is_dead(case, epoch))
    remedies = (*(Remedy(key, value) for key, value in change.items()), Remedy("model.initializer", "he"))
    yield Finding("dead-units", min(0.95, 0.65 + 0.3 * share), evidence, since, remedies)


def _is_dead(case: Case, epoch: int) -> bool:
    step = min(epoch * case.timeline.steps_per_epoch, case.timeline.length)
    worst = _worst_layer(case, step)
    return worst is not None and worst[1] >= DEAD


def _output_dead(case: Case) -> bool:
    output = case.plan.output
    if output_range(output)[0] != 0.0 or isinstance(output, Softmax):
        return False
    trainer = case.at(case.timeline.length)
    outputs = trainer.answers(trainer.inputs)[0]
    return bool((outputs == 0.0).all() and (np.asarray(case.targets) != 0).any())


def _worst_layer(case: Case, step: int) -> tuple[str, float, int] | None:
    """The layer with the largest share of dead units: its name, that share, and how many units it has."""
    shares = [
        (name, float((slope.max(axis=1) <= 1e-12).mean()), len(slope)) for name, slope in slopes(case.at(step))
    ]
    return max(shares, key=lambda one: one[1], default=None)


def saturated_units(case: Case) -> Iterator[Finding]:
    """Sigmoid or tanh units that stand at their flat ends for most rows while much is left to learn."""
    for _, layer in hidden_layers(case):
        low, high = output_range(layer.activation)
        if not np.isfinite(low) or not np.isfinite(high):
            continue
        early = min(case.epochs, max(1, case.epochs // 10)) * case.timeline.steps_per_epoch
        shares = []
        for step in (0, early, case.timeline.length):
            slope = dict(slopes(case.at(step)))[layer.name]
            shares.append(float((slope < FLAT).mean()))
        if min(shares[1:]) < SATURATED:
            continue
        since = 0 if shares[0] >= SATURATED else case.first_epoch(partial(_saturated, case, layer.name))
        evidence = (
            f"{shares[2]:.0%} of the answers of {layer.name} ({shares[0]:.0%} at the start) lie where its slope is "
            f"below {FLAT:.0%} of the steepest"
        )
        remedies = (Remedy("model.initializer", "xavier"), Remedy("data.standardize", True))
        yield Finding("saturated-units", 0.68 + 0.25 * shares[2], evidence, since, remedies)
        return


def _saturated(case: Case, name: str, epoch: int) -> bool:
    step = min(epoch * case.timeline.steps_per_epoch, case.timeline.length)
    return float((dict(slopes(case.at(step)))[name] < FLAT).mean()) >= SATURATED


def vanishing_gradients(case: Case) -> Iterator[Finding]:
    """A first layer whose gradient is next to nothing beside the last one's, while the loss does not fall."""
    layers = case.plan.network.layers
    if len(layers) < 3 or not case.epochs:
        return
    first, last = _rms(case, layers[0]), _rms(case, layers[-1])
    if not len(first) or not len(last):
        return
    few = max(1, case.epochs // 4)
    with np.errstate(all="ignore"):
        ratio = float(np.median(first[:few] / last[:few]))
    if not ratio < 0.01:
        return
    size = f"{_times(1 / ratio)} smaller than" if ratio > 0 else "of 0, unlike"
    evidence = f"a weight of {layers[0].name} has a gradient {size} one of {layers[-1].name}"
    remedies = (Remedy("model.activation", "relu"), Remedy("model.initializer", "he"))
    yield Finding(
        "vanishing-gradients", min(0.95, 0.65 + 0.1 * np.log10(0.01 / max(ratio, 1e-12))), evidence, 0, remedies
    )


def exploding_gradients(case: Case) -> Iterator[Finding]:
    """Gradients that grow from layer to layer at the start, because the weights are too large for the depth."""
    layers = case.plan.network.layers
    if len(layers) < 3:
        return
    start = case.at(0).parameters
    gains = [_gain(layer, start) for layer in layers[:-1]]
    norms = [case.timeline.series.get(f"gradient:{layer.name}") for layer in layers]
    if any(one is None for one in norms):
        return
    firsts = [one.at_step(1) or 0.0 for one in norms if one is not None]
    gain = float(np.exp(np.mean(np.log(np.maximum(gains, 1e-12)))))
    largest = max(firsts)
    relative = largest / max(float(np.linalg.norm(start)), 1e-12)
    if not (gain > 1.6 and (largest > 30 or relative > 3)):
        return
    evidence = (
        f"the first gradient is {largest:.3g} long, {relative:.2g} times all weights; a layer multiplies what "
        f"passes it by about {gain:.2g}"
    )
    remedies = (Remedy("model.initializer", "he"), Remedy("clipping.kind", "global-norm"))
    yield Finding(
        "exploding-gradients", min(0.95, 0.7 + 0.1 * np.log10(max(largest / 30, 1.0))), evidence, 0, remedies
    )


def _gain(layer: Dense, parameters: Array) -> float:
    """By how much a layer's weights lengthen what passes through, on average: deviation times sqrt(inputs)."""
    weights = layer.weights(parameters)
    rms = float(np.sqrt(np.mean(np.square(weights))))
    return rms * float(np.sqrt(layer.inputs))


def _rms(case: Case, layer: Dense) -> Array:
    return np.asarray(case.gradient_norms(layer.name) / np.sqrt(layer.size))


def _times(ratio: float) -> str:
    return f"{float(f'{ratio:.1g}'):,.0f} times"
