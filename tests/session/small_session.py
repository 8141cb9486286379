"""A session of a small run that tests train and change, and a recording of it that grows."""

from nnsim.timeline import Cursor

TEXT = """
title = "t"
summary = "s"
[data]
kind = "parity"
bits = 3
[model]
hidden = [3]
[optimizer]
kind = "adam"
[train]
epochs = 60
batch_size = 3
"""


def settle(session):
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 7)


def fly(session, step):
    session.motion.head_for(Cursor(step))
    settle(session)


class Growing:
    """Runs that somebody else trains and adds to."""

    ended, parting = False, ""

    def __init__(self, *timelines):
        self.timelines = timelines
        self.left = self.now_left = None

    def refresh(self):
        self.left = self.now_left
        return True
