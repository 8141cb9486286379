#!/usr/bin/env bash
# pandas 3.1.1 beside polars 2.1.0 and DuckDB 2.0.1: smoothing a curve that has one infinite value.
# Guess: an infinite loss makes every window that holds it infinite (or NaN), and only those.
# Instead: pandas takes infinity for a missing value in rolling(), expanding() and ewm(). With min_periods below the
#   window the smoothed curve, even its maximum, shows nothing at all; Series.max() says inf. polars and DuckDB do
#   show it in windows; polars's ewm_mean then is NaN for the rest of the run, also after one single NaN.
# Matters: the overflow that ended or nearly ended a run is not in the smoothed curve, "the largest loss of the last
#   100 steps" is finite, and two dashboards over the same log disagree.
# Do: look for non-finite values before smoothing, and draw them as marks of their own.
# Seen, losses 1 2 inf 3 4: pandas rolling(3) maximum at the end 4, at the infinity 2, expanding maximum 4,
#   ewm finite; polars rolling maximum inf, ewm_mean nan to the end; DuckDB inf
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

losses = [1.0, 2.0, np.inf, 3.0, 4.0]
series, column = pd.Series(losses), pl.Series(losses)
curve = pa.table({"step": range(5), "loss": losses})
rolling = series.rolling(3, min_periods=1).max().tolist()
expanding = series.expanding().max().tolist()
ewm = series.ewm(alpha=0.5).mean().tolist()
polars_rolling = column.rolling_max(3, min_samples=1).to_list()
polars_ewm = column.ewm_mean(alpha=0.5).to_list()
after_nan = pl.Series([1.0, np.nan, 3.0, 4.0]).ewm_mean(alpha=0.5).to_list()
duck = [row[0] for row in duckdb.sql("select max(loss) over (order by step rows 2 preceding) from curve").fetchall()]
print("pandas", pd.__version__, "polars", pl.__version__, "duckdb", duckdb.__version__)
print("pandas  max", series.max(), " rolling max", rolling, " expanding max", expanding)
print("pandas  ewm mean", [round(v, 3) for v in ewm])
print("polars  rolling max", polars_rolling, " ewm mean", polars_ewm, " after one NaN", after_nan)
print("DuckDB  max over 3 rows", duck)
if not (series.max() == math.inf and rolling == [1, 2, 2, 3, 4] and expanding == [1, 2, 2, 3, 4]
        and all(map(math.isfinite, ewm)) and polars_rolling == duck == [1, 2, math.inf, math.inf, math.inf]
        and not any(map(math.isfinite, polars_ewm[2:] + after_nan[1:]))):
    sys.exit("CHANGED: infinity in windows is now treated otherwise")
PY
