"""The workbench as a conversation for screen readers and scripts: a command a line, answered in plain sentences."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from nnsim.analysis.chain_rule import Place
from nnsim.components import nearest
from nnsim.errors import NnsimError, OutputError
from nnsim.export.programs.numpy_program import numpy_program
from nnsim.export.programs.variables import shown_phase, told_in, variables_under
from nnsim.lessons.course import read_course
from nnsim.lessons.glossary import glossary_of
from nnsim.lessons.learner import Learner
from nnsim.lessons.page_stage import begin_page
from nnsim.lessons.progress_notes import ProgressNotes
from nnsim.lessons.session_events import session_events
from nnsim.narration import describe, describe_course, describe_lesson
from nnsim.narration.commentary import Teller
from nnsim.output_files import ANYWHERE, RECORDING_SUFFIX, OutputFiles
from nnsim.scenario.lesson_schema import LETTERS, Prediction
from nnsim.scenario.setting_fields import controls
from nnsim.scenario.setting_keys import parse_setting
from nnsim.session.session import Session
from nnsim.session.view import Capability
from nnsim.terminal.keymap import commands
from nnsim.text import clean_line, quote
from nnsim.timeline import Cursor
from nnsim.timeline.cursor import Unit
from nnsim.timeline.replica import Way

LARGEST = 1_000_000_000
CHUNK, AGAIN = 4096, 256  # steps between two checks whether to stop, of those trained again fewer: alike everywhere
MOST_TOLD = 80  # characters about the variables of a line of code

HELP = {one.name: one.help for one in commands() if one.help}
ALIASES = {word: one.name for one in commands() for word in one.words}  # the keys of the workbench, and other words
# What the commands without an argument say of the view.
SPEAKS = {
    "where": describe.whereabouts,
    "loss": describe.loss,
    "rate": describe.rate,
    "gradients": describe.gradients,
    "metrics": describe.metrics,
    "importance": describe.importance,
    "weights": describe.weights,
}


class Conversation:
    """Drives a session by lines of text.  Args: stopping: whether to stop training here. files: for saving."""

    def __init__(
        self, session: Session, stopping: Callable[[], bool] = lambda: False, files: OutputFiles = ANYWHERE
    ) -> None:
        self.session = session
        self._files = files
        self.over = False
        self.learner = Learner(session.scenario.lesson)
        self._opened = False  # whether a page of the lesson has been read
        self._begun: set[int] = set()  # pages whose run and cursor were set already
        self._stopping = stopping
        self._complaint = ""  # that was said last about the file of progress
        self.learner.start(session.lesson_start)
        teaches = bool(session.scenario.lesson.parts) and session.view.live and files.writable
        self._notes = ProgressNotes(session.scenario) if teaches else None

    def greeting(self) -> Iterator[str]:
        scenario = self.session.scenario
        yield f"{scenario.title}. {scenario.summary}."
        if len(self.session.tracks) > 1:
            yield f"{len(self.session.tracks)} runs: {', '.join(self._names())}."
        yield "Type help for the commands, lesson for the lesson, play to train, quit to leave."

    def answer(self, line: str) -> Iterator[str]:
        """Carry out one command.  Yields: the sentences of the answer, as they become known."""
        try:
            yield from self._answer(line)
        except NnsimError as error:
            message = str(error)
            yield f"Sorry: {message[:1].lower()}{message[1:]}."
        if self._opened:
            yield from describe_lesson.news(self.learner, self.session.view)
            yield from self._begin_page()
            if (noted := self.learner.take_progress()) is not None:
                self.session.saving.note_progress(*noted)
            yield from self._note_progress()

    def _begin_page(self) -> Iterator[str]:
        """Goes where the open page begins, the first time that it is open."""
        page, session = self.learner.page, self.session
        if page in self._begun or page >= len(self.learner.lesson.parts):
            return
        self._begun.add(page)
        before = session.cursor, session.view.focus
        begin_page(session, self.learner.part.stage, opening=not page)
        yield from self._settle()
        if before != (session.cursor, session.view.focus):
            yield from describe.whereabouts(session.view)

    def finish(self) -> Iterator[str]:
        """Notes what is left of the progress.  Yields: what is wrong with it."""
        if self._opened:
            yield from self._note_progress(last=True)

    def _note_progress(self, last: bool = False) -> Iterator[str]:
        if self._notes is None:
            return
        self._notes.note_key()
        if (note := self._notes.take(self.learner, last)) is None:
            return
        try:
            complaint = self._notes.write(self._files, note).complaint
        except OutputError as error:
            complaint = str(error)
        if complaint and complaint != self._complaint:
            yield f"Sorry: {complaint}."
        self._complaint = complaint

    def _answer(self, line: str) -> Iterator[str]:
        found = re.fullmatch(r"(\d[\d,_]*)?\s*([^\s\d]*)\s*(.*)", clean_line(line, 2000))
        assert found is not None, "the pattern takes any line"
        count, word, rest = found[1] or "", found[2].lower(), found[3]
        if count and not word:
            raise NnsimError(
                f"{quote(line)} is a number without a command (allowed: such as {count}>, epoch {count})"
            )
        name, _, more = ALIASES.get(word, word).partition(" ")
        rest = " ".join(filter(None, (more, rest, count)))
        if name not in HELP:
            near = nearest(name, [*HELP]) or ""
            raise NnsimError(f"{quote(word)} is no command{near} (help lists them)")
        if name in SPEAKS:
            yield from SPEAKS[name](self.session.view)
        else:
            yield from getattr(self, f"_do_{name}")(rest)

    # ------------------------------------------------------------------ moving

    def _settle(self) -> Iterator[str]:
        session = self.session
        while (track := session.training.lagging()) is not None:
            session.training.train(track, CHUNK)
            if self._stopping():
                self._stop()
                yield "Stopped."
                return

    def _stop(self) -> None:
        """Stop heading anywhere; runs that are a little behind the furthest catch up."""
        self.session.motion.stay()
        while (track := self.session.training.lagging()) is not None:
            self.session.training.train(track, CHUNK)

    def _move(self, unit: Unit, count: int) -> Iterator[str]:
        self.session.motion.move(unit, count)
        yield from self._settle()

    def _go(self, cursor: Cursor) -> Iterator[str]:
        self.session.motion.stay()
        self.session.motion.head_for(cursor)
        yield from self._settle()
        yield from describe.whereabouts(self.session.view)

    def _do_forward(self, rest: str) -> Iterator[str]:
        yield from self._move("epoch", _count(rest))
        yield from describe.whereabouts(self.session.view)

    def _do_back(self, rest: str) -> Iterator[str]:
        yield from self._move("epoch", -_count(rest))
        yield from describe.whereabouts(self.session.view)

    def _do_batch(self, rest: str) -> Iterator[str]:
        yield from self._move("batch", _signed_count(rest))
        yield from describe.whereabouts(self.session.view)

    def _do_phase(self, rest: str) -> Iterator[str]:
        describe.require(self.session.view, Capability.REPLAY)
        if count := _signed_count(rest, least=0):
            yield from self._move("phase", count)
        yield from describe.inside(self.session.view)

    def _do_epoch(self, rest: str) -> Iterator[str]:
        last = self.session.view.end.step // self.session.view.steps_per_epoch
        epoch = _count(rest, least=0, most=last, what="epoch")
        yield from self._go(Cursor(epoch * self.session.view.steps_per_epoch))

    def _do_start(self, rest: str) -> Iterator[str]:
        yield from self._go(Cursor())

    def _do_end(self, rest: str) -> Iterator[str]:
        yield from self._go(self.session.view.newest)

    def _do_play(self, rest: str) -> Iterator[str]:
        session = self.session
        timeline, per_epoch = session.focused.log, session.view.steps_per_epoch
        if session.cursor >= session.view.end:
            yield "The run is at its end. Type start to go back, or restart."
            return
        goal = Cursor(session.cursor.step + _count(rest) * per_epoch) if rest else session.view.end
        teller = Teller(timeline, timeline.length)
        session.motion.head_for(goal)
        while (track := session.training.lagging()) is not None and not self._stopping():
            session.training.train(track, CHUNK)
            for step, narration in teller.news():
                if step < timeline.length:  # the last one comes with the place where it ends
                    yield f"Epoch {-(-step // per_epoch):,}: {narration.text}"
        self._stop()
        yield from describe.whereabouts(session.view)

    # ------------------------------------------------------------------ looking

    def _do_runs(self, rest: str) -> Iterator[str]:
        yield from describe.runs(self.session.view, rest)

    def _do_predictions(self, rest: str) -> Iterator[str]:
        most = _count(rest, most=10_000) if rest else describe.MOST_ROWS
        yield from describe.predictions(self.session.view, most)

    def _do_arithmetic(self, rest: str) -> Iterator[str]:
        layer, source, unit = ([_count(one) for one in rest.split()[:3]] + [1, 1, 1])[:3]
        yield from describe.arithmetic(self.session.view, Place(layer - 1, source - 1, unit - 1))

    def _do_code(self, rest: str) -> Iterator[str]:
        view = self.session.view
        describe.require(view, describe.INSIDE)
        phase, values = shown_phase(view), variables_under(view)
        yield f"{phase.capitalize()}, in plain NumPy:"
        for line in numpy_program(view.focused.timeline).listing():
            if line.phase == phase and (code := line.text.strip()) and not code.startswith("#"):
                said = told_in(line.names, values, MOST_TOLD)
                yield f"{code}: {said}." if said else f"{code} ."

    def _do_lesson(self, rest: str) -> Iterator[str]:
        learner = self.learner
        parts = learner.lesson.parts
        if not parts:
            yield "This scenario has no lesson."
            return
        if rest:
            learner.open(_count(rest, most=len(parts)) - 1)
        elif self._opened:
            if learner.asking is not None:
                yield f"The question is skipped: lesson {learner.page + 1} goes back to it."
            learner.open((learner.page + 1) % len(parts))
        self._opened = True
        yield from describe_lesson.page(learner, self.session.view)

    def _do_events(self, rest: str) -> Iterator[str]:
        view = self.session.view
        if not (found := session_events(view, self.session.saving.answers)):
            raise NnsimError("nothing has happened in these runs")
        if not rest:
            yield from describe_lesson.events(view, found)
            return
        one = found[_count(rest, most=len(found)) - 1]
        self.session.motion.focus_on(one.track)
        if one.page is not None:
            yield from self._do_lesson(str(one.page + 1))
        yield from self._go(Cursor(one.step))

    def _do_answer(self, rest: str) -> Iterator[str]:
        question = self.learner.part.question
        letter = LETTERS.find(rest.lower()) if len(rest) == 1 else -1
        prediction: Prediction = rest.strip() if question is not None and question.typed else letter
        self.learner.predict(prediction)
        self._opened = True
        assert question is not None, "it was answered"
        yield f"You predict: {rest.strip() if isinstance(prediction, str) else question.shown.choices[prediction]}."
        yield from describe_lesson.waiting(self.learner, self.session.view)

    def _do_progress(self, rest: str) -> Iterator[str]:
        course = read_course(self._files, language=self.session.scenario.language)
        yield from describe_course.standing(course)
        yield from describe_course.groups(course)

    def _do_hint(self, rest: str) -> Iterator[str]:
        yield describe_lesson.plain(self.learner.hint())

    def _do_words(self, rest: str) -> Iterator[str]:
        glossary = glossary_of(self.learner.lesson)
        found = [glossary.find(rest)] if rest else glossary.found_in(self.learner.shown)
        yield from (f"{one.name}: {one.sentence}" for one in found)
        if not found:
            yield "No word of this page is in the glossary."

    # ------------------------------------------------------------------ changing

    def _do_run(self, rest: str) -> Iterator[str]:
        names = self._names()
        if rest and rest not in names:
            raise NnsimError(f"{quote(rest)} is no run{nearest(rest, names)} (allowed: {', '.join(names)})")
        self.session.motion.focus_on(names.index(rest) if rest else self.session.view.focus + 1)
        yield from describe.whereabouts(self.session.view)

    def _names(self) -> list[str]:
        """The names of the runs, by which they are told apart."""
        view = self.session.view
        return [view.label(one, view.tracks) for one in view.tracks]

    def _do_settings(self, rest: str) -> Iterator[str]:
        describe.require(self.session.view, Capability.SETTINGS)
        plan = self.session.focused.timeline.plan_at(self.session.view.step_of(self.session.focused))
        found = [one for one in controls(plan) if rest.lower() in one.key]
        if not found:
            raise NnsimError(f"no setting holds {quote(rest)}")
        for one in found:
            yield f"{one.key} is {one.text or 'not set'}, allowed: {one.allowed}."

    def _do_set(self, rest: str) -> Iterator[str]:
        describe.require(self.session.view, Capability.SETTINGS)
        key, _, value = rest.replace("=", " ", 1).partition(" ")
        if not key or not value.strip():
            raise NnsimError("set needs a key and a value (allowed: such as set schedule.rate 0.5)")
        self.session.motion.stay()
        setting = parse_setting(f"{key}={value}")
        yield from self._edit(lambda session: session.editor.change(*setting))

    def _do_undo(self, rest: str) -> Iterator[str]:
        yield from self._edit(lambda session: session.history.undo())
        yield from describe.whereabouts(self.session.view)

    def _do_redo(self, rest: str) -> Iterator[str]:
        yield from self._edit(lambda session: session.history.redo())
        yield from describe.whereabouts(self.session.view)

    def _edit(self, change: Callable[[Session], str]) -> Iterator[str]:
        if (reason := self.session.fixed) is not None:
            raise NnsimError(reason.removesuffix("."))
        found = self.session.attempt(change)
        if isinstance(found, Way):
            yield f"Training {found.missing:,} steps again."
            while found.approach(AGAIN):
                if self._stopping():
                    yield "Stopped: nothing has changed."
                    return
            found = self.session.attempt(change, found)
        yield f"{found}."

    def _do_restart(self, rest: str) -> Iterator[str]:
        self._live()
        yield self.session.editor.restart() + "."
        yield from describe.whereabouts(self.session.view)

    def _do_seed(self, rest: str) -> Iterator[str]:
        self._live()
        if rest:
            seed = _count(rest, least=0, most=2**32 - 1, what="seed")
            yield self.session.editor.restart({"random.seed": seed}) + "."
        else:
            yield self.session.editor.new_seed() + "."
        yield from describe.whereabouts(self.session.view)

    def _live(self) -> None:
        if not self.session.view.live:
            raise NnsimError("a replay cannot be trained again; start goes to its start")

    def _do_save(self, rest: str) -> Iterator[str]:
        from nnsim.session.saving import saving_session

        self._files.check()
        path = Path(rest).expanduser()
        if path.suffix != RECORDING_SUFFIX:
            raise NnsimError(f"{quote(rest)} is no name for a recording (allowed: one that ends in .nnsim)")
        if path.exists():
            raise NnsimError(f"{clean_line(str(path))} is there already: choose another name")
        for _ in saving_session(self.session, path, self._files):
            pass
        yield f"Saved as {clean_line(str(path))}."

    def _do_help(self, rest: str) -> Iterator[str]:
        word = ALIASES.get(rest.lower(), rest.lower()).split(" ")[0] if rest else ""
        if not word:
            yield f"Commands: {', '.join(HELP)}. Type help and a command to learn what it does."
        elif word in HELP:
            yield HELP[word] + "."
        else:
            raise NnsimError(f"{quote(rest)} is no command{nearest(word, [*HELP])}")

    def _do_quit(self, rest: str) -> Iterator[str]:
        self.over = True
        yield "Goodbye."


def _signed_count(text: str, least: int = 1) -> int:
    count = _count(text.removeprefix("back"), least=least)
    return -count if text.startswith("back") else count


def _count(text: str, *, least: int = 1, most: int = LARGEST, what: str = "number") -> int:
    """Reads a whole number, by default 1.  Raises: NnsimError naming what is allowed."""
    plain = text.replace(",", "").replace("_", "").strip()
    if not plain and what == "number":
        return 1
    if plain.isascii() and plain.isdigit() and len(plain) < 12 and least <= int(plain) <= most:
        return int(plain)
    raise NnsimError(f"{quote(text.strip(), 20)} is no {what} (allowed: {least:,} to {most:,})")
