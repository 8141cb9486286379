"""`nnsim check --try`: computes what a lesson asks, tries what it claims, and its challenges, for several seeds."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from nnsim.cli.output import say
from nnsim.cli.progress_line import ProgressLine, terminal_progress
from nnsim.lessons.trials import answers_of, mending, try_challenge, try_claims
from nnsim.scenario.lesson_schema import LessonPart
from nnsim.scenario.scenario import Scenario
from nnsim.text import clean_line, count, printable_path, quote

SEEDS = 5
LARGEST_SEED = 99_999  # one that is easily typed
UNCONFIRMED = 1  # the exit status
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def try_lesson(scenario: Scenario, path: Path) -> int:
    """Says of each page what becomes of it.  Returns: the exit status, 1 where anything could not be confirmed."""
    seeds = drawn_seeds(scenario)
    say(f"{printable_path(path)}: trying {count(len(seeds), 'seed')}, {', '.join(map(str, seeds))}")
    with terminal_progress() as line:
        trial = _Trial(scenario, seeds, line)
        for page, part in enumerate(scenario.lesson.parts, start=1):
            for told in trial.page(page, part):
                line.clear()
                say(told)
    say("all of it holds" if not trial.faults else f"not confirmed: {count(trial.faults, 'thing')}")
    return UNCONFIRMED if trial.faults else 0


def drawn_seeds(scenario: Scenario) -> list[int]:
    """The scenario's own seed, and others that its text draws, so that nobody chooses them."""
    rng = np.random.default_rng(crc32(scenario.text.encode()))
    others = [int(one) for one in rng.choice(LARGEST_SEED, size=SEEDS - 1, replace=False)]
    return list(dict.fromkeys([scenario.plan().seed, *others]))


class _Trial:
    """Trains what the pages of a lesson are about.  Args: line: shows how far it is."""

    def __init__(self, scenario: Scenario, seeds: Sequence[int], line: ProgressLine) -> None:
        self._scenario, self._seeds, self._line = scenario, seeds, line
        self._began, self._steps, self._page = time.perf_counter(), 0, 0
        self.faults = 0

    def page(self, number: int, part: LessonPart) -> Iterator[str]:
        """What is to be said of a page, line by line."""
        self._page = number
        if part.question is not None:
            yield from self._question(number, part)
        yield from self._claims(number, part)
        if part.challenge is not None:
            yield from self._challenge(number, part)

    def _tell(self, steps: int) -> None:
        self._steps += steps
        self._line.say(f"page {self._page}: {self._steps:,} steps trained")

    def _question(self, number: int, part: LessonPart) -> Iterator[str]:
        question = part.question
        assert question is not None, "the page has a question"
        yield f"page {number}, question: {question.ask}"
        found = list(answers_of(self._scenario, part, self._seeds, self._tell))
        right, told = found[0]
        yield f"    right is {right}: {told}" if told else f"    no run gets to {question.at.text}"
        self.faults += not told
        counted = Counter(one for one, _ in found)
        if question.typed:
            yield f"    with the other seeds: {', '.join(one for one, _ in found[1:])}"
        elif len(counted) > 1:
            shares = ", ".join(f"{one}: {times}" for one, times in counted.most_common())
            yield f"    it is another choice with other seeds ({shares})"
        else:
            yield f"    the same with all {len(found)} seeds"

    def _claims(self, number: int, part: LessonPart) -> Iterator[str]:
        for tried in try_claims(self._scenario, part.claims, self._seeds, self._tell):
            whole = len(tried.held) == len(tried.seeds)
            self.faults += not whole
            with_seeds = f"{len(tried.held)} of {count(len(tried.seeds), 'seed')}"
            says = quote(clean_line(tried.claim.says, 1000), 100)
            if whole:
                yield f"page {number}, claim {says}: holds with {with_seeds}"
            else:
                yield f"page {number}, claim {says}: could not be confirmed, {with_seeds}; {tried.told}"
        for sentence in unclaimed(part):
            yield f"page {number}, why: {quote(sentence, 100)}: no claim says what makes it true"

    def _challenge(self, number: int, part: LessonPart) -> Iterator[str]:
        challenge, seeds = part.challenge, self._seeds
        assert challenge is not None, "the page has a challenge"
        yield f"page {number}, challenge: {challenge.asked}"
        idle = try_challenge(self._scenario, part, {}, seeds, self._tell)
        self.faults += bool(idle)
        yield f"    with nothing changed: {_reached(idle, seeds)}{', so it asks for nothing' if idle else ''}"
        if not part.hints or not (named := mending(self._scenario, part)):
            self.faults += 1
            yield "    the last hint names no setting to try it with (allowed: such as `schedule.rate = 2`)"
            return
        hinted: list[int] = []
        if self._scenario.faults:  # each seed has a fault of its own, and what mends it
            for seed in seeds:
                hinted += try_challenge(
                    self._scenario, part, mending(self._scenario, part, seed), [seed], self._tell
                )
        else:
            hinted = try_challenge(self._scenario, part, named, seeds, self._tell)
        what = ", ".join(f"{key} = {value}" for key, value in named.items())
        self.faults += len(hinted) < len(seeds)
        yield f"    with the last hint, {what}: {_reached(hinted, seeds)}"


def unclaimed(part: LessonPart) -> list[str]:
    """The sentences of `why` that say a number, and that no claim of the page is about."""
    why = " ".join(part.question.why.split()) if part.question else ""
    says = [" ".join(one.says.split()) for one in part.claims]
    sentences = [one for one in _SENTENCE.split(why) if re.search(r"\d", one)]
    return [clean_line(one, 1000) for one in sentences if not any(claim in one or one in claim for claim in says)]


def _reached(found: Sequence[int], seeds: Sequence[int]) -> str:
    if not found:
        return f"not reached, in {count(len(seeds), 'seed')}"
    if len(found) == len(seeds):
        return f"reached in all {len(seeds)} seeds"
    missed = ", ".join(str(one) for one in seeds if one not in found)
    return f"reached in {len(found)} of {len(seeds)} seeds, not with {missed}"
