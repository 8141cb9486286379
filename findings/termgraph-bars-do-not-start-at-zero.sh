#!/usr/bin/env bash
# termgraph 0.8.0, bar charts in a terminal.
# Guess: a bar starts at zero, its length is proportional to its value; a negative value is drawn to the other side or
#   refused.
# Instead: with one negative value among the data all bars are measured from that value, not from zero, and the
#   negative one has no bar at all. A tenth of the largest value is drawn with four tenths of its bar; zero gets a
#   third. Nothing on the chart says so.
# Matters: bars of gradients, correlations, improvements or log-likelihoods, compared by eye.
# Do: draw positive and negative values in two charts, or add the values that matter as text.
# Seen, width 50: values 0.9 0.09 0: bars of 50, 5 and 0 cells; with -0.5 beside them 50, 21, 17 and 0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check termgraph==0.8.0
cd "$dir"
printf 'a 0.9\nb 0.09\nc 0\n' > positive.dat
printf 'a 0.9\nb 0.09\nc 0\nd -0.5\n' > mixed.dat
"$dir/venv/bin/termgraph" positive.dat --width 50 > positive.txt
"$dir/venv/bin/termgraph" mixed.dat --width 50 > mixed.txt
cat positive.txt mixed.txt
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version


def bars(name):
    with open(name) as lines:
        return [line.count("▇") for line in lines if ":" in line]


positive, mixed = bars("positive.txt"), bars("mixed.txt")
print("termgraph", version("termgraph"), "cells:", positive, "and with -0.5:", mixed)
if not (positive == [50, 5, 0] and mixed == [50, 21, 17, 0]):
    sys.exit("CHANGED: bars now start elsewhere")
PY
