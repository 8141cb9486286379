"""The narrator: one sentence about what is happening."""

from textwrap import wrap

from rich.text import Text

from nnsim.narration.commentary import narrate
from nnsim.session.view import View
from screens.panes.pane import LinesPane

TROUBLE = {"diverged", "diverging", "plateau", "vanishing", "exploding", "rising", "overfitting"}


class NarratorPane(LinesPane):
    """A sentence for the focused run, and one for each run that it is compared with."""

    kind = "narrator"
    figures_drawn = frozenset({"loss", "validation_loss", "accuracy", "gradient"})

    def update_from(self, view: View) -> None:
        width = max(self.lines.size.width, 16)
        tracks = [view.focused, *(one for one in view.compared if one is not view.focused)]
        lines: list[Text] = []
        for track in tracks:
            narration = narrate(track.log, view.cursor_of(track))
            style = "" if track is view.focused else "dim"
            if len(tracks) > 1:
                lines.append(Text(f"{'> ' if track is view.focused else '  '}{view.label(track)}", "bold"))
            trouble = [kind for kind in narration.kinds if kind in TROUBLE]
            if trouble and track is view.focused:
                lines.append(Text("! " + ", ".join(trouble), "bold reverse"))
            lines += [Text(line, style) for line in wrap(narration.text, width)]
            lines.append(Text(""))
        self.lines.show(lines[:-1])
        self.set_reading(self.lines.reading)
