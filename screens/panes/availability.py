"""What a run has to give so that a pane can draw it, and what is said where it does not."""

from nnsim.session.view import Capability, TrackView

# What a run that was trained here may lack.
GUESSES = "This run guesses: there is no gradient."
ALL_GUESS = "These runs guess: there is no learning rate."
NO_TARGETS = "No row has a target: the loss is a function of two parameters."
# And what the log of another program may: in the order in which it is told.
NAMES = {
    Capability.SETTINGS: "settings",
    Capability.DATA: "data",
    Capability.PARAMETERS: "parameters",
    Capability.LEARNING_RATE: "learning rate",
    Capability.GRADIENT: "gradients",
    Capability.REPLAY: "steps to look inside",
}
# What most panes that look inside a run need, beside the settings by which it was trained.
INSIDE = Capability.SETTINGS | Capability.DATA | Capability.PARAMETERS | Capability.REPLAY
ANSWERS = INSIDE | Capability.TARGETS


def lacking(needs: Capability, track: TrackView) -> str | None:
    """What a run does not give of what is needed, in a sentence; None where it gives all of it."""
    missing = needs & ~track.capabilities
    if not missing:
        return None
    if Capability.SETTINGS in track.capabilities:
        return NO_TARGETS if Capability.TARGETS in missing else GUESSES
    names = [name for one, name in NAMES.items() if one in missing]
    told = " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"Another program has trained this run: its log has no {told}."
