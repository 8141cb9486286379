"""Telling a run while it grows: the narrator's sentences, each where the story changes."""

from collections.abc import Iterator

from nnsim.narration.commentary import Narration, narrate, next_told
from nnsim.timeline import Timeline


class Teller:
    """Tells a run as it grows: a sentence whenever the story changes, and at epochs 1, 10, 100, ...

    What it says follows from the timeline alone, however often it is asked.
    """

    def __init__(self, timeline: Timeline, step: int = 0) -> None:
        """Args: step: the story up to here is known already."""
        self._timeline = timeline
        self._next = min(next_told(step), _next_round(step, timeline.steps_per_epoch))
        self._kinds: tuple[str, ...] = ()
        self._told_at = step

    def news(self) -> Iterator[tuple[int, Narration]]:
        """What there is to tell of the steps that were added since the last time, each with its step."""
        timeline = self._timeline
        per_epoch = timeline.steps_per_epoch
        while self._next <= timeline.length:
            step = self._next
            self._next = min(next_told(step), _next_round(step, per_epoch))
            narration = narrate(timeline, step)
            if narration.kinds != self._kinds or _is_round(step, per_epoch):
                self._kinds, self._told_at = narration.kinds, step
                yield step, narration

    def ending(self) -> Iterator[tuple[int, Narration]]:
        """The rest, up to the last step, which is told in any case."""
        yield from self.news()
        step = self._timeline.length
        narration = narrate(self._timeline, step)
        if step != self._told_at or narration.kinds != self._kinds:
            self._kinds, self._told_at = narration.kinds, step
            yield step, narration


def _is_round(step: int, per_epoch: int) -> bool:
    """Whether a step ends epoch 1, 10, 100, ..."""
    epoch, rest = divmod(step, per_epoch)
    return rest == 0 and epoch >= 1 and str(epoch).strip("0") == "1"


def _next_round(step: int, per_epoch: int) -> int:
    """The next step that does."""
    epoch = 1
    while epoch * per_epoch <= step:
        epoch *= 10
    return epoch * per_epoch
