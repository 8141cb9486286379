"""Runs whose steps are far from what was kept of them."""

from nnsim.timeline.checkpoints import Checkpoints


def keep_the_start_alone(run):
    """Keep no state of a run that has not begun but its first, and call 16 steps far."""
    run.timeline.checkpoints = Checkpoints(1 << 20)
    run.timeline.checkpoints.add(run.trainer.checkpoint())
    run.timeline.checkpoints.quick = 16
