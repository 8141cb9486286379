#!/usr/bin/env bash
# DuckDB 2.0.1 and PyArrow 26.0.1 reading Parquet files with NaN.
# Guess: the same rows give the same answer to "loss > 1", from a table in memory and from a Parquet file, and
#   from files of different writers.
# Instead: DuckDB holds NaN to be greater than every number, but skips row groups whose maximum is at most 1, and
#   PyArrow and polars leave NaN out of the maximum they write. A NaN is thus found or not depending on what else
#   stands in its row group and who wrote the file. "NOT (loss <= 1)" is worse: PyArrow drops NaN there too.
#   polars finds all three rows in both files.
# Matters: the query that looks for diverged epochs misses those in the healthy row groups, and counts change
#   when logs are compacted into larger groups.
# Do: ask for isnan(loss) by name, or store NaN as null with a flag of its own.
# Seen (row 2 is NaN): DuckDB in memory [2, 4, 5], file by PyArrow [4, 5], file by DuckDB [2, 4, 5];
#   PyArrow, not (loss <= 1): in memory [2, 4, 5], file by PyArrow [4, 5], file by DuckDB [2, 4, 5]
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

table = pa.table({"step": range(8), "loss": [0.1, 0.2, float("nan"), 0.3, 2.0, 3.0, 0.5, 0.7]})
pq.write_table(table, "by_pyarrow.parquet", row_group_size=4)
the_table = table
duckdb.sql("copy (from the_table) to 'by_duckdb.parquet'")
files = ("by_pyarrow.parquet", "by_duckdb.parquet")


def duck(source):
    return [row[0] for row in duckdb.sql(f"select step from {source} where loss > 1 order by step").fetchall()]


memory = duck("the_table")
duck_files = [duck(f"'{name}'") for name in files]
not_small = ~(pc.field("loss") <= 1)
arrow_memory = table.filter(not_small)["step"].to_pylist()
arrow_files = [pq.read_table(name, filters=not_small)["step"].to_pylist() for name in files]
polars_files = [pl.scan_parquet(name).filter(pl.col("loss") > 1).collect()["step"].to_list() for name in files]
print("duckdb", duckdb.__version__, "pyarrow", pa.__version__, "polars", pl.__version__)
print("DuckDB, loss > 1: in memory", memory, "file by PyArrow", duck_files[0], "file by DuckDB", duck_files[1])
print("PyArrow, not (loss <= 1): in memory", arrow_memory, "file by PyArrow", arrow_files[0],
      "file by DuckDB", arrow_files[1])
print("polars, loss > 1: file by PyArrow", polars_files[0], "file by DuckDB", polars_files[1])
full, short = [2, 4, 5], [4, 5]
if not (memory == full and duck_files == [short, full] and arrow_memory == full and arrow_files == [short, full]
        and polars_files == [full, full]):
    sys.exit("CHANGED: NaN in Parquet files is now filtered otherwise")
PY
