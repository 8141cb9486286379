"""The plain NumPy program of a run: data, weights, and the loop of forward, loss, backward and update."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnsim.export.programs import convolution_pieces
from nnsim.export.programs.activation_pieces import activation_piece
from nnsim.export.programs.clipping_pieces import averaging_lines
from nnsim.export.programs.data_section import data_section, function_lines, source
from nnsim.export.programs.initializer_pieces import DRAWS, ORTHOGONAL, weight_lines
from nnsim.export.programs.layer_pieces import ForwardText, backward, forward, parameter_names, place, row_names
from nnsim.export.programs.line_search_text import search_functions, search_memory
from nnsim.export.programs.loss_pieces import loss_piece
from nnsim.export.programs.program import (
    CodeLine,
    CodeLines,
    Program,
    Section,
    as_text,
    file_path,
    indented,
    lines,
    listed,
    number,
)
from nnsim.export.programs.solver_pieces import difference_lines, solver_piece
from nnsim.export.programs.update import PlanStage, Updates, parameters_of
from nnsim.nn.initializers import Orthogonal
from nnsim.nn.layers import BatchNorm, Convolution, Dense, Dropout
from nnsim.optim.gradient_descent import FiniteDifferences
from nnsim.timeline import Timeline


@dataclass(frozen=True)
class Source:
    """What a program is made from.

    Args: title: of the scenario. name: of the run. steps: how many it makes, if nothing ends it before.
    """

    title: str
    name: str
    stages: Sequence[PlanStage]
    steps: int

    @classmethod
    def of(cls, timeline: Timeline) -> "Source":
        """That of a run, with the commands given in it; one that was stopped by hand has the steps that it made."""
        places = sorted({0, *(one.step for one in timeline.commands)})
        stages = [PlanStage(place, timeline.plan_at(place), timeline.parameters_at(place)) for place in places]
        stop = timeline.stop
        cut = stop is not None and stop.reason == "interrupted"
        steps = timeline.length if cut else stages[-1].plan.steps
        return cls(timeline.scenario.title or timeline.scenario.name, timeline.name, stages, steps)


def _phase(phase: str, texts: list[str]) -> CodeLines:
    return lines([f"# {phase.capitalize()}", *texts], phase)


class _Writer:
    """Puts the sections of one program together."""

    def __init__(self, source: Source, file: str) -> None:
        self.source, self.file = source, file
        self.plan = plan = source.stages[0].plan
        self.network, self.full = plan.network, plan.batches.full
        self.x, self.y = ("X", "y") if self.full else ("xb", "yb")
        self.updates = Updates(source.stages)
        self.solver = solver_piece(plan.solver)
        self.optimizer = plan.optimizer if plan.optimizer.searches and plan.solver.uses_gradient else None
        self.differences = isinstance(plan.solver, FiniteDifferences)
        self.searches = bool(self.solver.guess)
        self.flat = self.searches or self.differences or self.optimizer is not None
        self.vector, self.slope = ("all_w", "all_g") if self.differences else ("w", "g")
        self.norms = [one for one in self.network.walk() if isinstance(one, BatchNorm)]
        self.drops = any(isinstance(one, Dropout) for one in self.network.walk())
        self.draws = not self.full or self.drops or "rng" in " ".join(self.solver.guess)
        self.again = ""  # the function that looks at a point, for solvers that look at several in a step
        if self.flat and not self.searches:
            self.again = "loss_at" if self.differences else "loss_and_gradient"

    # ------------------------------------------------------------------ a step's phases

    def forward(self, x: str, training: bool = True) -> ForwardText:
        text = ForwardText(x)
        forward(self.network.stack, x, training, text)
        return text

    def _outputs(self, training: bool = True) -> dict[str, str]:
        last = row_names(self.network.stack, self.x, training)[-1]
        return {"a": last.outputs, "z": last.z}

    def loss(self, y: str, training: bool = True) -> list[str]:
        return [one.format(**self._outputs(training), y=y) for one in loss_piece(self.plan.loss).value]

    def backward(self) -> list[str]:
        outputs, logits = self._outputs(), self.plan.loss.from_logits
        slope = f"d{outputs['z' if logits else 'a']}"
        found = [one.format(**outputs, y=self.y, d=slope) for one in loss_piece(self.plan.loss).slope]
        return found + backward(self.network.stack, self.x, slope, True, summed=logits)

    # ------------------------------------------------------------------ sections

    def program(self) -> Program:
        plan = self.plan
        data, arrays = data_section(plan, self.file, self._watches)
        imports = ["import numpy as np"]
        if arrays and "Path" in self.file:
            imports = ["from pathlib import Path", "", *imports]
        imports += [convolution_pieces.IMPORT] if self.network.convolves else []
        head = [*imports, 'np.seterr(all="ignore")  # exp(-z) may overflow: the answer is right']
        sections = [Section("", lines(head))]
        functions = self._functions()
        if functions:
            sections.append(Section("", function_lines(functions)))
        sections += [data, Section("Weights", self._weights())]
        if self.again:
            sections.append(Section("", self._again()))
        validating = bool(plan.validation_rows) and self._watches
        if validating:
            sections.append(Section("", self._evaluate()))
        sections.append(Section("Training", self._loop()))
        answer = "evaluate(X, y)"
        if self.again and not self.norms and not self.drops and not validating:
            answer = f"{self.again}(){'[0]' if self._pairs else ''}"
        elif not validating:
            sections.append(Section("", self._evaluate()))
        best = ["w[...] = best"] if self.searches else []
        sections.append(Section("After training", lines([*best, f"print(step + 1, repr(float({answer})))"])))
        left_out = tuple(self._left_out())
        heading = [
            f"{as_text(self.source.title)}: {as_text(self.source.name)}, in plain NumPy.",
            "",
            "Prints the number of each step and its loss, before its update; last, the loss after training.",
            *([f"Left out: {'; '.join(left_out)}."] if left_out else []),
        ]
        return Program("\n".join(heading), tuple(sections), arrays, left_out)

    def _left_out(self) -> list[str]:
        plan, found = self.plan, []
        if plan.accuracy_applies:
            found.append("accuracy")
        if plan.validation_rows and not self._watches:
            found.append("the loss on the validation rows")
        if self.plan.averaging.on:
            found.append("the loss with the weights in `averages`")
        if self.plan.train.measure:
            found.append(f"{', '.join(self.plan.train.measure)}, which is measured beside training")
        if plan.split.test_rows:
            found.append("the rows that are kept for the end")
        return found

    @property
    def _watches(self) -> bool:
        """Whether the loss on the validation rows decides anything."""
        watched = any(one.plan.schedule.memory for one in self.source.stages)
        return self.plan.early_stopping is not None or watched

    def _weights(self) -> CodeLines:
        plan, found = self.plan, list[str]()
        rules = [one.initializer or plan.initializer for one in self.network.weighted]
        made = source(plan, 1)
        if made and (any(isinstance(one, DRAWS) for one in rules) or plan.random.generator == "legacy"):
            found.append(made)
        for layer in self.network.trained:
            names = parameter_names(layer)
            if isinstance(layer, Dense | Convolution):
                bias = self._first_bias(layer) if layer.bias and not self.flat else ""
                rule = layer.initializer or plan.initializer
                named = names if bias else names[:1]
                found += weight_lines(named, rule, layer.weight_shape, layer.fans, bias)
            else:
                found.append(f"{names[0]}, {names[1]} = np.ones({layer.units}), np.zeros({layer.units})")
        for one in self.norms:
            k = place(one)
            found.append(f"running_mean{k}, running_var{k} = np.zeros({one.units}), np.ones({one.units})")
        names = parameters_of(plan)
        if plan.train.precision == "float32":
            running = [f"running_{one}{place(norm)}" for norm in self.norms for one in ("mean", "var")]
            for each in [*([] if self.flat else names), *running]:
                found.append(f"{each} = {each}.astype(np.float32)")
        found += self._flattened(names) if self.flat else []
        found += self.updates.set_parameters(0)
        if self.draws and (training := source(plan, 2)):
            found.append(training)
        averages = plan.averaging.on
        if averages or (self.updates.lists and not self.searches and self.optimizer is None):
            found.append(f"parameters = {listed(names)}")
        found += ["averages = [w.copy() for w in parameters]"] if averages else []
        found += self.updates.settings()
        if self.searches:
            found.append("best, lowest = w.copy(), np.inf")
        if self.optimizer is not None:
            found += search_memory(self.optimizer)
        if plan.early_stopping is not None:
            found.append("best_loss, bad_epochs = np.inf, 0")
        return lines(found, "start")

    def _first_bias(self, layer: Dense | Convolution) -> str:
        """What the biases of a layer begin with."""
        if layer is self.network.layers[-1]:
            training = self.plan.deal(self.plan.generators()[0])[0]
            first = self.plan.first_output_bias(self.plan.examples.targets[training])
            if first is not None:
                return f"np.array([{', '.join(number(one) for one in first.tolist())}])"
        return f"np.zeros({layer.weight_shape[1]})"

    def _flattened(self, names: list[str]) -> list[str]:
        """All parameters as one vector w, of which each is a view; and all gradients as g."""
        shapes: dict[str, tuple[int, ...]] = {}
        parts: list[str] = []
        for layer in self.network.trained:
            first, *second = parameter_names(layer)
            if isinstance(layer, Dense | Convolution):
                shapes |= {first: layer.weight_shape, **dict.fromkeys(second, layer.weight_shape[1:])}
                parts += [f"{first}.ravel()", *(self._first_bias(layer) for _ in second)]
            else:
                shapes |= dict.fromkeys((first, *second), (layer.units,))
                parts += [first, *second]
        kind = ".astype(np.float32)" if self.plan.train.precision == "float32" else ""
        found = [f"{self.vector} = np.concatenate([{', '.join(parts)}]){kind}  # all in one vector"]
        found += [] if self.searches else [f"{self.slope} = np.zeros_like({self.vector})"]
        begin = 0
        for name in names:
            end = begin + int(np.prod(shapes[name]))
            shaped = f".reshape{shapes[name]}" if len(shapes[name]) > 1 else ""
            parts = [f"{self.vector}[{begin}:{end}]{shaped}"]
            parts += [] if self.searches else [f"{self.slope}[{begin}:{end}]{shaped}"]
            found.append(f"{name}{'' if self.searches else f', d{name}'} = {', '.join(parts)}")
            begin = end
        return found

    def _functions(self) -> list[str]:
        pieces = [activation_piece(one.activation).define for one in self.network.walk()]
        rules = [one.initializer or self.plan.initializer for one in self.network.weighted]
        found = [ORTHOGONAL] if any(isinstance(one, Orthogonal) for one in rules) else []
        found += [convolution_pieces.WINDOWS, convolution_pieces.PIXELS] if self.network.convolves else []
        found += [*pieces, loss_piece(self.plan.loss).define]
        if not self.searches:
            found += self.updates.functions()
        found += [search_functions(self.optimizer)] if self.optimizer is not None else []
        return [one for one in found if one]

    def _again(self) -> CodeLines:
        """The function that looks at a point: the loss there, and its gradient where that is wanted."""
        found = [CodeLine(f"global mean{place(one)}, var{place(one)}") for one in self.norms]
        found += lines(self.forward(self.x).pass_, "forward")
        found += lines([*self.loss(self.y), *([] if self.differences else self.updates.penalty())], "loss")
        if not self.differences:
            slope = [one.replace(" += ", "[...] += ", 1) for one in self.updates.penalty_slope()]
            back = [*self._into_vector(self.backward()), *slope]
            found += lines(back, "backward")
        found.append(CodeLine(f"return loss{', loss + penalty' if self._pairs else ''}"))
        return (CodeLine(f"def {self.again}():"), *indented(found))

    @property
    def _pairs(self) -> bool:
        """Whether the function that looks at a point also gives the loss with its penalty."""
        return bool(self.again) and not self.differences and bool(self.updates.penalty())

    def _into_vector(self, texts: list[str]) -> list[str]:
        """Backward lines whose gradients go into their places in the flat vector."""
        names = {f"d{one}" for one in parameters_of(self.plan)}
        found = []
        for text in texts:
            name, _, value = text.partition(" = ")
            found.append(f"{name}[...] = {value}" if name in names else text)
        return found

    def _evaluate(self) -> CodeLines:
        text = self.forward("x", training=False)
        last = row_names(self.network.stack, "x", False)[-1]
        loss = [one.format(a=last.outputs, z=last.z, y="y") for one in loss_piece(self.plan.loss).value]
        doc = '"""The loss of rows, as the network answers once it is trained."""'
        loss[-1] = loss[-1].replace("loss =", "return", 1)
        return lines(["def evaluate(x, y):"]) + indented(lines([doc, *text.pass_, *loss]))

    def _loop(self) -> CodeLines:
        updates = self.updates
        text = self.forward(self.x)
        body = [*lines(self._batch()), *lines(updates.commands())]
        if self.again:
            called = f"loss{', total' if self._pairs else ''} = {self.again}()"
            body += lines(text.draw, "forward") + lines([called], "loss") + lines(text.learn, "forward")
        else:
            body += _phase("forward", [*self.solver.guess, *text.all])
            body += _phase("loss", [*self.loss(self.y), *(updates.penalty() if self.searches else [])])
        body.append(CodeLine("print(step, repr(float(loss)))", "loss"))
        if self.searches:
            total = "loss + penalty" if updates.penalty() else "loss"
            body += _phase("update", [f"if {total} < lowest:", f"    best, lowest = w.copy(), {total}"])
        elif self.optimizer is not None:
            body += _phase("update", [*updates.rate(), *updates.update(), *averaging_lines(self.plan)])
        else:
            back = difference_lines(self.solver.differences) if self.differences else self.backward()
            body += _phase("backward", [*back, *updates.penalty_slope()])
            update = [*updates.gradients(), *updates.rate(), *updates.update(), *averaging_lines(self.plan)]
            body += _phase("update", update)
        return (
            CodeLine(f"for step in range(1, {self.source.steps + 1}):"),
            *indented((*body, *lines(self._ended()))),
        )

    def _batch(self) -> list[str]:
        if self.full:
            return []
        size, per = self.plan.batches.size, self.plan.batches.per_epoch
        return [
            f"k = (step - 1) % {per} * {size}  # where the batch begins in the order of the epoch",
            "if k == 0:",
            "    order = rng.permutation(len(X))",
            f"xb, yb = X[order[k : k + {size}]], y[order[k : k + {size}]]",
        ]

    def _ended(self) -> list[str]:
        """What ends the run before its last step, and what schedules and early stopping see."""
        plan, updates = self.plan, self.updates
        gradients = self._gradients()
        squares = f"{self.slope} @ {self.slope}" if self.flat else f"sum(np.sum(one * one) for one in {gradients})"
        finite = f" or not np.isfinite({squares})" if gradients else ""
        found = [f"if not np.isfinite(loss){finite}:", "    break  # the run has diverged"]
        validates = bool(plan.validation_rows) and self._watches
        if validates:
            every = plan.steps_per_epoch
            judged = "val_loss = evaluate(X_val, y_val)"
            found += [judged] if every == 1 else [f"if step % {every} == 0:", f"    {judged}"]
        found += [] if self.searches else updates.plateau()
        if plan.early_stopping is not None:
            found += self._stopping()
        found += ["if loss <= target_loss:", "    break"] if updates.targets else []
        return found

    def _gradients(self) -> str:
        if self.searches:
            return ""
        return listed([f"d{one}" for one in parameters_of(self.plan)])

    def _stopping(self) -> list[str]:
        rule, plan = self.plan.early_stopping, self.plan
        assert rule is not None
        kept = [*parameters_of(plan), *(f"running_{one}{place(k)}" for k in self.norms for one in ("mean", "var"))]
        gain = f" - {number(rule.minimum_gain)}" if rule.minimum_gain else ""
        keep = f"; kept = [one.copy() for one in {listed(kept)}]" if rule.restore_best else ""
        body = [
            f"if val_loss < best_loss{gain}:",
            f"    best_loss, bad_epochs = val_loss, 0{keep}",
            "else:",
            "    bad_epochs += 1",
            f"if bad_epochs >= {rule.patience}:",
        ]
        if rule.restore_best:
            body += [f"    for one, best in zip({listed(kept)}, kept):", "        one[...] = best"]
        body.append("    break")
        per = plan.steps_per_epoch
        return body if per == 1 else [f"if step % {per} == 0:", *(f"    {one}" for one in body)]


def numpy_program(timeline: Timeline, file: str = "run.npz", beside: bool = True) -> Program:
    """The program of a run.

    Args: file: the name of what its arrays go into, where they are too many to be written out. beside: whether that
    lies in the folder of the program itself, else in the one that it is run in.
    Raises: NnsimError where a method of the run has no piece.
    """
    return _Writer(Source.of(timeline), file_path(file, beside)).program()
