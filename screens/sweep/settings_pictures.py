"""All settings of a sweep at once: parallel coordinates, and how much each decides, which a thread measures."""

from collections.abc import Callable
from threading import Thread

import numpy as np
from textual.message import Message

from nnsim.errors import NnsimError
from nnsim.scenario.sweep_axes import SweepAxis
from nnsim.sweep.combinations import Combinations
from nnsim.sweep.map_view import names_of, value_text
from nnsim.sweep.setting_importance import Importances, importances
from nnsim.text.number_format import number
from screens.plots import Axis, Bar, Bars, round_axis
from screens.plots.plot_model import ParallelAxis, ParallelCoordinates, Values
from screens.sweep.pictures import cell_axis

MOST_LINES = 60  # of parallel coordinates: more make a patch
MOST_TICKS = 6  # of one of their axes
FAILED_FROM = 0.88  # of the axis of the figure: what stands above has diverged


def parallel_picture(found: Combinations) -> ParallelCoordinates:
    """Every combination as a line across an axis for each setting and one for the figure, the best on top.

    Of many lines those at even ranks of the figure are drawn, the best one and that of the cursor always.
    """
    figures = found.scaled
    fine = np.isfinite(figures)
    ranked = np.argsort(np.where(fine, -figures if found.higher_is_better else figures, np.inf), kind="stable")
    ranked = ranked[fine[ranked] | found.failed[ranked]]
    every = max(1, -(-len(ranked) // MOST_LINES))
    cursor = np.flatnonzero(ranked == (-1 if found.here is None else found.here))
    ranks = np.unique(np.concatenate([np.arange(0, len(ranked), every), cursor]))[::-1]
    drawn = ranked[ranks]
    axis = _figure_axis(found, figures[fine])
    top = FAILED_FROM if found.failed.any() else 1.0
    settings = [np.array(one.places())[found.places[drawn, place]] for place, one in enumerate(found.axes)]
    ends = np.where(fine[drawn], axis.place(found.values[drawn]) * top, 1.0)
    ticks = [(place * top, text) for place, text in _placed(axis)]
    if found.failed.any():
        ticks.append((1.0, "× diverged"))
    names = names_of(found.axes)
    some = f" (one in {every}, by rank)" if every > 1 else ""
    return ParallelCoordinates(
        axes=(
            *(_setting_axis(one, name) for one, name in zip(found.axes, names, strict=True)),
            ParallelAxis(found.figure_name, tuple(ticks)),
        ),
        places=np.stack([*settings, ends], axis=-1),
        shades=np.where(fine[drawn], 1.0 - ranks / max(int(fine.sum()) - 1, 1), np.nan),
        cursor=int(np.flatnonzero(ranks == cursor[0])[0]) if len(cursor) else None,
        note=f"each line a combination{some}, best on top; ● the cursor's",
    )


def _figure_axis(found: Combinations, figures: Values) -> Axis:
    if not len(figures):
        return Axis(0.0, 1.0)
    low, high = float(figures.min()), float(figures.max())
    if found.logarithmic:
        low, high = 10.0**low, 10.0**high
    return Axis(low, high, found.logarithmic) if low < high else round_axis(low, high, found.logarithmic)


def _placed(axis: Axis) -> list[tuple[float, str]]:
    """Places of round values with their labels; the ends where there are none."""
    ticks = axis.ticks(MOST_TICKS)
    if len(ticks) < 2:
        ticks = tuple((value, number(value)) for value in (axis.low, axis.high))
    return [(float(axis.place(np.array([value]))[0]), text) for value, text in ticks]


def _setting_axis(axis: SweepAxis, name: str) -> ParallelAxis:
    ranged = cell_axis(axis, name)
    if ranged.limits is not None and len(axis) > MOST_TICKS and axis.values[0] < axis.values[-1]:
        return ParallelAxis(name, tuple(_placed(Axis(axis.values[0], axis.values[-1], ranged.log))))
    return ParallelAxis(
        name, tuple((place, value_text(value)) for place, value in zip(axis.places(), axis.values, strict=True))
    )


def importance_picture(found: Importances | None, refused: str = "") -> Bars:
    """How much each setting decides, as bars.  Args: refused: why there are none."""
    if found is None:
        return Bars(empty=refused or "a forest of trees is grown")
    bars = [
        Bar(one.key, one.share, beside=f"± {number(one.spread)}", style=index)
        for index, one in enumerate(found.settings)
    ]
    return Bars(tuple(bars), limits=(0.0, 1.0), unit="share of the variance")


class ImportanceMeasured(Message):
    """How much each setting decides is known; or why it is not."""

    def __init__(self, asked: object, found: Importances | None, refused: str = "") -> None:
        super().__init__()
        self.asked, self.found, self.refused = asked, found, refused


class ImportanceMeasure:
    """Has a forest grown in a thread, once for each state of the table and figure.

    Args: post: sends a message to the screen, from any thread; the screen passes it on to `take`.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._measured: ImportanceMeasured | None = None
        self._measuring: object = None  # what is under way is asked of

    def of(self, asked: object) -> ImportanceMeasured | None:
        """What is known of a state; None where it is not measured yet."""
        return self._measured if self._measured is not None and self._measured.asked == asked else None

    def ask(self, asked: object, combinations: Combinations) -> None:
        """Begins to measure, where that is neither done nor under way."""
        if self.of(asked) is not None or self._measuring == asked:
            return
        self._measuring = asked

        def grow() -> None:
            try:
                self._post(ImportanceMeasured(asked, importances(combinations)))
            except NnsimError as error:
                self._post(ImportanceMeasured(asked, None, str(error)))

        Thread(target=grow, name="setting-importance", daemon=True).start()

    def take(self, message: ImportanceMeasured) -> None:
        """Takes what a thread has found."""
        self._measured, self._measuring = message, None
