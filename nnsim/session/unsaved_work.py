"""What a recording of a session keeps, and what a person made by hand that is in no file yet."""

from collections.abc import Mapping
from itertools import chain
from typing import Protocol

from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.session_state import SessionState
from nnsim.timeline import ImportedLog, Timeline, most_plans, name_at


class FileInProgress(Protocol):
    @property
    def failed(self) -> bool: ...


class Saving:
    """Decides what of a session a recording holds, and whether a change is not saved yet."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._saved: list[object] = []  # what was made by hand when it was last saved
        self._saved_answers: Mapping[int, GivenAnswer] = {}
        self.keeps_answers = False  # whether the progress of the course holds them
        self.written: FileInProgress | None = None
        self.student = ""  # whose runs they are, where that is known
        self.answers: dict[int, GivenAnswer] = {}  # to the lesson's parts
        self.page = 0  # of the lesson that is open, from 0
        # The runs that prove what was reached of the lesson, by its parts.
        self.proofs: dict[int, tuple[Timeline, ...]] = {}

    def note_progress(self, answers: Mapping[int, GivenAnswer], proofs: Mapping[int, tuple[Timeline, ...]]) -> None:
        """Adds answers and reached challenges of the lesson, and the runs that prove them, by part."""
        self.answers = {**self.answers, **answers}
        self.proofs = {**self.proofs, **proofs}

    def timelines(self, most: int) -> list[Timeline]:
        """The runs of the session, and at most `most` with those that prove what a learner has reached."""
        found = [one.log for one in self._state.tracks if isinstance(one.log, Timeline)]
        for timeline in chain(*list(self.proofs.values())):  # a thread that records may ask
            plans = sum(1 + len(one.commands) for one in (*found, timeline))
            known = any(timeline is one for one in found)
            if not known and len(found) < most and plans <= most_plans(self._state.scenario):
                found.append(timeline)
        return found

    @property
    def imported(self) -> dict[str, ImportedLog]:
        """The runs of other programs, by names that differ."""
        found = dict[str, ImportedLog]()
        for one in self._state.tracks:
            if isinstance(one.log, ImportedLog):
                name = name_at(one.origin, one.log.name)
                found[name if name not in found else f"{name} ({len(found) + 1})"] = one.log
        return found

    @property
    def made_by_hand(self) -> list[object]:
        """What only a recording would keep: names of steps, and commands and edited points of live runs."""
        return [*self.made_by_hand_of(Timeline), *self.made_by_hand_of(ImportedLog)]

    def made_by_hand_of(self, kind: type[Timeline] | type[ImportedLog]) -> list[object]:
        """That of the runs trained here, or of those of other programs: one recording holds one kind."""
        found = list[object]()
        for one in self._state.tracks:
            if not isinstance(one.log, kind):
                continue
            if one.named_by_hand:
                found.append((one.origin, one.log.name, "names", one.names))
            timeline = one.log
            if one.run and isinstance(timeline, Timeline) and (timeline.commands or "data" in timeline.settings):
                found.append((timeline.variant, dict(timeline.settings), tuple(timeline.commands)))
        return found

    @property
    def _recorded(self) -> bool:
        return self.written is not None and not self.written.failed

    @property
    def unsaved_edits(self) -> int:
        """How many changes by hand are in no file; moving and training on are no changes."""
        return 0 if self._recorded else sum(one not in self._saved for one in self.made_by_hand)

    @property
    def unsaved_answers(self) -> int:
        """How many answers to the lesson are in no file."""
        if self._recorded or self.keeps_answers:
            return 0
        return sum(self._saved_answers.get(part) != one for part, one in self.answers.items())

    @property
    def unsaved(self) -> bool:
        return bool(self.unsaved_edits or self.unsaved_answers)

    def note_saved(self, held: list[object] | None = None, answers: bool = True) -> None:
        """Notes that these changes by hand were saved, all by default.  Args: answers: whether those were too."""
        self._saved = self.made_by_hand if held is None else [*self._saved, *held]
        if answers:
            self._saved_answers = dict(self.answers)
