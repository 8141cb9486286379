"""The context of a controller under test: it notes what it is asked for, and there is no app."""

from nnsim.output_files import OutputFiles
from nnsim.timeline import Cursor
from screens.workbench.pacer import Pacer
from screens.workbench.pending_edit import PendingEdit


class FakePane:
    """A pane that draws nothing."""

    def __init__(self, kind="loss", *, scrolls=False, logarithmic=None):
        self.kind, self.title, self.display = kind, kind.capitalize(), True
        self.scrolls, self.logarithmic = scrolls, logarithmic
        self.scrolled = self.forgotten = 0
        self.works = False  # whether it is working something out
        self.time_plot = None

    def scroll(self, by):
        self.scrolled += by

    def query(self, _):
        return []

    def toggle_logarithm(self, axis):
        has_axis = self.logarithmic is not None and axis == "y"
        if has_axis:
            self.logarithmic = not self.logarithmic
        return has_axis

    def forget(self):
        self.forgotten += 1

    def cancel(self):
        stopped, self.works = self.works, False
        return stopped


class FakeBox:
    """A box of panes without a screen."""

    def __init__(self):
        self.children = []

    async def add(self, panes):
        self.children += panes

    def put_in_order(self, panes):
        self.children = [*panes, *(one for one in self.children if one not in panes)]

    async def remove_children(self, panes):
        self.children = [one for one in self.children if one not in panes]


class FakeContext:
    """What a workbench is to its controllers. Lists hold what was said, asked, drawn and remembered."""

    has_crosshair = False
    recorded_in = None

    def __init__(self, session, *panes, folder=None):
        self.session = session
        self.pacer = Pacer(session)
        self.pending = PendingEdit(session, self.pacer)
        self.panes = [*panes] or [FakePane()]
        self.in_focus = self.panes[0]
        self.files = OutputFiles(writable=folder is not None, root=folder)
        self.drawn_cursor = Cursor()
        self.status, self.typed_count, self.cells = "", "", []
        self.pane_box = FakeBox()
        self.said, self.refused, self.asked, self.done, self.clipboard, self.layouts = [], [], [], [], [], []

    def take_count(self):
        count, self.typed_count = int(self.typed_count or 1), ""
        return count

    def tell(self, text, severity="information", timeout=5.0):
        self.said.append(text)

    def refuse(self, reason):
        self.refused.append(reason)

    def refuse_while_pending(self):
        if self.pending.under_way:
            self.refuse("pending")
        return self.pending.under_way

    def ask(self, dialog, answered):
        self.asked.append((dialog, answered))

    def change(self, what):
        self.pending.cancel()
        what()
        while (track := self.session.training.lagging()) is not None:
            self.session.training.train(track, 100)
        self.session.motion.keep_up()
        self.done.append("change")

    def focus_pane(self, pane):
        self.in_focus = pane
        self.done.append("focus")

    def cells_of(self, pane):
        return self.cells

    def after_frame(self, act):
        act()

    def in_thread(self, work):
        work()()

    def copy_to_clipboard(self, text):
        self.clipboard.append(text)

    def remember_layout(self, kinds):
        self.layouts.append(kinds)

    def __getattr__(self, name):
        """Anything else is noted: redraw, draw_lines, rearrange, show, show_count, start_clock, leave, ..."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *given, **named: self.done.append(name)
