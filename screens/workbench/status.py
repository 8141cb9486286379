"""The lines above and below the panes: what is open, where the cursor is, which keys apply."""

from collections.abc import Container, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from textual.binding import Binding

from nnsim.narration.commentary import of_step
from nnsim.session.playback import SPEEDS
from nnsim.session.session import Session
from nnsim.session.view import Capability, View
from nnsim.terminal.keymap import WORKBENCH, WORKBENCH_FOOTER, WORKBENCH_FOOTER_REST, Situation, written
from nnsim.timeline import Cursor, ImportedLog, Place, RunLog, Timeline
from screens.panes.pane import Pane
from screens.plots import number
from screens.widgets.footer import Key, footer_keys, key_names, without


def situation(session: Session, pane: Pane, panes: int, place: Place | None) -> Situation:
    """What decides which keys apply.  Args: pane: the focused one. panes: how many. place: what `n` looks for."""
    marks = bool(session.focused.log.marks)
    return Situation(
        playing=session.playback.playing,
        arrived=session.view.arrived,
        on=session.cursor < session.view.end or session.playback.loop,
        back=session.cursor > Cursor(),
        batches=session.view.steps_per_epoch > 1,
        edits=session.fixed is None,
        phases=Capability.REPLAY in session.focused.capabilities,
        panes=panes,
        scrolls=pane.scrolls,
        logarithmic=pane.logarithmic,
        sought=place is not None,
        marks=marks,
        runs=len(session.tracks),
        live=session.view.live,
        worth_saving=session.view.live or marks or bool(session.saving.answers),
    )


def keys_now(pane: Pane, now: Situation) -> list[Key]:
    """The keys that apply now, the most useful first.  Args: pane: the focused one."""
    taken = pane.active_keys()
    first, rest = _offered(now, frozenset(taken))
    return [*map(Key, pane.editing_keys), *first, *own_keys(pane, taken), *rest]


# Every frame asks, and little changes what is offered.
@lru_cache(32)
def _offered(now: Situation, taken: frozenset[str]) -> tuple[list[Key], list[Key]]:
    """The keys of the workbench that apply now, the most useful ones and the others.  Args: taken: by the pane."""
    first = footer_keys(WORKBENCH, WORKBENCH_FOOTER, now)
    rest = footer_keys(WORKBENCH, WORKBENCH_FOOTER_REST, now)
    return _without(first, taken), _without(rest, taken)


def _without(keys: Sequence[Key], taken: Container[str]) -> list[Key]:
    return [left for key in keys if (left := without(key, taken)) is not None]


def own_keys(pane: Pane, taken: Container[str]) -> list[Key]:
    """The pane's own keys that apply, in short: of two opposite ones, as `u` and `U`, the first."""
    found: dict[str, Key] = {}
    described = {name for text in pane.editing_keys for name in key_names(text)}
    for one in type(pane).BINDINGS:
        if not isinstance(one, Binding) or not one.show or (key := one.key.split(",")[0]) not in taken:
            continue
        if pane.offers(one.action) and key not in described and (low := key.lower()) not in found:
            short = one.description.partition(" (")[0].partition(":")[0].removeprefix("next ")
            found[low] = Key(f"{written(one.key)} {short}", f"pane_key({one.action!r})")
    return list(found.values())


def head_line(session: Session) -> str:
    kind = "watch · " if session.follow.source else "" if session.view.live else "replay · "
    return f"nnsim · {kind}{session.scenario.title}"


def status_line(
    session: Session,
    prefix: str,
    epochs_per_s: float | None,
    crosshair: View | None = None,
    withheld: AbstractSet[str] = frozenset(),
) -> list[str]:
    """The parts of the status line, the most important first: the place and its figures.

    Args: prefix: typed digits. epochs_per_s: the measured speed, if any. crosshair: its view, if any. withheld:
    figures that the lesson asks about.
    """
    at = session.view if crosshair is None else crosshair
    track, per_epoch, hair = at.focused, at.steps_per_epoch, "" if crosshair is None else "┿ "
    log, cursor, step = track.log, at.cursor, at.step_of(track)
    record, speed = at.figures(track), SPEEDS[session.playback.speed]
    parts = [f"{prefix}…" if prefix else state(session)]
    heading = not session.view.arrived and not session.playback.playing
    if heading:
        sought = session.state.sought
        to = (
            f"until {sought.text}"
            if sought is not None
            else f"to {log.unit} {session.state.goal.epoch(per_epoch):,}"
        )
        parts.append(f"training {to} (esc stops)")
    here = cursor if isinstance(log, Timeline) else Cursor(step)  # others may go on behind its end
    whole = _whole(log, step)
    counted = isinstance(log, ImportedLog) and log.counts_from_0
    parts.append(f"{hair}{log.unit} {here.epoch(per_epoch):,}{f' (0 to {whole:,})' if counted else f'/{whole:,}'}")
    if per_epoch > 1:
        parts.append(f"batch {cursor.batch(per_epoch)}/{per_epoch}")
    if not hair and Capability.REPLAY in track.capabilities:
        parts.append(cursor.phase_name)
    if "loss" in withheld:
        parts.append("loss after your prediction")
    elif "loss" in record:
        after = at.loss_after(track)
        then = "" if after is None else f" → {after:.6g}"
        parts.append(f"{at.whose(track, 'loss')}{of_step(log)}loss {record['loss']:.6g}{then}")
    if hair:
        parts.append(f"cursor {log.unit} {session.cursor.epoch(per_epoch):,}")
    if len(session.tracks) > 1:
        parts.append(session.view.label(session.focused, session.tracks))
    if "learning_rate" in record:
        after = log.rate_after(step) if isinstance(log, Timeline) and not cursor.phase else None
        rate = f"rate {number(record['learning_rate'])}"
        if after is not None:
            parts.append(f"{rate}, from here {number(after)}")
        elif rate not in parts[-1]:
            parts.append(rate)
    parts.append(f"speed {'max' if speed is None else f'{speed:,}/s'}")
    if epochs_per_s and (heading or (session.playback.playing and speed is None)):
        parts.append(f"{number(epochs_per_s)} epochs/s")
    if isinstance(log, Timeline):
        parts += [f"seed {log.plan_at(step).seed}", session.scenario.name]
    else:
        parts.append(getattr(log, "source", ""))
    return parts


def _whole(log: RunLog, step: int) -> int:
    """The epochs of a whole run: planned, or logged so far."""
    if isinstance(log, Timeline):
        return log.plan_at(step).train.epochs
    return -(-log.length // log.steps_per_epoch)


def state(session: Session) -> str:
    """Whether time moves, or why it cannot."""
    timeline = session.focused.log
    if session.playback.playing:
        return "playing"
    if session.follow.active:
        return "following"
    if timeline.stop is not None and session.cursor.step >= timeline.length:
        return "end" if timeline.stop.reason == "epochs" else timeline.stop.message
    return "paused"


def approach_message(done: int, whole: int) -> str:
    return f"going back: step {done:,} of {whole:,} (esc stays)"


def why_no_further(session: Session, direction: int) -> str:
    """Why a key cannot move the cursor on (1) or back (-1), and which keys can."""
    ways = "→ trains on, space plays" if session.view.live else "→ goes on from it, space plays it"
    if direction < 0:
        return f"This is the start of the run: {ways}."
    if session.cursor == session.view.end and not session.follow.active:
        more = "e train.epochs trains on, " if session.view.live else ""
        return f"This is the end of the run: {more}← and , go back into it."
    if session.follow.active:
        return "This is the newest step: more comes while the other program trains."
    if session.cursor == Cursor():
        return "Nothing is trained yet: → trains an epoch, space plays."
    return f"This is the newest step: {ways}."


def speed_message(now: int, before: int, direction: int, line: str) -> str:
    """The message about a changed speed, or about the last one.

    Args: now, before: its index in `SPEEDS`. line: the status line, which may show the speed.
    """
    speed = SPEEDS[now]
    described = "as fast as it goes" if speed is None else f"{speed:,} epochs a second"
    if now == before:
        return f"This is the {'highest' if direction > 0 else 'lowest'} speed: {described}."
    return "" if "speed " in line else f"Speed: {described}."
