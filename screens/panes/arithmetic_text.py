"""Sentences and tables about one weight: its forward pass, its loss, its gradient, and its update."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

import numpy as np
import numpy.typing as npt
from rich.text import Text

from nnsim.analysis.chain_rule import Check, Place, WeightTerms, delta_terms, slopes
from nnsim.analysis.weight_update import Before, formatted, update_terms
from nnsim.nn.arrays import Array
from nnsim.nn.benchmark_functions import PlaneFunction
from nnsim.nn.network import BoundLayer, BoundNetwork
from nnsim.scenario.plan import Plan
from nnsim.scenario.setting_keys import kind_of
from nnsim.timeline import Timeline
from nnsim.training.trainer import Trainer
from screens.plots import number

MOST_ROWS, MOST_TERMS = 64, 24
FULL_CHECK = 80  # columns from which the formula of the central difference is written out
SLOPES = {"sigmoid": "a (1 - a)", "tanh": "1 - a²", "relu": "1 where z > 0", "linear": "1"}
SEARCHES = "d = -H g: the gradient, turned by the curvature of the last steps; t by a line search"
NO_STEP = "no step: the gradient, or its slope along d, is below the tolerance"


class WeightText:
    """Sentences and tables about one weight of a plan, for a width."""

    def __init__(self, plan: Plan, place: Place, row: int, width: int) -> None:
        """Args: row: of the batch, counted from 0."""
        self.plan, self.place, self.row, self.width = plan, place, row, width
        self.batch: npt.NDArray[np.integer] = np.arange(plan.examples.rows)  # which rows of the data it holds
        self._layer = plan.network.layers[place.layer]
        self._wide = width >= 56
        self._landscape = isinstance(plan.loss, PlaneFunction)  # its rows have no target

    def figure(self, value: float) -> str:
        """A number with as many digits as there is room for."""
        value += 0.0  # no -0
        return f"{value:.6g}" if self._wide else number(value)

    @property
    def source(self) -> str:
        """What the weight multiplies: an input's name, a unit of the layer before, or 1 for a bias."""
        if self.place.source == self._layer.inputs:
            return "1"
        return self._source(self.place.layer, self.place.source)

    def _source(self, layer: int, source: int) -> str:
        return self.plan.feature_names[source] if layer == 0 else f"a{source + 1}"

    def unit(self, layer: int, unit: int) -> str:
        last = layer == len(self.plan.network.layers) - 1
        return self.plan.examples.target_names[unit] if last else f"unit {unit + 1}"

    @property
    def name(self) -> str:
        unit = self.unit(self.place.layer, self.place.unit)
        if self.place.source == self._layer.inputs:
            return f"{self._layer.name}, bias of {unit}"
        return f"{self._layer.name}, w from {self.source} to {unit}"

    @property
    def factors(self) -> str:
        return "delta" if self.source == "1" else f"delta * {self.source}"

    def gradient(self, terms: WeightTerms, check: Check) -> Iterator[Text]:
        yield Text(f"dC/dw = sum of {self.factors} = {self.figure(terms.gradient)}", "bold")
        if self.plan.regularization.penalizes:
            yield Text(f"with the penalty g = {self.figure(terms.backprop)}")
        difference, relative = self.figure(check.difference), f"{check.relative:.0e}"
        if self.width >= FULL_CHECK:
            line = Text(f"(C(w + h) - C(w - h)) / 2h = {difference}, relative difference {relative}: ")
        else:
            line = Text(f"check {difference}, {relative} off: ")
        yield line.append(check.verdict, "bold reverse" if check.verdict == "DIFFERS" else "")

    def weight(self, trainer: Trainer) -> float:
        return float(trainer.parameters[self.place.index(self.plan.network.layers)])

    def head(self, phase: str) -> Text:
        return Text(f"{phase}: {self.name}" if self._wide else self.name, "bold")

    def _table(self, names: Sequence[str], rows: Sequence[Sequence[str]], marked: int) -> Iterator[Text]:
        """A table of right-aligned cells, the chosen line marked by `>` and bold."""
        widths = [max(len(name), *(len(row[i]) for row in rows)) for i, name in enumerate(names)]

        def line(cells: Sequence[str]) -> str:
            return "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))

        yield Text(f"  {line(names)}", "dim")
        for index, row in enumerate(rows):
            chosen = index == marked
            yield Text(f"{'>' if chosen else ' '} {line(row)}", "bold" if chosen else "")

    def start(self, trainer: Trainer) -> Iterator[Text]:
        yield self.head("start")
        yield Text(f"w = {self.figure(self.weight(trainer))}, as it was drawn")
        yield Text("step 1 comes next: press . to enter its phases")

    def forward(self, network: BoundNetwork) -> Iterator[Text]:
        bound = network.layers[self.place.layer]
        unit, row = self.place.unit, self.row
        yield self.head("forward")
        yield Text(f"z = sum of input * w, row {self._called(row)}/{self.plan.examples.rows:,}")
        first = max(0, min(self.place.source - MOST_TERMS // 2, bound.inputs.shape[0] - MOST_TERMS))
        lines = []
        for source in range(first, min(first + MOST_TERMS, bound.inputs.shape[0])):
            value, weight = float(bound.inputs[source, row]), float(bound.weights[source, unit])
            name = "bias" if source == bound.layer.inputs else self._source(self.place.layer, source)
            lines.append((name, self.figure(value), self.figure(weight), self.figure(value * weight)))
        yield from self._table(("from", "input", "w", "term"), lines, self.place.source - first)
        if (left := bound.inputs.shape[0] - len(lines)) > 0:
            yield Text(f"  … and {left:,} more terms", "dim")
        z, a = float(bound.z[unit, row]), float(bound.outputs[unit, row])
        yield Text(f"  z = {self.figure(z)}")
        yield Text(f"  a = {self._activation(bound)}(z) = {self.figure(a)}")

    def loss(self, network: BoundNetwork) -> Iterator[Text]:
        last = len(network.layers) - 1
        unit = self.place.unit if self.place.layer == last else 0
        bound, loss, value = network.layers[last], self.plan.loss, network.value()
        name = type(loss).__name__
        reduction = f" {loss.reduction}" if hasattr(loss, "reduction") else ""
        yield Text(f"loss: C = {self.figure(value)}, {name}{reduction} of all rows", "bold")
        slope = slopes(network, last)[unit]
        own = bool(np.isnan(slope).all())  # the loss takes the last activation together with itself
        how = "of the loss of z itself" if own else f"= dC/da * {self._slope(bound)}"
        yield Text(f"dC/dz of {self.unit(last, unit)} {how}")
        outputs, targets, each = bound.outputs[unit], network.targets[unit], self._row_losses(network)
        columns = {"a": outputs}
        if not self._landscape:
            columns |= {"y": targets, "a - y": outputs - targets}
        if self._wide and not self._landscape:
            columns["C of row"] = each
        if self._wide or self._landscape:
            columns |= {} if own else {"f'(z)": slope}
            columns["dC/dz"] = bound.delta[unit]
        first = self._first(len(outputs))
        rows = [
            (self._called(row), *(self.figure(float(column[row])) for column in columns.values()))
            for row in range(first, min(first + MOST_ROWS, len(outputs)))
        ]
        yield from self._table(("row", *columns), rows, self.row - first)
        if "C of row" in columns:
            how, total = ("sum", each.sum()) if np.isclose(each.sum(), value) else ("mean", each.mean())
            yield Text(f"  C = {how} of C of row = {self.figure(float(total))}")

    def _row_losses(self, network: BoundNetwork) -> Array:
        """The loss of each row of the batch alone, all its outputs together, (rows,)."""
        with np.errstate(all="ignore"):
            return self.plan.loss.values(network.scored.T[:, :, None], network.targets.T[:, :, None])

    def rows(self, found: WeightTerms) -> Iterator[Text]:
        deltas, inputs, terms = found.deltas, found.inputs, found.terms
        first = self._first(len(terms))
        lines = [
            (self._called(row), self.figure(deltas[row]), self.figure(inputs[row]), self.figure(terms[row]))
            for row in range(first, min(first + MOST_ROWS, len(terms)))
        ]
        yield from self._table(("row", "delta", self.source, "term"), lines, self.row - first)
        if (left := len(terms) - len(lines)) > 0:
            yield Text(f"  … and {left:,} more rows", "dim")
        yield Text(f"  sum {self.figure(found.gradient)}")

    def delta(self, network: BoundNetwork) -> Iterator[Text]:
        """The terms of the chosen unit's delta, for the chosen row."""
        layer, unit, row = self.place.layer, self.place.unit, self.row
        bound, parts = network.layers[layer], delta_terms(network, layer, unit, row)
        yield Text(f"delta of {self.unit(layer, unit)} in row {self._called(row)}", "bold")
        if len(parts.weights):
            yield Text(f"= (sum of w * delta in {network.layers[layer + 1].layer.name}) * f'(z)")
            lines = [
                (self.unit(layer + 1, i), self.figure(w), self.figure(d), self.figure(w * d))
                for i, (w, d) in enumerate(zip(parts.weights[:MOST_TERMS], parts.deltas, strict=False))
            ]
            yield from self._table(("to", "w", "delta", "term"), lines, -1)
            if (left := len(parts.weights) - len(lines)) > 0:
                yield Text(f"  … and {left:,} more units", "dim")
            yield Text(f"  sum {self.figure(parts.error)}")
        elif bound is network.stack[-1]:
            a, y = float(network.outputs[unit, row]), float(network.targets[unit, row])
            yield Text("= dC/dz: the loss is of z itself" if np.isnan(parts.slope) else "= dC/da * f'(z)")
            if not self._landscape:
                yield Text(f"  a - y = {self.figure(a)} - {formatted(y)} = {self.figure(a - y)}")
        else:
            yield Text("= dC/da * f'(z), dC/da from the next layer")
        if np.isnan(parts.slope):
            yield Text(f"  delta = {self.figure(parts.delta)}")
            return
        if not len(parts.weights):
            yield Text(f"  dC/da = {self.figure(parts.error)}")
        yield Text(f"  f'(z) = {self._slope(bound)} = {self.figure(parts.slope)}")
        product = f"{self.figure(parts.error)} * {self.figure(parts.slope)}"
        yield Text(f"  delta = {product} = {self.figure(parts.delta)}")

    def update(self, before: Before, rate: float, gradient: float, after: Trainer) -> Iterator[Text]:
        """The optimizer's formula, line by line: in names, in numbers, and its result."""
        index = self.place.index(self.plan.network.layers)
        new, optimizer = after.parameters.item(index), self.plan.optimizer
        kind = type(optimizer).__name__
        yield Text(f"update ({kind}): {self.name}" if self._wide else self.name, "bold")
        if self.plan.clipping.on:
            used = after.used_gradient.item(index)
            yield Text(
                f"clipped ({kind_of(self.plan.clipping)}): g {formatted(gradient)} becomes {formatted(used)}"
            )
        found = update_terms(self.plan, before, after, rate, index)
        if optimizer.searches:
            yield Text(SEARCHES if found else NO_STEP)
        for term in found:
            name = "w_new" if term.name == "w" else term.name
            yield from self._wrapped(f"{name} = {term.formula}", "bold")
            figures, value = f"  = {term.figures}", f" = {term.value:.5g}"
            if term is found[-1] and term.name == "w":
                yield from self._wrapped(figures)
            elif len(figures) + len(value) <= self.width:
                yield Text(figures + value)
            else:
                yield from (*self._wrapped(figures), Text(f" {value}"))
        if not found:
            change = after.change.item(index)
            yield Text("w_new = w - change", "bold")
            yield Text(f"change by {kind} from g {formatted(gradient)}, rate {formatted(rate)}")
            yield Text(f"  = {before.weight:.5g} - {formatted(change)}")
        if self.plan.regularization.max_norm is not None:
            yield Text(f"max_norm: weights into a unit no longer than {self.plan.regularization.max_norm:g}")
        last = found[-1].name if found else "w"
        yield Text(f"  = {new:.5g}" if last == "w" else f"w_new = {new:.5g}")

    def by_hand(self, timeline: Timeline, step: int) -> Iterator[Text]:
        value = timeline.parameters_at(step).get(self.place.index(self.plan.network.layers))
        if value is not None:
            yield Text(f"then set by hand: w = {self.figure(value)}", "bold")

    def _wrapped(self, line: str, style: str = "") -> Iterator[Text]:
        for row in wrap(line, max(self.width, 16), subsequent_indent="    ", break_long_words=False):
            yield Text(row, style)

    def _called(self, row: int) -> str:
        """The number of a row of the batch in the data set, which all panes use."""
        return f"{int(self.batch[row]) + 1:,}"

    def _first(self, rows: int) -> int:
        """The first row to show, so that the chosen one is among them."""
        return max(0, min(self.row - MOST_ROWS // 2, rows - MOST_ROWS))

    def _activation(self, bound: BoundLayer) -> str:
        return type(bound.layer.activation).__name__.lower()

    def _slope(self, bound: BoundLayer) -> str:
        return SLOPES.get(self._activation(bound), "f'(z)")
