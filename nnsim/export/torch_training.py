"""The training part of a PyTorch program: rows, loss, optimizer, schedule, and the loop that goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnsim.export.programs.optimizer_pieces import optimizer_text
from nnsim.export.programs.program import number
from nnsim.export.programs.schedule_pieces import fixed, schedule_lines
from nnsim.export.torch_pieces import BY_LINES, OPTIMIZERS, loss_function
from nnsim.nn.arrays import Array
from nnsim.nn.layers import AnyLayer, Dropout
from nnsim.optim import clipping, matrices, sgd
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.schedules import ReduceOnPlateau
from nnsim.optim.sharpness_aware import SAM
from nnsim.scenario.setting_keys import kind_of
from nnsim.training.trainer import Trainer

MOST_ROWS = 200  # that are written out


@dataclass
class TorchTraining:
    """The text of the training part.

    Args: arrays: by name, what lies beside the program. left_out: what nnsim does and this does not, a sentence
    each.
    """

    text: str = ""
    arrays: dict[str, Array] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


class _TrainingWriter:
    """Writes the training part of a program that goes on from a trainer's step."""

    def __init__(
        self,
        trainer: Trainer,
        file: str,
        literal: Callable[[Array, int], str],
        places: Sequence[tuple[str, AnyLayer]],
    ) -> None:
        self.trainer, self.plan, self.file, self.literal = trainer, trainer.plan, file, literal
        self.places = places
        self.optimizer, self.rules = self.plan.optimizer, self.plan.regularization
        self.by_lines = isinstance(self.optimizer, BY_LINES)
        self.plateau = isinstance(self.plan.schedule, ReduceOnPlateau)
        self.made = TorchTraining()

    def training(self) -> TorchTraining:
        plan, made = self.plan, self.made
        if not plan.solver.uses_gradient:
            made.left_out.append(
                f"{kind_of(plan.solver)}, a search without gradients: there is no loop to go on with"
            )
            return made
        loss = loss_function(plan)
        known = self.by_lines or type(self.optimizer) in OPTIMIZERS
        if loss is None or not known:
            part = plan.loss if loss is None else self.optimizer
            made.left_out.append(f"training: {kind_of(part)} has no counterpart in PyTorch")
            return made
        self._notes()
        parts = [self._rows(), loss, self._optimizer(), self._schedule(), self._loop()]
        made.text = "\n\n\n".join("\n".join(one) for one in parts if one) + "\n"
        return made

    def _notes(self) -> None:
        plan, left_out = self.plan, self.made.left_out
        if kind_of(plan.solver) == "finite-differences":
            left_out.append("finite differences: PyTorch finds the gradient by backpropagation")
        if self.trainer.step and type(self.optimizer) is not sgd.SGD:
            left_out.append("what the optimizer remembered at this step: here it starts afresh")
        if any(isinstance(one, Dropout) and one.rate for one in plan.network.walk()):
            left_out.append("the units that dropout drops: PyTorch draws others")
        if plan.early_stopping is not None or plan.train.target_loss is not None:
            left_out.append("the end before the last step (early stopping, a target)")
        if not plan.batches.full and plan.random.generator == "legacy":
            left_out.append("the order of the rows: the old generator has drawn the weights before")

    # ------------------------------------------------------------------ parts

    def _rows(self) -> list[str]:
        plan, trainer = self.plan, self.trainer
        inputs = plan.examples.inputs[trainer.rows]
        precision = np.dtype(plan.train.precision)
        found = ["# The rows that are trained on, in their order."]
        if len(inputs) > MOST_ROWS:
            self.made.arrays = {"inputs": inputs.astype(precision), "targets": trainer.targets}
            found += [
                f"with np.load({self.file}) as rows:",
                '    X, y = prepare(torch.from_numpy(rows["inputs"])), torch.from_numpy(rows["targets"])',
            ]
        else:
            found.append(f"X = prepare(torch.tensor({self.literal(inputs.astype(precision), 1)}))")
            found.append(f"y = torch.tensor({self.literal(trainer.targets, 1)})")
        return found

    def _optimizer(self) -> list[str]:
        rate = number(float(self.trainer.rates(min(self.trainer.step, self.plan.steps - 1), 1)[0]))
        if self.by_lines:
            text = optimizer_text(self.optimizer)
            memory = ", ".join(f'"{name}": torch.zeros_like(w)' for name in text.memory)
            settings = [f"{name} = {value}" for name, value in text.settings.items()]
            return [*settings, *text.start, f"remembered = [{{{memory}}} for w in model.parameters()]"]
        name, settings_of = OPTIMIZERS[type(self.optimizer)]
        settings = [one for one in [settings_of(self.optimizer)] if one]
        parameters = "model.parameters()"
        if (factors := self.plan.rate_factors) is not None:
            if isinstance(self.optimizer, matrices.Muon):
                self.made.left_out.append("the rates of layers: all have the same")
            groups = []
            for place, layer in self.places:
                factor = number(factors.item(layer.offset))
                groups.append(f'{{"params": model.get_submodule("{place}").parameters(), "factor": {factor}}}')
            parameters = f"[{', '.join(groups)}]"
        if isinstance(self.optimizer, matrices.Muon):
            self.made.left_out.append("double precision of Muon's iteration: PyTorch computes it in bfloat16")
            parameters = "[w for w in model.parameters() if w.ndim == 2]"
        if isinstance(self.optimizer, matrices.Muon | matrices.Adafactor) and self.plan.network.convolves:
            self.made.left_out.append("kernels as matrices: PyTorch's optimizer takes them otherwise")
        arguments = ", ".join([parameters, f"lr={rate}", *settings])
        found = [f"optimizers = [torch.optim.{name}({arguments})]"]
        if isinstance(self.optimizer, matrices.Muon):
            one = self.optimizer
            rest = "[w for w in model.parameters() if w.ndim != 2]"
            adam = f"betas=({number(one.beta1)}, {number(one.beta2)}), eps={number(one.epsilon)}"
            found.append(
                f"optimizers.append(torch.optim.Adam({rest}, lr={rate}, {adam}))  # biases are no matrices"
            )
        return found

    def _schedule(self) -> list[str]:
        plan, schedule = self.plan, self.plan.schedule
        if isinstance(schedule, ReduceOnPlateau):
            settings = (
                f"factor={number(schedule.drop)}, patience={schedule.patience}, "
                f"threshold={number(schedule.threshold)}, cooldown={schedule.cooldown}, "
                f"min_lr={number(min(schedule.minimum, schedule.rate))}"
            )
            if plan.validation_rows or schedule.warmup or self.trainer.step:
                self.made.left_out.append(
                    "what the schedule has seen so far, and validation rows: it watches training"
                )
            return [f"scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizers[0], {settings})"]
        if fixed(schedule):
            return [f"def learning_rate(p):\n    return {number(schedule.rate)}"]
        return schedule_lines(schedule, "learning_rate", plan.train.epochs, plan.steps_per_epoch)

    def _loop(self) -> list[str]:
        full = self.plan.batches.full
        x, y = ("X", "y") if full else ("xb", "yb")
        body = [*self._batch(), *self._rate()]
        rules, total = self.rules, self._total()
        counts = self.by_lines and "t = 0" in optimizer_text(self.optimizer).start
        if isinstance(self.optimizer, LBFGS):
            body += self._closure(x, y, total)
        else:
            body += [
                f"loss = loss_of(model({x}), {y})",
                "model.zero_grad()",
                f"({total}).backward()" if total != "loss" else "loss.backward()",
                *self._clip(),
                *(self._uphill(x, y, total) if isinstance(self.optimizer, SAM) else []),
            ]
        if rules.weight_decay:
            body.append(f"shrink = [(rate * {number(rules.weight_decay)} * w).detach() for w in {self._weights()}]")
        if self.by_lines:
            body += self._by_lines()
        elif not isinstance(self.optimizer, LBFGS):
            body += ["for one in optimizers:", "    one.step()"]
        if rules.weight_decay:
            body += ["with torch.no_grad():", f"    for w, s in zip({self._weights()}, shrink):", "        w -= s"]
        if rules.max_norm is not None:
            body += self._max_norm()
        body += [*self._plateau(), "yield step, loss.item()"]
        head = [
            *self._order(),
            "",
            "",
            "def train(steps):",
            '    """Trains on for so many steps; yields the number of each, and its loss before its update."""',
            f"    global {', '.join(['step', *([] if full else ['order']), *(['t'] if counts else [])])}",
            "    for _ in range(steps):",
            "        step += 1",
        ]
        return [f"step = {self.trainer.step}  # that are done", *head, *(f"        {one}" for one in body)]

    def _order(self) -> list[str]:
        if self.plan.batches.full:
            return ["epoch_losses = []"] if self.plateau else []
        begun = -(-self.trainer.step // self.plan.steps_per_epoch)
        seed = self.plan.seed
        found = [f"rng = np.random.default_rng([{seed}, 2])", "order = None"]
        if begun:
            found += [
                f"for _ in range({begun}):  # the epochs that are begun",
                "    order = rng.permutation(len(X))",
            ]
        return [*found, *(["epoch_losses = []"] if self.plateau else [])]

    def _batch(self) -> list[str]:
        if self.plan.batches.full:
            return []
        size, per = self.plan.batches.size, self.plan.batches.per_epoch
        return [
            f"k = (step - 1) % {per}  # batch number k of the epoch",
            "if k == 0:",
            "    order = rng.permutation(len(X))",
            f"chosen = torch.from_numpy(order[k * {size} : (k + 1) * {size}])",
            "xb, yb = X[chosen], y[chosen]",
        ]

    def _rate(self) -> list[str]:
        if self.plateau:
            return ['rate = optimizers[0].param_groups[0]["lr"]']
        plan = self.plan
        per = plan.steps_per_epoch
        done = "step - 1" if plan.schedule.by == "step" or per == 1 else f"(step - 1) // {per}"
        factors = plan.rate_factors is not None
        found = [f"rate = float(learning_rate({done}))"]
        if self.by_lines:
            self.made.left_out += ["the rates of layers: all have the same"] if factors else []
            return found
        return [
            *found,
            "for one in optimizers:",
            "    for group in one.param_groups:",
            '        group["lr"] = rate * group.get("factor", 1.0)' if factors else '        group["lr"] = rate',
        ]

    def _weights(self) -> str:
        if self.rules.biases:
            return "list(model.parameters())"
        return f"[one.weight for one in model.modules() if isinstance(one, {self._weighted})]"

    @property
    def _weighted(self) -> str:
        """The modules that have weights."""
        return "nn.Linear | nn.Conv2d" if self.plan.network.convolves else "nn.Linear"

    def _total(self) -> str:
        rules, weights = self.rules, self._weights()
        terms = [f"{number(0.5 * rules.l2)} * sum((w * w).sum() for w in {weights})"] if rules.l2 else []
        terms += [f"{number(rules.l1)} * sum(w.abs().sum() for w in {weights})"] if rules.l1 else []
        return " + ".join(["loss", *terms])

    def _clip(self) -> list[str]:
        rule = self.plan.clipping
        if isinstance(rule, clipping.GlobalNorm):
            return [f"nn.utils.clip_grad_norm_(model.parameters(), {number(rule.limit)})"]
        if isinstance(rule, clipping.Value):
            return [f"nn.utils.clip_grad_value_(model.parameters(), {number(rule.limit)})"]
        if isinstance(rule, clipping.LayerNorm):
            return [
                "for one in model.modules():",
                "    own = list(one.parameters(recurse=False))",
                "    if own:",
                f"        nn.utils.clip_grad_norm_(own, {number(rule.limit)})",
            ]
        return []

    def _closure(self, x: str, y: str, total: str) -> list[str]:
        return [
            "seen = []",
            "",
            "def closure():",
            "    model.zero_grad()",
            f"    loss = loss_of(model({x}), {y})",
            "    seen.append(loss)",
            f"    total = {total}",
            "    total.backward()",
            "    return total",
            "",
            "optimizers[0].step(closure)",
            "loss = seen[0]",
        ]

    def _uphill(self, x: str, y: str, total: str) -> list[str]:
        assert isinstance(self.optimizer, SAM)
        again = total.replace("loss", f"loss_of(model({x}), {y})", 1)
        return [
            "length = torch.sqrt(sum((w.grad * w.grad).sum() for w in model.parameters()))",
            f"moves = [w.grad * ({number(self.optimizer.radius)} / length) for w in model.parameters()]",
            "with torch.no_grad():",
            "    for w, move in zip(model.parameters(), moves):",
            "        w += move",
            "model.zero_grad()",
            f"({again}).backward()",
            "with torch.no_grad():",
            "    for w, move in zip(model.parameters(), moves):",
            "        w -= move",
        ]

    def _by_lines(self) -> list[str]:
        text = optimizer_text(self.optimizer)
        lines = [one.replace("np.", "torch.") for one in text.body]
        names = ", ".join(text.memory)
        kept = ", ".join(f'kept["{name}"]' for name in text.memory)
        return [
            *text.once,
            "with torch.no_grad():",
            "    for w, kept in zip(model.parameters(), remembered):",
            f"        g, {names} = w.grad, {kept}",
            *(f"        {one}" for one in lines),
        ]

    def _max_norm(self) -> list[str]:
        limit = number(self.rules.max_norm or 0.0)
        if not self.rules.biases:
            return [
                "with torch.no_grad():",
                f"    for w in {self._weights()}:",
                f"        w.copy_(torch.renorm(w, 2, 0, {limit}))",
            ]
        flat = ".flatten(1)" if self.plan.network.convolves else ""  # of kernels, a view
        return [
            "with torch.no_grad():",
            "    for one in model.modules():",
            f"        if isinstance(one, {self._weighted}):",
            f"            parts = [one.weight{flat}] + ([one.bias[:, None]] if one.bias is not None else [])",
            "            norms = torch.cat(parts, dim=1).norm(dim=1, keepdim=True)",
            f"            scale = torch.where(norms > {limit}, {limit} / (norms + 1e-7), 1.0)",
            "            for part in parts:",
            "                part *= scale",
        ]

    def _plateau(self) -> list[str]:
        if not self.plateau:
            return []
        per = self.plan.steps_per_epoch
        if self.plan.schedule.by == "step":
            return ["scheduler.step(loss.item())"]
        return [
            "epoch_losses.append(loss.item())",
            f"if step % {per} == 0:",
            "    scheduler.step(sum(epoch_losses) / len(epoch_losses))",
            "    epoch_losses.clear()",
        ]


def torch_training(
    trainer: Trainer, file: str, literal: Callable[[Array, int], str], places: Sequence[tuple[str, AnyLayer]]
) -> TorchTraining:
    """The training part of a program that goes on from a trainer's step.

    Args: file: an expression for the path of what lies beside the program. literal: writes an array. places: of the
    layers that learn something, with their names in the model.
    """
    return _TrainingWriter(trainer, file, literal, places).training()
