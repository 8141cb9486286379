"""A bound on the arithmetic that judging one recording may take."""

from nnsim.errors import NnsimError
from nnsim.scenario.plan import Plan

BUDGET = 1e12  # multiply-adds a file, some minutes
LEAST = 20_000  # that a step counts for: a small one takes as long as so many
PER_ACTIVATION = 10  # what a number that a unit answers costs beside its sums
SEARCHES = 4  # evaluations that a line search takes in a step, as a rule


class BudgetError(NnsimError):
    """More arithmetic than is allowed."""


class Budget:
    """Counts multiply-adds.

    Args: most: how many are allowed.
    """

    def __init__(self, most: float = BUDGET) -> None:
        if not most > 0:
            raise NnsimError(f"--budget {most:g}: is no budget (allowed: a number of multiply-adds above 0)")
        self.most = most
        self.spent = 0.0

    def afford(self, work: float) -> None:
        """Refuse work before it is begun.

        Raises: BudgetError where it is more than what is left.
        """
        if self.spent + work > self.most:
            raise BudgetError(
                f"training it again takes about {self.spent + work:.1e} multiply-adds "
                f"(allowed: {self.most:.1e}; --budget allows more)"
            )

    def spend(self, work: float) -> None:
        """Count work that is done.  Raises: BudgetError as `afford`."""
        self.afford(work)
        self.spent += work


def step_work(plan: Plan) -> float:
    """Multiply-adds of a step of this plan, roughly: with its share of the validation at the end of the epoch."""
    a_row = plan.network.size + PER_ACTIVATION * plan.activations / max(plan.batches.size, 1)
    searches = SEARCHES if plan.solver.uses_gradient and plan.optimizer.searches else 1
    rows = plan.batches.size * max(plan.forward_passes, 1) * searches + plan.validation_rows / plan.steps_per_epoch
    return max(LEAST, rows * a_row)
