"""Planning: the plan of one run, made of a table of settings and checked, each by itself and all together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nnsim.components import P, build_part, build_struct, nearest
from nnsim.data.data_files import ScenarioFiles
from nnsim.data.datasets import DATA_SOURCES
from nnsim.data.examples import Examples
from nnsim.data.features import Scaling
from nnsim.data.splits import Indices
from nnsim.errors import ScenarioError
from nnsim.nn.activations import ACTIVATIONS, Softmax, Tanh
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.benchmark_functions import ALL_LOSSES
from nnsim.nn.hessian import refuse_unknown
from nnsim.nn.initializers import INITIALIZERS
from nnsim.nn.losses import SoftmaxCrossEntropy
from nnsim.optim.averaging import AVERAGINGS
from nnsim.optim.clipping import CLIPPINGS
from nnsim.optim.optimizers import OPTIMIZERS, RATE_FOR_EACH, SOLVERS
from nnsim.optim.regularization import EarlyStopping, Regularization
from nnsim.optim.schedules import SCHEDULES
from nnsim.scenario.plan import Plan, RandomSettings, TrainSettings
from nnsim.scenario.schema import ScenarioTable
from nnsim.scenario.setting_keys import DEFAULT_KINDS, kind_of
from nnsim.text import quote

MAX_PARAMETERS = 10_000_000
MAX_ACTIVATIONS = 10_000_000  # of the rows of one step
MAX_INPUTS = 50_000_000  # in all rows: the 60,000 images of MNIST have 47,040,000 pixels
MAX_STEPS = 1_000_000_000
LIVE_FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "clipping": CLIPPINGS,
}
LIVE = (*LIVE_FAMILIES, "regularization", "train")  # the tables in which settings are live


def planned(
    name: str,
    variant: str,
    settings: Mapping[str, Any],
    table: Mapping[str, Any],
    files: ScenarioFiles,
    shared: Plan | None = None,
) -> Plan:
    """The checked plan of a table with the settings; `shared` has the same `[data]`.  Raises: ScenarioError."""
    top = build_struct(ScenarioTable, {"title": name, "summary": name, **table}, "")
    model = build_struct(ModelSettings, top.model, "model")
    data = shared.data if shared else build_part(DATA_SOURCES, top.data, "data")
    random = build_struct(RandomSettings, top.random, "random")
    loss = _part(ALL_LOSSES, top.loss, "loss")
    output = build_part(ACTIVATIONS, model.output, "model.output")
    examples = files.examples(data, random.seed)
    if isinstance(loss, SoftmaxCrossEntropy):
        examples = examples.counted()
    if isinstance(output, Softmax):
        examples = examples.named_columns()
    examples = examples.encoded(columns=isinstance(output, Softmax), low=-1.0 if isinstance(output, Tanh) else 0.0)
    features = data.expand(examples.inputs[:1]).shape[1]
    picture = examples.picture if features == examples.inputs.shape[1] and not data.features else None
    network = build_network(model, features, examples.targets.shape[1], picture)
    train = build_struct(TrainSettings, top.train, "train")
    plan = Plan(
        scenario=name,
        variant=variant,
        settings=settings,
        data=data,
        model=model,
        initializer=build_part(INITIALIZERS, model.initializer, "model.initializer"),
        loss=loss,
        optimizer=_part(OPTIMIZERS, top.optimizer, "optimizer"),
        schedule=_part(SCHEDULES, top.schedule, "schedule"),
        solver=_part(SOLVERS, top.solver, "solver"),
        clipping=_part(CLIPPINGS, top.clipping, "clipping"),
        regularization=build_struct(Regularization, top.regularization, "regularization"),
        averaging=_part(AVERAGINGS, top.averaging, "averaging"),
        early_stopping=_early_stopping(train.early_stopping),
        train=train,
        random=random,
        table=table,
        examples=examples,
        network=network,
    )
    _check(plan)
    if data.fills_in:
        plan = replace(plan, examples=data.filled_in(examples, _training_rows(plan)))
    if not data.standardize_target:
        return plan
    # Plans of the same rows share them scaled, too: of a large table each would hold them again.
    return replace(plan, examples=files.scaled(examples, (plan.split, random), lambda: _standardized(plan)))


def replanned(plan: Plan, settings: Mapping[str, Any], table: Mapping[str, Any]) -> Plan:
    """The plan of the same rows and the same network under other live settings.

    Args: plan, settings, table: as for `planned`; the plan differs from what is wanted in live settings alone.
    Raises: ScenarioError naming the key, the value and what is allowed.
    """
    parts: dict[str, Any] = {}
    for key in LIVE:
        default = DEFAULT_KINDS.get(key, {})
        value = table.get(key, default)
        if value == plan.table.get(key, default):
            continue
        if key in LIVE_FAMILIES:
            parts[key] = _part(LIVE_FAMILIES[key], value, key)
        else:
            parts[key] = build_struct(TrainSettings if key == "train" else Regularization, value, key)
    found = replace(plan, settings=settings, table=table, **parts)
    _check_live(found)
    return found


def _part(family: Mapping[str, type[P]], value: object, key: str) -> P:
    return build_part(family, value, key, DEFAULT_KINDS[key])


def _standardized(plan: Plan) -> Examples:
    """The rows with their targets scaled by what the training rows alone say."""
    examples = plan.examples
    if examples.classes or examples.labels is not None:
        raise ScenarioError("data.standardize_target: the target is a class, not a number (allowed: false)")
    scaling = Scaling.fitted(examples.targets[_training_rows(plan)])
    return replace(examples, targets=scaling(examples.targets), scaling=scaling)


def _training_rows(plan: Plan) -> Indices:
    """The numbers of the rows that will be trained on."""
    return plan.deal(plan.generators()[0])[0]


def _early_stopping(value: dict[str, Any] | bool) -> EarlyStopping | None:
    """A table of settings, or true for those of every day."""
    if value is False:
        return None
    return build_struct(EarlyStopping, value if isinstance(value, dict) else {}, "train.early_stopping")


def _check(plan: Plan) -> None:
    # What makes the network as large as it is.
    where = "model.layers" if plan.model.layers else "model.hidden"
    if plan.network.size > MAX_PARAMETERS:
        raise ScenarioError(f"{where}: {plan.network.size:,} parameters are too many (allowed: {MAX_PARAMETERS:,})")
    if plan.activations > MAX_ACTIVATIONS:
        raise ScenarioError(
            f"{where}: {plan.activations // plan.batches.size:,} inputs and units times"
            f" {plan.batches.size:,} rows are too many (allowed: {MAX_ACTIVATIONS:,})"
        )
    if plan.examples.rows * plan.network.inputs > MAX_INPUTS:
        raise ScenarioError(
            f"data: {plan.examples.rows:,} rows of {plan.network.inputs:,} inputs are too many"
            f" (allowed: {MAX_INPUTS:,} numbers)"
        )
    if plan.train.stratified and plan.examples.labels is None:
        raise ScenarioError("train.stratified: the rows have no classes (allowed: false)")
    plan.loss.check(plan.output, plan.examples.targets)
    for layer in plan.network.weighted:
        (layer.initializer or plan.initializer).check(*layer.weight_shape)
    if plan.averaging.on and not plan.solver.uses_gradient:
        raise ScenarioError("averaging.kind: goes with solvers that follow a gradient (allowed: none)")
    if plan.train.measure:
        refuse_unknown(plan.network, plan.loss)
    if plan.early_stopping is not None and not plan.validation_rows:
        raise ScenarioError("train.early_stopping: needs validation rows (train.validation: above 0)")
    _check_live(plan)


def _check_live(plan: Plan) -> None:
    """What live settings decide."""
    if plan.steps > MAX_STEPS:
        raise ScenarioError(f"train.epochs: {plan.steps:,} steps are too many (allowed: {MAX_STEPS:,})")
    if plan.schedule.layer_rates:
        _check_layer_rates(plan)
    if not plan.solver.uses_gradient:
        return
    if plan.optimizer.full_batch:
        _check_full_batch(plan)
    elif plan.optimizer.searches and plan.clipping.on:
        raise ScenarioError(
            f"clipping.kind: {kind_of(plan.clipping)!r} does not go with an optimizer of two gradients a step"
            " (allowed: none)"
        )


def _check_layer_rates(plan: Plan) -> None:
    """A rate of a layer's own names a layer, and goes with an optimizer that takes one for each parameter."""
    names = [one.name for one in plan.network.trained]
    for name in plan.schedule.layer_rates:
        if name not in names:
            raise ScenarioError(
                f"schedule.layer_rates.{quote(name)[1:-1]}: there is no such layer{nearest(name, names)}"
                f" (allowed: {', '.join(names)})"
            )
    if not plan.schedule.rate:
        raise ScenarioError("schedule.layer_rates: goes with a rate above 0 (schedule.rate)")
    if type(plan.optimizer) not in RATE_FOR_EACH or not plan.solver.uses_gradient:
        kinds = [name for name, kind in OPTIMIZERS.items() if kind in RATE_FOR_EACH]
        raise ScenarioError(f"schedule.layer_rates: goes with optimizer.kind = {', '.join(kinds)}")


def _check_full_batch(plan: Plan) -> None:
    """An optimizer that searches along a line compares losses, which must be those of the same rows and rules."""
    if not plan.batches.full:
        size = plan.train.batch_size
        raise ScenarioError(f"train.batch_size: {size} is not allowed: the optimizer needs all rows (allowed: 0)")
    reason = "does not go with a line search, which needs the gradient and its own step as they are"
    if plan.clipping.on:
        raise ScenarioError(f"clipping.kind: {kind_of(plan.clipping)!r} {reason} (allowed: none)")
    if plan.regularization.max_norm is not None:
        raise ScenarioError(f"regularization.max_norm: {plan.regularization.max_norm:g} {reason} (allowed: none)")
    if plan.regularization.weight_decay:
        raise ScenarioError(
            f"regularization.weight_decay: {plan.regularization.weight_decay:g} {reason} (allowed: 0)"
        )
