"""Sessions whose runs were trained so far."""

from nnsim.session.session import Session
from nnsim.timeline import Cursor

MODEL = "[model]\nhidden = [3]\n"

VALIDATED = f"{MODEL}[train]\nvalidation = 0.25\nepochs = 60\n"


def session_of(scenario, steps):
    session = Session.of_scenario(scenario)
    for track in session.tracks:
        track.run.advance_to(steps)
    session.motion.head_for(Cursor(steps))
    return session
