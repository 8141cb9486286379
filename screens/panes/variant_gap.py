"""The gap between the variants at the same budget, for each value of the sweep."""

from collections.abc import Iterable

from rich.text import Text

from nnsim.analysis.loss_gap import gap_table
from nnsim.session.view import Capability, View
from nnsim.text import quote
from screens.panes.pane import LinesPane
from screens.plots import number

BAR = 60
MOST_RATIO = 1000.0  # that a bar is drawn for


class GapPane(LinesPane):
    """A row for each value of the sweep: the best loss of every variant, and their ratio. A row goes by the number
    of parameters where that is unique, else by the value."""

    kind = "gap"
    needs = Capability.SETTINGS
    figures_drawn = frozenset({"loss"})

    @classmethod
    def why_not(cls, view: View) -> str | None:
        return super().why_not(view) or ("It compares runs; there is only one." if len(view.tracks) == 1 else None)

    def update_from(self, view: View) -> None:
        # Of steps that are done: the phases of the next one are entered in the focused run alone.
        budget = view.focused.timeline.forward_passes(view.step_of(view.focused))
        rows = gap_table([track.timeline for track in view.able(self.needs, view.tracks)], budget)
        if not rows:
            self.lines.show([Text("nothing to compare", "dim")])
            return
        names, sweep = list(rows[0].best), view.sweep
        plain = sweep is None or len({row.parameters for row in rows}) == len(rows)
        what = "parameters" if sweep is None or plain else sweep.key.rsplit(".", 1)[-1]
        self.set_title(f"{self.title} by {'number of parameters' if plain else what}")
        labels = [f"{row.parameters:,}" if plain else quote(row.value) for row in rows]
        cells = [[_loss_text(row.best[name]) for name in names] for row in rows]
        factors = ["-" if row.ratio[names[-1]] is None else f"{row.ratio[names[-1]]:.4g}" for row in rows]
        several = len(names) > 1  # else there is nothing to divide by
        if not several:
            factors = [""] * len(rows)
        first, last = max(map(len, [what, *labels])), max(map(len, ["ratio" if several else "", *factors]))
        room = self.content_size.width
        long = [
            max(map(len, [name, *column])) for name, column in zip(names, zip(*cells, strict=True), strict=True)
        ]
        fits = first + sum(one + 2 for one in long) + 2 + last <= room
        parts = [("", name) if fits else _halves(name) for name in names]
        wide = [
            max(map(len, [*part, *column])) for part, column in zip(parts, zip(*cells, strict=True), strict=True)
        ]
        apart = "  " if first + sum(one + 2 for one in wide) + 2 + last <= room else " "

        def line(label: str, middle: Iterable[str], factor: str) -> str:
            values = (f"{one:>{n}}" for one, n in zip(middle, wide, strict=True))
            return apart.join([f"{label:>{first}}", *values, f"{factor:>{last}}"]).rstrip()

        uppers = [upper for upper, _ in parts]
        lines = [Text(line("", uppers, ""), "dim")] if any(uppers) else []
        lines.append(Text(line(what, [lower for _, lower in parts], "ratio" if several else ""), "dim"))
        focused = view.focused.timeline
        value_here = focused.settings.get(sweep.key) if sweep else None
        worst = max((ratio for row in rows if (ratio := row.ratio[names[-1]]) is not None), default=1.0)
        worst = min(worst, MOST_RATIO)
        for row, label, values, factor in zip(rows, labels, cells, factors, strict=True):
            here = row.parameters == focused.plan.network.size if plain else row.value == value_here
            row_text = Text(line(label, values, factor), "bold" if here else "")
            ratio, left = row.ratio[names[-1]], room - len(row_text.plain) - 2
            if several and ratio is not None and ratio > 0 and left >= 4:
                row_text.append("  " + "█" * max(1, round(min(left, BAR) * min(ratio / worst, 1.0))), "dim")
            lines.append(row_text)
        said = ["ratio: the last one's best loss", "divided by the first one's"] if several else ["best loss"]
        lines += [Text(), *(Text(one, "dim") for one in (*said, f"after {budget:,} forward passes"))]
        self.lines.show(lines)
        self.set_reading("best loss so far")


def _loss_text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if value < 1e4 else number(value)


def _halves(name: str) -> tuple[str, str]:
    """A name over two lines, cut behind its first hyphen."""
    first, hyphen, rest = name.partition("-")
    return (first + hyphen, rest) if rest else ("", name)
