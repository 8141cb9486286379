"""Every method of nnsim has a piece in the tables of programs, or a reason why it has none."""

import pytest

from nnsim.data.datasets import DATA_SOURCES
from nnsim.errors import NnsimError
from nnsim.export.programs import data_sources, program
from nnsim.export.programs.activation_pieces import ACTIVATIONS as ACTIVATION_PIECES
from nnsim.export.programs.clipping_pieces import AVERAGINGS as AVERAGING_PIECES
from nnsim.export.programs.clipping_pieces import CLIPPINGS as CLIPPING_PIECES
from nnsim.export.programs.initializer_pieces import INITIALIZERS as INITIALIZER_PIECES
from nnsim.export.programs.loss_pieces import LOSSES as LOSS_PIECES
from nnsim.export.programs.optimizer_pieces import OPTIMIZERS as OPTIMIZER_PIECES
from nnsim.export.programs.optimizer_pieces import optimizer_text
from nnsim.export.programs.schedule_pieces import SCHEDULES as SCHEDULE_PIECES
from nnsim.export.programs.solver_pieces import SOLVERS as SOLVER_PIECES
from nnsim.nn.activations import ACTIVATIONS, Activation
from nnsim.nn.benchmark_functions import ALL_LOSSES
from nnsim.nn.initializers import INITIALIZERS
from nnsim.optim.averaging import AVERAGINGS
from nnsim.optim.clipping import CLIPPINGS
from nnsim.optim.optimizers import OPTIMIZERS, SOLVERS
from nnsim.optim.schedules import SCHEDULES

FAMILIES = {
    "activation": (ACTIVATIONS, ACTIVATION_PIECES),
    "averaging": (AVERAGINGS, AVERAGING_PIECES),
    "clipping": (CLIPPINGS, CLIPPING_PIECES),
    "initializer": (INITIALIZERS, INITIALIZER_PIECES),
    "loss": (ALL_LOSSES, LOSS_PIECES),
    "optimizer": (OPTIMIZERS, OPTIMIZER_PIECES),
    "schedule": (SCHEDULES, SCHEDULE_PIECES),
    "solver": (SOLVERS, SOLVER_PIECES),
}
# Data that a program writes out, or reads from what lies beside it: they are in files, in the scenario itself, or
# depend on which rows are trained on.
WRITTEN_OUT = {"csv", "digits", "idx", "modular-addition", "sensors", "table"}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_method_has_a_piece_or_a_reason(family):
    kinds, found = FAMILIES[family]
    missing = {name for name, part in kinds.items() if part not in found and part.__name__ not in program.REASONS}
    assert missing == set()


def test_every_rule_that_draws_data_has_its_lines():
    drawn = {name for name, part in DATA_SOURCES.items() if part in data_sources.DATA_SOURCES}
    assert drawn == set(DATA_SOURCES) - WRITTEN_OUT


class Cube(Activation, frozen=True):
    """f(z) = z**3"""


def test_a_method_of_a_package_of_its_own_is_refused_by_its_name():
    with pytest.raises(NnsimError, match=r"has no lines in a plain program: a package of its own defines it"):
        program.piece_of(ACTIVATION_PIECES, Cube(), "activation")


def test_what_an_optimizer_takes_away_keeps_its_signs():
    lines = optimizer_text(OPTIMIZERS["adamw"]()).body
    assert lines[-1] == (
        "w -= rate * weight_decay * w + rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)"
    )
