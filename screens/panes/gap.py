"""How far apart the variants are with the same budget, for each value of the sweep."""

from rich.text import Text

from nnsim.analysis.gap import GapRow, gap_table
from nnsim.session import Session
from screens.panes.base import LinesPane
from screens.plots import number

BAR = 12


class GapPane(LinesPane):
    """A row for each number of parameters: the best loss of every variant, and their ratio."""

    title = "The gap by number of parameters"

    def update_from(self, session: Session) -> None:
        budget = session.focused.timeline.forward_passes(session.cursor.showing)
        rows = gap_table([track.timeline for track in session.tracks], budget)
        if not rows:
            self.lines.show([Text("nothing to compare", "dim")])
            return
        names = list(rows[0].best)
        fits = 20 + sum(max(8, len(name)) + 2 for name in names) <= self.content_size.width
        parts = [("", name) if fits else _halves(name) for name in names]
        wide = [max(8, *map(len, part)) for part in parts]
        lines = []
        for half, (left, right) in enumerate((("", ""), ("parameters", "ratio"))):
            head = "  ".join(f"{part[half]:>{n}}" for part, n in zip(parts, wide, strict=True))
            lines.append(Text(f"{left:>10}  {head}  {right:>5}".rstrip(), "dim"))
        lines += [self._line(row, names, wide, session.focused.timeline.plan.network.size) for row in rows]
        lines += [Text(), Text("ratio: the last one's best loss", "dim")]
        lines += [Text("divided by the first one's", "dim"), Text(f"after {budget:,} forward passes", "dim")]
        self.lines.show(lines)
        self.say("best loss so far")

    def _line(self, row: GapRow, names: list[str], wide: list[int], focused: int) -> Text:
        def told(value: float | None) -> str:
            return "-" if value is None else f"{value:.4f}" if value < 1e4 else number(value)

        values = "  ".join(f"{told(row.best[name]):>{n}}" for name, n in zip(names, wide, strict=True))
        ratio = row.ratio[names[-1]]
        factor = "-" if ratio is None else f"{ratio:.4g}"
        line = Text(f"{row.parameters:>10,}  {values}  {factor:>5}", "bold" if row.parameters == focused else "")
        room = self.content_size.width - len(line.plain) - 2
        if ratio is not None and ratio > 0 and room >= 4:
            line.append("  " + "█" * max(1, min(room, round(BAR * min(ratio, 100.0) / 100.0))), "dim")
        return line


def _halves(name: str) -> tuple[str, str]:
    """A name over two lines, cut behind its first hyphen."""
    first, hyphen, rest = name.partition("-")
    return (first + hyphen, rest) if rest else ("", name)
