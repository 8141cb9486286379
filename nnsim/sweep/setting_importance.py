"""How much each setting of a sweep decides about a figure, by a forest of scikit-learn (an extra)."""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from nnsim.errors import NnsimError
from nnsim.sweep.combinations import Combinations

TREES = 100
REPEATS = 5
MOST = 4096  # combinations that a forest is grown on
FEWEST = 8


@dataclass(frozen=True)
class SettingImportance:
    """Args: share: of the variance of the figure that is due to the setting, alone and together with others.

    spread: the standard deviation of the share over repetitions.
    """

    key: str
    share: float
    spread: float


@dataclass(frozen=True)
class Importances:
    """Args: explained: share of the variance that the forest predicts of combinations that a tree has not seen."""

    settings: tuple[SettingImportance, ...]  # the most important one first
    explained: float
    combinations: int
    left_out: int  # combinations without a finite figure that are not diverged


def require_forest() -> None:
    """Refuses where scikit-learn is missing.  Raises: NnsimError with the command that installs it."""
    if find_spec("sklearn") is None:
        raise NnsimError("the importance of settings needs scikit-learn (pip install 'nnsim[importance]')")


def importances(found: Combinations) -> Importances:
    """Measures how much a forest's prediction of the figure suffers where one setting is shuffled.

        S_i = (R2 - R2 with setting i shuffled) / 2      # the total Sobol index, where all combinations are there

    Settings are independent in a grid, so the squared error that shuffling adds is twice the variance that the
    setting has a part in. Losses count by their logarithm, and a run that diverged like the worst that did not.

    Raises: NnsimError where scikit-learn is missing, or too few combinations are trained.
    Reference: Breiman, "Random Forests", 2001; Gregorutti, Michel and Saint-Pierre, "Correlation and variable
    importance in random forests", 2017, proposition 1.
    """
    require_forest()
    figures = found.scaled
    fine = np.isfinite(figures)
    usable = np.flatnonzero(fine | found.failed)
    if fine.sum() < FEWEST:
        raise NnsimError(
            f"{int(fine.sum()):,} combinations have the figure: too few to tell (allowed: from {FEWEST})"
        )
    figures = np.where(fine, figures, figures[fine].max())[usable]
    places = np.stack(
        [np.array(axis.places())[found.places[usable, index]] for index, axis in enumerate(found.axes)], axis=-1
    )
    if len(usable) > MOST:
        chosen = np.random.default_rng(0).choice(len(usable), MOST, replace=False)
        figures, places = figures[chosen], places[chosen]
    if figures.min() == figures.max():
        none = tuple(SettingImportance(one.key, 0.0, 0.0) for one in found.axes)
        return Importances(none, 0.0, len(figures), len(found) - len(usable))
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    forest = RandomForestRegressor(TREES, oob_score=True, random_state=0).fit(places, figures)
    measured = permutation_importance(forest, places, figures, n_repeats=REPEATS, random_state=0)
    settings = [
        SettingImportance(axis.key, max(float(mean) / 2.0, 0.0), float(spread) / 2.0)
        for axis, mean, spread in zip(found.axes, measured.importances_mean, measured.importances_std, strict=True)
    ]
    ordered = tuple(sorted(settings, key=lambda one: -one.share))
    return Importances(ordered, max(float(forest.oob_score_), 0.0), len(figures), len(found) - len(usable))
