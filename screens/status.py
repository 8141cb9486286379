"""The lines above and below the panes: what is open, where the cursor stands, which keys apply."""

from nnsim.session import SPEEDS, Session
from screens.plots import number

KEYS = ("space play", "→ ← epoch", "] [ batch", ". , phase", "? keys", "q back", "+ - speed", "tab pane", "z zoom",
        "g go to", "n N next", "m mark", "v run", "e setting", "f fork", "r restart", "s seed",
        "w save", "l log")  # fmt: skip
ONLY_LIVE = ("r restart", "s seed")


def keys_line(session: Session) -> list[str]:
    """The keys that apply now, the most useful first."""
    left_out = [] if session.live else list(ONLY_LIVE)
    if len(session.tracks) == 1:
        left_out.append("v run")
    return [key for key in KEYS if key not in left_out]


def head_line(session: Session) -> str:
    """What is open."""
    kind = "watch · " if session.watched else "" if session.live else "replay · "
    return f"nnsim · {kind}{session.scenario.title}"


def status_line(session: Session, prefix: str, epochs_per_s: float | None) -> list[str]:
    """Where the cursor stands, the most important first.

    Args: prefix: digits typed and waiting for a key. epochs_per_s: the measured speed, while there is one.
    """
    timeline, cursor, per_epoch = session.focused.timeline, session.cursor, session.steps_per_epoch
    step = session.step_of(session.focused)
    plan, record, speed = timeline.plan_at(step), timeline.record(step), SPEEDS[session.speed]
    parts = [f"{prefix}…" if prefix else state(session)]
    heading = not session.arrived and not session.playing
    if heading:
        sought = session.sought
        to = f"until {sought.text}" if sought is not None else f"to epoch {session.goal.epoch(per_epoch):,}"
        parts.append(f"training {to} (esc stops)")
    parts.append(f"epoch {cursor.epoch(per_epoch):,}/{plan.train.epochs:,}")
    if per_epoch > 1:
        parts.append(f"batch {cursor.batch(per_epoch)}/{per_epoch}")
    parts.append(cursor.phase_name)
    if "loss" in record:
        parts.append(f"loss {record['loss']:.6g}")
    if len(session.tracks) > 1:
        parts.append(session.label(session.focused, session.tracks))
    if "learning_rate" in record:
        parts.append(f"rate {number(record['learning_rate'])}")
    parts.append(f"speed {'max' if speed is None else f'{speed:,}/s'}")
    if epochs_per_s and (heading or (session.playing and speed is None)):
        parts.append(f"{number(epochs_per_s)} epochs/s")
    parts += [f"seed {plan.seed}", session.scenario.name]
    return parts


def state(session: Session) -> str:
    """Whether time moves, or why it cannot."""
    timeline = session.focused.timeline
    if session.playing:
        return "playing"
    if session.follow:
        return "following"
    if timeline.stop is not None and session.cursor.step >= timeline.length:
        return "end" if timeline.stop.reason == "epochs" else timeline.stop.message
    return "paused"
