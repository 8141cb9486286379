"""The arithmetic of one weight in the phase under the cursor: the chain rule with its numbers, and its check."""

from dataclasses import replace
from itertools import zip_longest

from rich.text import Text
from textual.binding import Binding

from nnsim.analysis.chain_rule import Place, central_difference, weight_terms
from nnsim.analysis.weight_update import Before
from nnsim.nn.network import BoundNetwork, Dense
from nnsim.session.view import View
from nnsim.training.trainer import PHASES, Trainer
from screens.panes.arithmetic_text import WeightText
from screens.panes.pane import LinesPane
from screens.panes.pane_context import INSIDE
from screens.widgets.lines import side_by_side

BESIDE = 88  # columns from which the delta stands beside the weight's terms
KEYS = "a layer · i from · u to · n row"


class ArithmeticPane(LinesPane):
    """The numbers behind one weight: its part of the forward pass, its gradient row by row, its update."""

    kind = "arithmetic"
    needs = INSIDE

    BINDINGS = [
        Binding("a", "choose('layer', 1)", "next layer"),
        Binding("A", "choose('layer', -1)", "previous layer"),
        Binding("i", "choose('source', 1)", "next weight into the unit"),
        Binding("I", "choose('source', -1)", "previous weight into it"),
        Binding("u", "choose('unit', 1)", "next unit"),
        Binding("U", "choose('unit', -1)", "previous unit"),
        Binding("n", "choose('row', 1)", "next row"),
        Binding("N", "choose('row', -1)", "previous row"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.place, self.row = Place(), 0
        self._layers: tuple[Dense, ...] = ()  # of the network last shown
        self._rows = 1  # of the batch last shown

    def action_choose(self, what: str, by: int) -> None:
        by *= self.take_count()
        if not self._layers:
            return
        place, layer = self.place, self._layers[self.place.layer]
        if what == "row":
            self.row = (self.row + by) % self._rows
        elif what == "layer":
            self.place = replace(place, layer=(place.layer + by) % len(self._layers)).within(self._layers)
        elif what == "source":
            self.place = replace(place, source=(place.source + by) % layer.rows)
        else:
            self.place = replace(place, unit=(place.unit + by) % layer.units)
        self.changed()

    def update_from(self, view: View) -> None:
        self.title_with_run(view)
        track = view.focused
        plan = track.timeline.plan_at(max(view.cursor.showing - 1, 0))
        self._layers = plan.network.layers
        self.place = self.place.within(self._layers)
        step, phase = view.step_of(track), view.phase_of(track)
        text = WeightText(plan, self.place, self.row, self.lines.size.width)
        if not plan.solver.uses_gradient:
            lines = [Text("random search guesses: there is no chain rule to follow")]
        elif step == 0 and phase == 0:
            lines = list(text.start(track.trainer_at(0)))
        else:
            trainer = track.trainer_at(step if phase else step - 1, phase or PHASES.index("update"))
            network = trainer.entered
            assert network is not None, "a phase has been entered"
            self._rows, text.batch = network.inputs.shape[1], trainer.entered_rows
            self.row = text.row = min(self.row, self._rows - 1)
            if phase in (1, 2):
                lines = list((text.forward if phase == 1 else text.loss)(network))
            else:
                lines = self._chain_rule(text, trainer, network)
                if phase:
                    lines.insert(0, text.head("backward"))
                else:
                    rate = float(trainer.rates(step - 1, 1)[0])
                    before = Before.of(trainer, self.place.index(self._layers))
                    gradient = weight_terms(network, self.place).backprop
                    after = track.trainer_at(step - 1, len(PHASES))
                    lines = [
                        *text.update(before, rate, gradient, after),
                        *text.by_hand(track.timeline, step),
                        *lines,
                    ]
        self.lines.show(lines)
        self.set_reading(" · ".join(filter(None, (KEYS, self.lines.reading))))

    def _chain_rule(self, text: "WeightText", trainer: Trainer, network: BoundNetwork) -> list[Text]:
        terms = weight_terms(network, self.place)
        index = self.place.index(trainer.plan.network.layers)
        check = central_difference(network, trainer.parameters, index, terms.gradient)
        tables = beside(list(text.rows(terms)), list(text.delta(network)), self.lines.size.width)
        return [*text.gradient(terms, check), *tables]


def beside(left: list[Text], right: list[Text], width: int) -> list[Text]:
    """Two columns where there is room for them, else one under the other."""
    if not right:
        return left
    column = max((line.cell_len for line in left), default=0) + 4
    if width < BESIDE or column + max(line.cell_len for line in right) > width:
        return [*left, Text(""), *right]
    return [side_by_side(one, other, column) for one, other in zip_longest(left, right, fillvalue=Text())]
