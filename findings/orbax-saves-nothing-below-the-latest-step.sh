#!/usr/bin/env bash
# orbax-checkpoint 0.12.8 (JAX 0.10.2), CheckpointManager.save after a run went back to an earlier checkpoint.
# Guess: after a spike one restores step 200 of 100 ... 900, trains on with another rate, and save() writes what it is asked for,
#   or says that it does not.
# Instead: save() returns False for every step at or below the latest that is on disk, without an exception or a warning. Nothing
#   of the new branch is written until it passes step 900, and until then the latest checkpoint, which a restart restores, is the
#   one that one fled from.
# Matters: a break in the new branch loses all of it and resumes the diverged one, which looks like a second spike.
# Do: delete the later steps first (manager.delete(step)), or begin a new folder; and look at what save() returns.
# Seen, steps 100 to 900, back to 200: save(250) to save(850) return False, latest step 900; after delete they return True
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check orbax-checkpoint==0.12.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import os
import sys
from importlib.metadata import version

import jax.numpy as jnp
import orbax.checkpoint as ocp

FIRST, BRANCH = range(100, 1000, 100), range(250, 900, 100)


def weights(value):
    return ocp.args.StandardSave({"w": jnp.full(2, float(value))})


def branch(name, delete):
    """What save() returned on the new branch, the steps on disk, and the weight that a restart restores."""
    folder = os.path.abspath(name)
    with ocp.CheckpointManager(folder, options=ocp.CheckpointManagerOptions(max_to_keep=20)) as manager:
        for step in FIRST:
            manager.save(step, args=weights(step))
        manager.wait_until_finished()
    with ocp.CheckpointManager(folder, options=ocp.CheckpointManagerOptions(max_to_keep=20)) as manager:
        manager.restore(200, args=ocp.args.StandardRestore({"w": jnp.zeros(2)}))
        for step in manager.all_steps():
            if delete and step > 200:
                manager.delete(step)
        answers = [manager.save(step, args=weights(-step)) for step in BRANCH]
        manager.wait_until_finished()
        steps = manager.all_steps()
    with ocp.CheckpointManager(folder) as manager:
        restored = manager.restore(manager.latest_step(), args=ocp.args.StandardRestore({"w": jnp.zeros(2)}))
    return answers, steps, float(restored["w"][0])


print("orbax-checkpoint", version("orbax-checkpoint"))
plain, deleted = branch("plain", delete=False), branch("deleted", delete=True)
for name, (answers, steps, restored) in (("as it comes", plain), ("later steps deleted", deleted)):
    print(f"{name}: save() returned {answers.count(True)} times True of {len(answers)}; on disk", *steps)
    print(f"    a restart restores weights of the {'new branch' if restored < 0 else 'old one'}")
if any(plain[0]) or plain[1] != list(FIRST) or plain[2] != 900 or not all(deleted[0]) or deleted[2] != -850:
    sys.exit("CHANGED: steps below the latest are now saved")
PY
