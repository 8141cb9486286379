"""The map of a sweep: a cursor reads a cell, enter opens its run, + sweeps what is under it anew."""

import os
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

from textual import getters
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from nnsim.errors import NnsimError
from nnsim.scenario.student import student_name
from nnsim.sweep.combinations import Combinations
from nnsim.sweep.map_view import SweepMap, value_text
from nnsim.sweep.member_curve import MemberCurve, member_curve, member_run
from nnsim.sweep.opened_sweep import OpenedSweep
from nnsim.sweep.task import RESTS
from nnsim.sweep.zoom import zoomed
from nnsim.terminal.keymap import SWEEP, SWEEP_FOOTER, Situation
from nnsim.text.number_format import percent
from screens.dialogs.basic import KeysDialog
from screens.host import Host
from screens.plots import PlotWidget
from screens.plots.draw import Picture
from screens.styles import FRAME_CSS
from screens.sweep.pictures import curve_picture, map_picture
from screens.sweep.settings_pictures import (
    ImportanceMeasure,
    ImportanceMeasured,
    importance_picture,
    parallel_picture,
)
from screens.widgets.footer import Foot, bindings, footer_keys

REFRESH_S = 0.25  # until a growing file is looked at again
LEAVING_S = 1.0  # that a curve under way is waited for at the end
REST_S = 0.15  # that the cursor rests until the run under it is trained again
NARROW = 100  # columns below which there is no room beside the map
LARGEST_ZOOM = 320, 160  # cells of a zoomed map
PICTURES = ("map", "parallel", "importance")


class CurveTrained(Message):
    """The curve of a run has been trained; None where that was not possible."""

    def __init__(self, member: int, curve: MemberCurve | None) -> None:
        super().__init__()
        self.member, self.curve = member, curve


class SweepScreen(Screen[None]):
    """A sweep over two settings."""

    app = getters.app(Host)

    BINDINGS = bindings(SWEEP)

    DEFAULT_CSS = f"""
    SweepScreen {{
        layout: vertical;
        #head {{ height: 1; background: $primary-background; color: $text; padding: 0 1; }}
        #foot {{ height: 1; color: $text-muted; padding: 0 1; }}
        #status {{ height: 1; background: $panel; color: $text; padding: 0 1; }}
        #body {{ height: 1fr; }}
        .frame {{ {FRAME_CSS} }}
        #beside {{ width: 38%; max-width: 72; min-width: 40; }}
        #readings {{ height: auto; max-height: 60%; padding: 0 1; {FRAME_CSS.split("width")[0]} }}
        &.-narrow #beside {{ display: none; }}
    }}
    """

    def __init__(self, swept: OpenedSweep, picture: str = "map") -> None:
        """Args: picture: of PICTURES, what is drawn at first."""
        super().__init__()
        self._picture = picture
        self._importance = ImportanceMeasure(self.post_message)
        self._levels = [swept]  # zoomed into, one behind the other
        self._maps = [swept.map_of()]
        self._curve: MemberCurve | None = None
        self._curve_of = -1
        self._stop = Event()
        self._rest: Timer | None = None
        self._thread: Thread | None = None

    @property
    def swept(self) -> OpenedSweep:
        return self._levels[-1]

    @property
    def is_settled(self) -> bool:
        """Whether everything is drawn that belongs to the cell under the cursor."""
        if self._picture == "importance" and self._importance.of(self._asked) is None:
            return False
        waits = self.swept.table.known[self.map.runs[0]] and not self.has_class("-narrow")
        return not waits or (self._curve is not None and self._curve_of == self.map.runs[0])

    @property
    def map(self) -> SweepMap:
        return self._maps[-1]

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        with Horizontal(id="body"):
            with Vertical(classes="frame", id="map-frame"):
                yield PlotWidget()
            with Vertical(id="beside"):
                with Vertical(classes="frame", id="curve-frame") as frame:
                    frame.border_title = "the run under the cursor"
                    yield PlotWidget()
                yield Static(id="readings", markup=False)
        yield Static(id="status", markup=False)
        yield Foot(id="foot")

    def on_mount(self) -> None:
        self.set_interval(REFRESH_S, self.refresh_table)
        self._show()

    def on_unmount(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(LEAVING_S)
        for level in self._levels:
            level.close()

    def on_resize(self) -> None:
        self.set_class(self.size.width < NARROW, "-narrow")
        self.query_one("#foot", Foot).show(footer_keys(SWEEP, SWEEP_FOOTER, Situation()), self.size.width - 2)
        self.call_after_refresh(self._show)

    # ------------------------------------------------------------------ showing

    def refresh_table(self) -> None:
        """Takes what the file has got meanwhile."""
        try:
            if self.swept.refreshed():
                self._set(self.swept.map_of(self.map))
            elif not self.swept.whole:
                self._show_status()
        except NnsimError as error:
            self.app.tell(str(error), severity="error")

    def _set(self, shown: SweepMap) -> None:
        self._maps[-1] = shown
        self._show()

    def _show(self) -> None:
        shown, study = self.map, self.swept.study
        zoom = f" · zoom {len(self._levels) - 1}" if len(self._levels) > 1 else ""
        self.query_one("#head", Static).update(f"{study.scenario.title} · sweep{zoom}")
        frame = self.query_one("#map-frame", Vertical)
        frame.border_title = (
            f"what decides the {shown.figure_name}" if self._picture == "importance" else shown.figure_name
        )
        frame.border_subtitle = self._remark()
        self.query_one("#map-frame PlotWidget", PlotWidget).show(self._drawn())
        self._show_readings()
        self._show_status()
        self._show_curve()

    def _drawn(self) -> Picture:
        """What the large frame shows."""
        if self._picture == "parallel":
            return parallel_picture(Combinations.of(self.map))
        if self._picture == "importance":
            asked = self._asked
            self._importance.ask(asked, Combinations.of(self.map))
            measured = self._importance.of(asked)
            return importance_picture(*((None,) if measured is None else (measured.found, measured.refused)))
        return map_picture(self.map)

    # ------------------------------------------------------------------ importance

    @property
    def _asked(self) -> object:
        """What decides the importance of settings."""
        return len(self._levels), len(self.swept.table.done), self.map.figure, self.map.statistic

    def on_importance_measured(self, message: ImportanceMeasured) -> None:
        self._importance.take(message)
        self._show()

    def _remark(self) -> str:
        """What stands below the large frame: values that are picked, or how good a forest is."""
        shown = self.map
        if self._picture == "parallel":
            return ""
        if self._picture == "importance":
            measured = self._importance.of(self._asked)
            if measured is None or measured.found is None:
                return ""
            return f"a forest explains {percent(measured.found.explained)} of what it has not seen"
        parts = [
            f"{shown.axes[one].key} = {value_text(shown.axes[one].values[shown.picks[one]])}"
            for one in shown.others
        ]
        return " · ".join(parts)

    def _show_readings(self) -> None:
        readings = self.map.readings()
        widest = max(len(name) for name, _ in readings)
        shown = self.query_one("#readings", Static)
        lines = self.map.settings_text()
        for name, text in readings:
            line = f"{name.ljust(widest)}  {text}".strip()
            head, bracket, rest = line.partition(" (")
            # A range that does not fit stands below its mean, instead of being broken anywhere.
            fits = len(line) <= (shown.content_size.width or len(line)) or not bracket
            lines += [line] if fits else [head, f"{' ' * (widest + 2)}({rest}"]
        shown.update("\n".join(lines))

    def _show_status(self) -> None:
        swept, shown = self.swept, self.map
        place = ", ".join(shown.settings_text())
        done = ""
        if not swept.whole:
            going = ", training" if swept.under_way else ": not all of it is trained (R goes on)"
            done = f" · {swept.share:.0%} trained{going}"
        if self.has_class(
            "-narrow"
        ):  # there are no readings beside the map: the figure that it shows, and what fits
            for name, text in sorted(shown.readings(), key=lambda one: one[0] != shown.figure_name):
                if len(place) + len(done) + len(f" · {name} {text}") > self.size.width - 2:
                    break
                place += f" · {name} {text}"
        self.query_one("#status", Static).update(f"{place}{done}")

    # ------------------------------------------------------------------ the curve

    def _show_curve(self) -> None:
        member = self.map.runs[0]
        known = bool(self.swept.table.known[member])
        plot = self.query_one("#curve-frame PlotWidget", PlotWidget)
        if member == self._curve_of and self._curve is not None:
            plot.show(curve_picture(self._curve, False, float(self.swept.table.rows[member]["loss"])))
            return
        if member != self._curve_of:
            self._stop.set()
            self._curve, self._curve_of = None, member
            if self._rest is not None:
                self._rest.stop()
            if known and not self.has_class("-narrow"):
                self._rest = self.set_timer(REST_S, partial(self._train_curve, member))
        plot.show(curve_picture(None, known))

    def _train_curve(self, member: int) -> None:
        if member != self._curve_of:
            return
        self._stop = stop = Event()
        study, table = self.swept.study, self.swept.table

        def train() -> None:
            try:
                curve = member_curve(study, table, member, lambda: not stop.is_set())
            except NnsimError:
                return
            if not stop.is_set():
                self.post_message(CurveTrained(member, curve))

        self._thread = Thread(target=train, name="member-curve", daemon=True)
        self._thread.start()

    def on_curve_trained(self, message: CurveTrained) -> None:
        if message.member == self._curve_of:
            self._curve = message.curve
            self._show_curve()

    # ------------------------------------------------------------------ keys

    def action_move(self, across: int, up: int) -> None:
        self._set(self.map.moved(across, up))

    def action_jump(self, across: int, up: int) -> None:
        """Moves by a tenth of the axes."""
        shown = self.map
        rows = 1 if shown.up is None else len(shown.axes[shown.up])
        self._set(shown.moved(across * max(1, len(shown.x) // 10), up * max(1, rows // 10)))

    def action_best(self) -> None:
        self._set(self.map.at_best())

    def action_figure(self, by: int) -> None:
        self._set(self.map.with_next_figure(by))

    def action_statistic(self) -> None:
        if len(self.map.runs) < 2:
            self.app.tell("one run a cell: there is nothing to sum up (--seeds N trains several)")
            return
        self._set(self.map.with_next_statistic())

    def action_turn(self) -> None:
        turned = self.map.turned()
        if turned is self.map:
            self.app.tell("one setting is swept: there is no other axis")
        self._set(turned)

    def action_picture(self, name: str) -> None:
        """Draws this, or the map again where it is drawn already."""
        self._picture = "map" if self._picture == name else name
        self._show()

    def action_pick(self, by: int) -> None:
        shown = self.map
        if not shown.others:
            self.app.tell("all settings of this sweep are axes of the map")
            return
        self._set(shown.picked(shown.others[0], by))

    def action_open(self) -> None:
        """Opens the run under the cursor in the workbench; of several seeds the first."""

        def begin() -> None:
            from nnsim.session.session import Session
            from nnsim.session.track import Track

            study, member = self.swept.study, self.map.runs[0]
            student = student_name(None, os.environ)
            if self.swept.table.rows[member]["rounding"] == RESTS:
                run, as_there = member_run(study, self.swept.table, member)
                session = Session([Track(run.timeline, run, 0)])
                session.saving.student = student
                ends = (
                    "trained as its population it ends as on the map" if as_there else "alone it may end otherwise"
                )
                session.notices.post(f"the end of this run rests on rounding: {ends}")
            else:
                settings = study.settings_of(member)
                session = Session.of_scenario(study.scenario, study.variant, settings, student)
            self.app.router.open_workbench(session)

        self._attempt(begin)

    def action_zoom(self) -> None:
        """Sweeps the part under the cursor anew, finer, in a file of its own."""

        def begin() -> None:
            shown = self.map
            columns, rows = LARGEST_ZOOM
            counts = None
            if shown.up is not None:
                counts = min(max(len(shown.x), 64), columns), min(max(len(shown.axes[shown.up]), 32), rows)
            finer = OpenedSweep.begun(zoomed(shown, counts=counts), self.swept.file.path, self.app.files)
            self._levels.append(finer)
            figure = SweepMap.of(finer.study, finer.table)
            self._maps.append(figure)
            self._curve_of = -1
            self.app.tell(f"swept anew in {finer.file.path.name}; - goes back")
            self._show()

        self._attempt(begin)

    def action_zoom_out(self) -> None:
        if len(self._levels) < 2:
            self.app.tell("this is the whole sweep; + looks closer")
            return
        self._levels.pop().close()
        self._maps.pop()
        self._curve_of = -1
        self._show()

    def action_train(self) -> None:
        if self.swept.whole:
            self.app.tell("all of it is trained")
            return
        self._attempt(lambda: self.swept.train(self.app.files))
        self._show_status()

    def action_keys(self) -> None:
        self.app.push_screen(KeysDialog(SWEEP))

    def action_leave(self) -> None:
        self.app.router.leave(self)

    def action_back(self) -> None:
        """Takes back the last look: another picture, a zoom; the program itself is left by `q` alone."""
        if self._picture != "map":
            self.action_picture("map")
        elif len(self._levels) > 1:
            self.action_zoom_out()
        elif self.app.router.is_lowest(self):
            self.app.tell("q quits")
        else:
            self.action_leave()

    def _attempt(self, what: Callable[[], Any]) -> None:
        try:
            what()
        except NnsimError as error:
            self.app.tell(str(error), severity="error", timeout=10)
