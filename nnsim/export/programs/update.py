"""The update in a program: clipping, decay, the optimizer's step and the bound on weights; and commands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnsim.errors import NnsimError
from nnsim.export.programs.clipping_pieces import clipping_lines
from nnsim.export.programs.layer_pieces import parameter_names
from nnsim.export.programs.line_search_text import search_lines, uphill_lines
from nnsim.export.programs.optimizer_pieces import optimizer_text
from nnsim.export.programs.program import listed, number
from nnsim.export.programs.schedule_pieces import PLATEAU, fixed, plateau_lines, schedule_lines
from nnsim.nn.layers import Convolution, Dense
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.schedules import ReduceOnPlateau
from nnsim.optim.sharpness_aware import SAM
from nnsim.scenario.plan import Plan


@dataclass(frozen=True)
class PlanStage:
    """What decides the steps from number `first` + 1 on.

    Args: parameters: by place in the flat vector, the values that are set before them.
    """

    first: int
    plan: Plan
    parameters: Mapping[int, float]


def parameters_of(plan: Plan) -> list[str]:
    """The names of all parameters, in the order of the flat vector."""
    return [name for layer in plan.network.trained for name in parameter_names(layer)]


def weights_of(plan: Plan) -> list[str]:
    """The names of those that regularization is about."""
    if plan.regularization.biases:
        return parameters_of(plan)
    return [parameter_names(layer)[0] for layer in plan.network.weighted]


def in_order(names: Sequence[str]) -> str:
    """Names to go through in a loop."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def rate_factors(plan: Plan) -> dict[str, float]:
    """What the rate of each parameter is multiplied by, by its name; empty where all have the same."""
    factors = plan.rate_factors
    if factors is None:
        return {}
    layers = {name: layer for layer in plan.network.trained for name in parameter_names(layer)}
    return {name: factors.item(layers[name].offset) for name in parameters_of(plan)}


class Updates:
    """The update of every stage of a run, as lines; what differs from stage to stage stands under its steps."""

    def __init__(self, stages: Sequence[PlanStage]) -> None:
        self.stages = stages
        self.plan = stages[0].plan
        # A search knows penalties and targets, and nothing else of this.
        self.searches = not self.plan.solver.uses_gradient
        self.texts = [optimizer_text(one.plan.optimizer) for one in stages]
        kinds = {type(one.plan.optimizer) for one in stages}
        for stage, text in zip(stages, self.texts, strict=True):
            plain = not any("rate" in line for line in text.once) and not stage.plan.regularization.weight_decay
            if stage.plan.schedule.layer_rates and not plain:
                raise NnsimError(
                    "schedule.layer_rates: has no lines in a plain program with this update (allowed: sgd, momentum"
                    " and the like, without decay)"
                )
        if any(one.whole for one in self.texts) and len(kinds) > 1 and not self.searches:
            raise NnsimError(
                "optimizer.kind: a program cannot change under way to an optimizer that looks at other points, or"
                " from one (l-bfgs, sam; allowed: others)"
            )

    # ------------------------------------------------------------------ before the loop

    def functions(self) -> list[str]:
        """The functions of schedules and optimizers."""
        found = [one.define for one in self.texts]
        for index, stage in enumerate(self.stages):
            found.append("\n".join(self._schedule(stage.plan, self._rate_name(index))))
        return found

    def _schedule(self, plan: Plan, name: str) -> list[str]:
        return schedule_lines(plan.schedule, name, plan.train.epochs, plan.steps_per_epoch)

    def _rate_name(self, index: int) -> str:
        """What the rate's function is called: the same for stages with the same schedule."""
        key = self._schedule(self.stages[index].plan, "f")
        known: list[list[str]] = []
        for stage in self.stages:
            found = self._schedule(stage.plan, "f")
            if found and found not in known:
                known.append(found)
        place_ = known.index(key) if key else 0
        return "learning_rate" if place_ == 0 else f"learning_rate_{place_ + 1}"

    def settings(self) -> list[str]:
        """The settings of the first stage, as assignments, and what is remembered from the start."""
        numbers = self._numbers(0)
        found = [f"{', '.join(numbers)} = {', '.join(numbers.values())}"] if numbers else []
        if self.searches:
            return found
        if any(isinstance(one.plan.schedule, ReduceOnPlateau) for one in self.stages):
            found += [f"{PLATEAU} = dict(factor=1.0, best=np.inf, bad=0, pause=0)", "epoch_losses = []"]
        return found + self._memory(0)

    def _numbers(self, index: int) -> dict[str, str]:
        """The settings of a stage that its lines name."""
        plan, found = self.stages[index].plan, dict[str, str]()
        rule = plan.regularization
        if not self.searches:
            found |= {"rate": number(plan.schedule.rate)} if fixed(plan.schedule) else {}
            found |= self.texts[index].settings
            found |= {"limit": number(plan.clipping.limit)} if plan.clipping.on else {}  # type: ignore[attr-defined]
            found |= {"decay": number(rule.weight_decay)} if self.ever("weight_decay") else {}
            found |= {"max_norm": number(rule.max_norm)} if rule.max_norm is not None else {}
        for name in ("l1", "l2"):
            found |= {name: number(getattr(rule, name))} if self.ever(name) else {}
        if self.targets:
            target = plan.train.target_loss
            found["target_loss"] = number(-np.inf if target is None else target)
        return found

    @property
    def targets(self) -> bool:
        """Whether a loss that is low enough ends the run, in any stage."""
        return any(one.plan.train.target_loss is not None for one in self.stages)

    def ever(self, name: str) -> bool:
        """Whether a setting of regularization is on in any stage."""
        return any(getattr(one.plan.regularization, name) for one in self.stages)

    def _memory(self, index: int) -> list[str]:
        text = self.texts[index]
        alike = set(text.memory.values())
        if len(text.memory) > 1 and len(alike) == 1:
            names = ", ".join(f"all_{name}" for name in text.memory)
            lists = f"([{alike.pop()} for w in parameters] for _ in range({len(text.memory)}))"
            return [f"{names} = {lists}", *text.start]
        found = [f"all_{name} = [{init} for w in parameters]" for name, init in text.memory.items()]
        return [*found, *text.start]

    @property
    def lists(self) -> bool:
        """Whether parameters and gradients are gone through as lists."""
        return any(
            one.memory or len(one.body) > 1 or stage.plan.clipping.on
            for one, stage in zip(self.texts, self.stages, strict=True)
        )

    # ------------------------------------------------------------------ in the loop

    def commands(self) -> list[str]:
        """What a person set under way, at its step."""
        found: list[str] = []
        for index, stage in enumerate(self.stages):
            changes = self._changes(index)
            if changes and stage.first:
                found += [f"if step == {stage.first + 1}:  # set by hand", *(f"    {one}" for one in changes)]
        return found

    def _changes(self, index: int) -> list[str]:
        stage = self.stages[index]
        found: list[str] = []
        if index:
            before, now = self._numbers(index - 1), self._numbers(index)
            found += [f"{name} = {value}" for name, value in now.items() if before.get(name) != value]
            if self.searches:
                return found
            if type(self.stages[index - 1].plan.optimizer) is not type(stage.plan.optimizer):
                found += self._memory(index)
            else:
                found += [
                    f"all_{name} = [{name} * (1 - {setting}) / (1 - {before[setting]}) for {name} in all_{name}]"
                    for name, setting in self.texts[index].factors.items()
                    if before[setting] != now[setting]
                ]
            if type(self.stages[index - 1].plan.schedule) is not type(stage.plan.schedule) and isinstance(
                stage.plan.schedule, ReduceOnPlateau
            ):
                found.append(f"{PLATEAU} = dict(factor=1.0, best=np.inf, bad=0, pause=0)")
        return found + self.set_parameters(index)

    def set_parameters(self, index: int) -> list[str]:
        """Assignments of the parameters that a stage begins with."""
        plan, found = self.plan, []
        for flat, value in self.stages[index].parameters.items():
            layer = next(one for one in plan.network.trained if one.offset <= flat < one.offset + one.size)
            names = parameter_names(layer)
            if isinstance(layer, Dense | Convolution):
                inputs, units = layer.weight_shape
                row, unit = divmod(flat - layer.offset, units)
                target = f"{names[1]}[{unit}]" if row == inputs else f"{names[0]}[{row}, {unit}]"
            else:
                row, unit = divmod(flat - layer.offset, layer.units)
                target = f"{names[row]}[{unit}]"
            found.append(f"{target} = {number(value)}")
        return found

    def rate(self) -> list[str]:
        """The lines that find the rate of a step."""

        def of(index: int) -> list[str]:
            plan = self.stages[index].plan
            if fixed(plan.schedule):
                return []
            per = self.plan.steps_per_epoch
            done = "step - 1" if plan.schedule.by == "step" or per == 1 else f"(step - 1) // {per}"
            return [f"rate = float({self._rate_name(index)}({done}))"]

        return self._staged([of(index) for index in range(len(self.stages))])

    def penalty_slope(self) -> list[str]:
        """What penalties add to the gradient."""
        terms = (["l2 * {w}"] if self.ever("l2") else []) + (["l1 * np.sign({w})"] if self.ever("l1") else [])
        text = " + ".join(terms)
        found = [[f"d{w} += {text.format(w=w)}" for w in weights_of(one.plan) if text] for one in self.stages]
        return self._staged(found)

    def penalty(self) -> list[str]:
        """The lines that find the penalty itself, which searches look at."""
        weights = in_order(weights_of(self.plan))
        terms = [f"l2 / 2 * sum(np.sum(W * W) for W in {weights})"] if self.ever("l2") else []
        terms += [f"l1 * sum(np.sum(np.abs(W)) for W in {weights})"] if self.ever("l1") else []
        return [f"penalty = {' + '.join(terms)}"] if terms else []

    def gradients(self) -> list[str]:
        """The list of gradients, where the update goes through one."""
        return [f"gradients = {listed([f'd{one}' for one in parameters_of(self.plan)])}"] if self.lists else []

    def update(self) -> list[str]:
        """The whole update."""
        return self._staged([self._update(index) for index in range(len(self.stages))])

    def _update(self, index: int) -> list[str]:
        plan, text = self.stages[index].plan, self.texts[index]
        rule, weights = plan.regularization, in_order(weights_of(plan))
        found = clipping_lines(
            plan, [[f"d{name}" for name in parameter_names(one)] for one in plan.network.trained]
        )
        if self.ever("weight_decay"):
            found.append(f"shrink = [rate * decay * W for W in {weights}]")
        found += text.once
        factors = rate_factors(plan)
        if text.whole:
            found += self.search(plan)
        elif self.lists:
            names = ["w", "g", *text.memory]
            through = ", ".join(["parameters", "gradients", *(f"all_{one}" for one in text.memory)])
            body = list(text.body)
            if factors:
                found.append(f"rates = [{', '.join(f'{number(one)} * rate' for one in factors.values())}]")
                names, through = [*names, "own_rate"], f"{through}, rates"
                body = [re.sub(r"\brate\b", "own_rate", one) for one in body]
            found += [f"for {', '.join(names)} in zip({through}):", *(f"    {one}" for one in body)]
        else:
            for name in parameters_of(plan):
                own = f"{number(factors[name])} * rate" if factors else "rate"
                body = [one.replace("w ", f"{name} ", 1).replace("* g", f"* d{name}") for one in text.body]
                found += [re.sub(r"\brate\b", own, one) for one in body]
        if self.ever("weight_decay"):
            found += [f"for W, s in zip({weights}, shrink):", "    W -= s"]
        if rule.max_norm is not None:
            found += self._bounded(plan)
        return found

    def search(self, plan: Plan) -> list[str]:
        """The step of an optimizer that looks at other points."""
        pair = bool(self.penalty())
        total, looks = ("total", "loss_and_gradient()[1]") if pair else ("loss", "loss_and_gradient()")
        if isinstance(plan.optimizer, LBFGS):
            return search_lines(plan.optimizer, total, looks)
        assert isinstance(plan.optimizer, SAM)
        return uphill_lines(plan.optimizer)

    def _bounded(self, plan: Plan) -> list[str]:
        if plan.regularization.biases:
            pairs = [f"({', '.join(parameter_names(one))},)" for one in plan.network.weighted]
            return [
                f"for layer in {in_order(pairs)}:",
                "    norms = np.sqrt(sum(np.sum(W.reshape(-1, W.shape[-1]) ** 2, axis=0) for W in layer))",
                "    for W in layer:",
                "        W *= np.where(norms > max_norm, max_norm / (norms + 1e-7), 1.0)",
            ]
        return [
            f"for W in {in_order([parameter_names(one)[0] for one in plan.network.weighted])}:",
            "    norms = np.sqrt(np.sum(W * W, axis=0))",
            "    W *= np.where(norms > max_norm, max_norm / (norms + 1e-7), 1.0)",
        ]

    def plateau(self) -> list[str]:
        """What a schedule that depends on losses does at the end of a step."""
        return self._staged([self._watch(one.plan) for one in self.stages])

    def _watch(self, plan: Plan) -> list[str]:
        schedule, per = plan.schedule, plan.steps_per_epoch
        if not isinstance(schedule, ReduceOnPlateau):
            return []
        begun = (
            f"step - 1 >= {schedule.warmup}"
            if schedule.by == "step"
            else f"(step - 1) // {per} >= {schedule.warmup}"
        )
        if schedule.by == "step":
            body = plateau_lines(schedule, "loss")
            return [f"if {begun}:", *(f"    {one}" for one in body)] if schedule.warmup else body
        judged = "val_loss" if plan.validation_rows else "mean_loss"
        body = plateau_lines(schedule, judged)
        mean = (
            [] if plan.validation_rows else ["mean_loss, epoch_losses = sum(epoch_losses) / len(epoch_losses), []"]
        )
        due = (
            " and ".join(([f"step % {per} == 0"] if per > 1 else []) + ([begun] if schedule.warmup else []))
            or "True"
        )
        watch = [f"if {due}:", *(f"    {one}" for one in [*mean, *body])] if due != "True" else [*mean, *body]
        kept = ["    epoch_losses.append(loss)"] if schedule.warmup else ["epoch_losses.append(loss)"]
        if plan.validation_rows:
            return watch
        return [*([f"if {begun}:"] if schedule.warmup else []), *kept, *watch]

    def _staged(self, found: list[list[str]]) -> list[str]:
        """The lines of every stage: once where they are the same in all, else each under its steps."""
        if all(one == found[0] for one in found):
            return found[0]
        groups: list[tuple[int, list[str]]] = []
        for stage, one in zip(self.stages, found, strict=True):
            if not groups or groups[-1][1] != one:
                groups.append((stage.first, one))
        texts: list[str] = []
        if len(groups) == 2 and not all(block for _, block in groups):
            sign, block = (">", groups[1][1]) if groups[1][1] else ("<=", groups[0][1])
            return [f"if step {sign} {groups[1][0]}:", *(f"    {one}" for one in block)]
        for index, (_, block) in enumerate(groups):
            last = index + 1 == len(groups)
            head = "else:" if last else f"{'if' if index == 0 else 'elif'} step <= {groups[index + 1][0]}:"
            texts += [head, *(f"    {one}" for one in block or ["pass"])]
        return texts
