#!/usr/bin/env bash
# polars 2.1.0 beside NumPy 2.4.6: the largest of a column that has a NaN.
# Guess: max, top_k(1), sort, quantile(1.0), max_by and rolling_max name one largest value: all NaN (as NumPy) or all the
#   largest number (as pandas).
# Instead: max, cum_max, arg_max and max_by skip NaN; sort, top_k, rank and comparisons take it for larger than every number;
#   rolling_max and quantile(1.0) give NaN. So rows that are > max() exist, and max_by and top_k(by=...) name different rows.
#   min and bottom_k agree, as NaN is never smallest.
# Matters: a diverged run has NaN as its score. top_k(1, by="accuracy") picks it as the best of a sweep, max_by picks the best
#   run that has a score; "loss > 10" counts it, "loss > loss.max()" is not empty.
# Do: drop_nans() or fill_nan(None) first, or is_finite() in the filter; nan_max() where NaN shall show.
# Seen, accuracy 0.5, NaN, 0.9: max 0.9, max_by run c, top_k run b, last of sort NaN, quantile(1.0) NaN, rows above max: 1
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check polars==2.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys

import numpy as np
import polars as pl

runs = pl.DataFrame({"run": ["a", "b", "c"], "accuracy": [0.5, math.nan, 0.9]})
score = runs["accuracy"]
skip = {
    "max": score.max(),
    "last of cum_max": score.cum_max()[-1],
    "at arg_max": score[score.arg_max()],
    "group_by max": runs.group_by(pl.lit(1)).agg(pl.col("accuracy").max())["accuracy"][0],
}
largest = {
    "last of sort": score.sort()[-1],
    "top_k": score.top_k(1)[0],
    "highest rank": score[score.rank().arg_max()],
    "quantile(1.0)": score.quantile(1.0),
    "last of rolling_max(3)": score.rolling_max(3)[-1],
}
by_max = runs.select(pl.col("run").max_by("accuracy")).item()
by_top_k = runs.top_k(1, by="accuracy")["run"][0]
above = runs.filter(pl.col("accuracy") > pl.col("accuracy").max())["run"].to_list()
smallest = {score.min(), score.bottom_k(1)[0], score.sort()[0], score.quantile(0.0)}
cleaned = runs.with_columns(pl.col("accuracy").fill_nan(None)).drop_nulls()
print("polars", pl.__version__)
print("skips NaN:", skip)
print("takes NaN for the largest:", largest)
print(f"best run: max_by {by_max}, top_k {by_top_k}; runs above the maximum: {above}; smallest by four verbs: {smallest}")
print("numpy max", np.max(score.to_numpy()), "; without NaN top_k", cleaned.top_k(1, by="accuracy")["run"][0])
if not (all(value == 0.9 for value in skip.values()) and all(math.isnan(value) for value in largest.values())
        and (by_max, by_top_k, above) == ("c", "b", ["b"])):
    sys.exit("CHANGED: the verbs for the largest value now treat NaN otherwise")
PY
