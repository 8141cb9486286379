#!/usr/bin/env bash
# datasets 5.2.0 (Hugging Face), IterableDataset.shuffle with state_dict and load_state_dict.
# Guess: a stream resumed from its state goes on where it was: what has not been seen of this epoch will be.
# Instead: what stood in the shuffle buffer is dropped (a log line says that the buffer's content is not saved), with
#   several shards a few rows come twice, and the epoch ends early, so that a
#   schedule reckoned from its length does not reach its end.
# Matters: buffers often hold 10,000 examples or more: on a preempted machine each restart skips about that many.
# Do: shuffle the shards and keep the buffer small against the time between kills, or count examples and skip().
# Seen, 1000 rows in 4 shards, buffer 100, interrupted after 500: 450 rows follow, 59 rows are never seen, 9 come twice
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check datasets==5.2.0 numpy==2.4.6 pyarrow==26.0.1 pandas==3.1.1
cd "$dir"
HF_HUB_OFFLINE=1 HF_HOME="$dir/hf" "$dir/venv/bin/python" - <<'PY'
import sys

import datasets


def stream():
    rows = datasets.Dataset.from_dict({"row": range(1000)})
    return rows.to_iterable_dataset(num_shards=4).shuffle(seed=0, buffer_size=100)


first, before = stream(), []
for example in first:
    before.append(example["row"])
    if len(before) == 500:
        state = first.state_dict()
        break
second = stream()
second.load_state_dict(state)
after = [example["row"] for example in second]
whole = [example["row"] for example in stream()]
never, twice = set(range(1000)) - set(before) - set(after), set(before) & set(after)
print("datasets", datasets.__version__)
print(f"uninterrupted: {len(whole)} rows, {len(set(whole))} different")
print(f"interrupted after 500: {len(after)} rows follow, {len(never)} are never seen, {len(twice)} come twice")
if not (len(set(whole)) == 1000 and len(never) > 30 and before + after != whole):
    sys.exit("CHANGED: a resumed stream now keeps its buffer")
PY
