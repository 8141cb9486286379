"""Tables as people have them: what becomes of each column, what is left out, and the setting that helps."""

import gzip
import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from nnsim.data.tables.cell_values import days_of, signs_in, written_number
from nnsim.scenario.from_data import chosen_task

TABLES = Path(__file__).parent / "own_tables"


def inputs_of(path, target, settings=None):
    task = chosen_task(str(path), [target], None, {"data.standardize": False, **(settings or {})})
    examples = task.scenario.plan(None, task.settings).examples
    return dict(zip(examples.input_names, examples.inputs.T.tolist(), strict=True))


def test_a_first_column_without_a_name_is_row_labels(run):
    status, out, _ = run("run", TABLES / "index-column.csv", "--target", "price", "--epochs", 1, "--json")
    assert status == 0
    result = json.loads(out)
    assert "left out" in result["columns"][0]["became"]
    assert list(inputs_of(TABLES / "index-column.csv", "price")) == ["size"]


def test_rows_that_are_dropped_are_counted_and_their_column_is_named(run):
    drop = ("--target", "y", "--set", "data.missing=drop")
    status, out, _ = run("run", TABLES / "drop-silent.csv", *drop, "--epochs", 1)
    assert status == 0
    assert "54 of 60 rows were left out: values are missing in column comment" in out
    for command in (("run", "--epochs", 1), ("check",)):
        result = json.loads(run(command[0], TABLES / "drop-silent.csv", *command[1:], *drop, "--json")[1])
        assert (result["rows"], result["left_out"]) == (60, 54)
        assert "54 rows" in {one["name"]: one["reason"] for one in result["columns"]}["comment"]


def test_missing_values_are_refused_with_both_ways_out_and_how_many_there_are(run):
    status, _, err = run("run", TABLES / "drop-silent.csv", "--target", "y")
    assert status == 2
    assert "54 of 60 rows lack one, most of them in 'comment'" in err
    assert "--set data.missing=fill" in err
    assert "--set data.missing=drop" in err


def test_missing_values_are_filled_and_a_column_says_where(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("age,town,y\n10,Rome,1\n,Rome,2\n30,,3\n50,Oslo,4\n70,Rome,\n")
    found = inputs_of(path, "y", {"data.missing": "fill"})
    assert found["age"] == [10, 40, 30, 50]  # the median of 10, 30, 50 and 70
    assert found["age: missing"] == [0, 1, 0, 0]
    assert found["town=Rome"] == [1, 1, 1, 0]
    assert found["town: missing"] == [0, 0, 1, 0]


def test_dates_are_days_and_season(run):
    path = TABLES / "date-65.csv"
    result = json.loads(run("run", path, "--target", "temp", "--epochs", 1, "--json")[1])
    assert result["columns"][0] == {"name": "day", "became": "date, as days and season", "reason": ""}
    found = inputs_of(path, "temp")
    assert found["day: days"][0] == (date(2024, 1, 1) - date(1970, 1, 1)).days
    angles = np.arctan2(found["day: season sin"], found["day: season cos"])
    assert np.ptp(np.diff(angles)) < 1e-9
    assert np.diff(angles)[0] == pytest.approx(2 * math.pi / 365.2425)


def test_thousands_beside_hundreds_are_thousands(run):
    found = inputs_of(TABLES / "decimal-hint.csv", "price")
    assert found["size"][:3] == [1200, 850, 2100]
    _, out, _ = run("run", TABLES / "decimal-hint.csv", "--target", "price", "--epochs", 1)
    assert 'read with "," between thousands' in out


def test_a_first_line_of_numbers_is_a_row(run):
    path = TABLES / "no-header.csv"
    status, _, err = run("run", path, "--target", "a")
    assert (status, "data.header" in err) == (2, True)
    assert inputs_of(path, "5")["1"] == [0.1, 0.9, 0.2, 0.8]
    named = inputs_of(path, "a", {"data.header": True})  # two of its names are the same
    assert list(named) == ["0.1", "0.2", "0"]  # the fourth, called "0 (2)", never changes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,200", 1200), ("$4.99", 4.99), ("10,000+", 10_000), ("-€3", -3), ("(2,500)", -2500), ("12 %", 12),
        ("19M", 19e6), ("1 234", 1234), ("1'234.5", 1234.5), ("1e3", 1000), ("4.99 USD", 4.99), ("\u22127", -7),
        ("1,20", None), ("12,34,567", None), ("1 2", None), ("v1.2", None), ("", None), ("-", None),
        ("1.2.3", None),
    ],
)  # fmt: skip
def test_numbers_however_they_are_written(text, wanted):
    assert written_number(text, ".", ",") == wanted


@pytest.mark.parametrize(
    ("cells", "delimiter", "signs"),
    [
        (["1,200", "850"], ",", ("", ",")), (["1,200", "0.5"], ";", ("", ",")), (["1,5", "2"], ";", (",", "")),
        (["1.234,5"], ";", (",", ".")), (["1,234.5"], ";", ("", ",")), (["1,234", "2"], ";", ("", "")),
        (["1,234,567"], ";", ("", ",")), (["0,123"], ";", (",", "")), (["a, 1", "b"], ",", ("", "")),
    ],
)  # fmt: skip
def test_signs_are_read_off_the_cells(cells, delimiter, signs):
    assert signs_in(cells, delimiter) == signs


@pytest.mark.parametrize(
    "text",
    ["2024-03-05", "2024/03/05", "05.03.2024", "03/05/2024", "Mar 5, 2024", "5 March 2024", "March 5th, 2024",
     "5-Mar-24", "3/5/24", "2024-03-05T00:00:00Z", "2024-03-05 00:00:00", "3/5/2024 12:00 AM", "Mar 5 2024"],
)  # fmt: skip
def test_dates_in_many_notations_are_the_same_day(text):
    assert days_of(text) == (date(2024, 3, 5) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    "text", ["12-34", "2024", "1.5", "2024-13-01", "32.01.2024", "Mary 5, 2024", "a-b-c", "Marx 2024"]
)
def test_what_is_no_date_is_none(text):
    assert days_of(text) is None


def test_the_day_stands_first_where_a_number_above_twelve_does(became, tmp_path):
    found, _ = became("d,x,y\n" + "".join(f"{day}/02/2024,{day % 3},{day}\n" for day in range(1, 25)))
    assert found["d"].startswith("date")
    days = inputs_of(tmp_path / "rows.csv", "y")["d: days"]
    assert np.diff(days).tolist() == [1] * 23


ROWS = range(60)
NOISE = np.random.default_rng(5).normal(size=(60, 3)).round(3).tolist()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("PassengerId", [i + 1 for i in ROWS]), ("id", [7 * i + 1000 for i in ROWS]), ("No", list(ROWS)),
        ("rownames", [i + 1 for i in ROWS]), ("Unnamed: 0", list(ROWS)), ("", list(ROWS)),
        ("counter", [i + 1 for i in ROWS]), ("mixed_up", [(7 * i) % 60 for i in ROWS]),
        ("user_id", [i // 3 for i in ROWS]), ("uuid", [f"{i:08x}-aa" for i in ROWS]),
        ("model", [f"car {i}" for i in ROWS]),
    ],
)  # fmt: skip
def test_row_numbers_and_ids_are_no_inputs(became, name, values):
    rows = "".join(f"{value},{a},{b}\n" for value, (a, b, _) in zip(values, NOISE, strict=True))
    found, report = became(f"{name},a,y\n{rows}", "--target", "y")
    first = report["columns"][0]
    assert first["became"] == "id or row number, left out"
    assert first["reason"]
    assert found["a"] == "number, standardized"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("year", [1960 + i for i in ROWS]), ("x", list(ROWS)), ("price", [1000 + 7 * i for i in ROWS]),
        ("week", [i + 1 for i in ROWS]), ("score", [i * 0.5 for i in ROWS]), ("width", [i % 7 for i in ROWS]),
    ],
)  # fmt: skip
def test_what_is_measured_stays_an_input(became, name, values):
    rows = "".join(f"{value},{a},{b}\n" for value, (a, b, _) in zip(values, NOISE, strict=True))
    found, _ = became(f"{name},a,y\n{rows}", "--target", "y")
    assert found[name] == "number, standardized"


def test_a_column_that_was_left_out_is_kept_by_the_setting_that_its_reason_names(became):
    content = "id,a,y\n" + "".join(f"{i + 1},{a},{b}\n" for i, (a, b, _) in enumerate(NOISE))
    _, report = became(content)
    setting = report["columns"][0]["reason"].partition("--set '")[2].partition("'")[0]
    assert became(content, "--set", setting)[0]["id"] == "number, standardized"


def test_constants_texts_and_words(became):
    rows = "".join(f"7,{'abc'[i % 3]},note {i % 90},{i * i % 17}\n" for i in range(200))
    found, report = became(f"same,word,note,y\n{rows}", "--target", "y")
    assert found == {
        "same": "constant, left out",
        "word": "word, one-hot of 3",
        "note": "text, left out",
        "y": "target",
    }
    assert "90 different words" in report["columns"][2]["reason"]


def test_none_among_words_is_a_word_and_among_numbers_it_is_missing(became):
    found, report = became("roof,size,y\n" + "flat,1,2\nNone,2,3\nNone,3,1\n" * 3, "--target", "y")
    assert found["roof"] == "word, one-hot of 2"
    assert report["left_out"] == 0
    _, report = became("size,b,y\n1,2,3\nNone,3,4\n2,9,5\n", "--target", "y", "--set", "data.missing=drop")
    assert report["left_out"] == 1


@pytest.mark.parametrize(
    ("leak", "leaks"),
    [
        (lambda i, y, noise: "yes" if y else "no", True),
        (lambda i, y, noise: 10 * y + noise, True),
        (lambda i, y, noise: "yes" if noise > 0 else "no", False),
        (lambda i, y, noise: noise + 0.5 * y, False),
    ],
)
def test_a_column_that_gives_a_class_away_is_named(became, leak, leaks):
    rows = "".join(f"{a},{leak(i, i % 2, b)},{i % 2}\n" for i, (a, b, _) in enumerate(NOISE))
    _, report = became(f"a,told,survived\n{rows}", "--target", "survived")
    assert report["leaks"] == (["told"] if leaks else [])


def test_a_column_that_gives_a_number_away_is_named(became, run, tmp_path):
    rows = "".join(f"{a},{3 * b + 2:.4f},{b},{b + c}\n" for a, b, c in NOISE)
    _, report = became(f"a,fahrenheit,celsius,noisy\n{rows}", "--target", "celsius")
    assert report["leaks"] == ["fahrenheit"]
    _, out, _ = run("run", tmp_path / "rows.csv", "--target", "celsius", "--epochs", 1)
    assert "fahrenheit may give the answer away: it alone explains 100.00%" in out


BLANKS = b'18.0   8   307.0  \t"chevrolet chevelle"\n15.0   8   350.0  \t"buick skylark"\n 14   4   97  \t"vw"\n'


def test_columns_parted_by_blanks(became, tmp_path):
    found, _ = became(BLANKS, name="cars.data")
    assert list(found) == ["1", "2", "3", "4"]
    assert inputs_of(tmp_path / "cars.data", "1")["3"] == [307, 350, 97]
    became("size price\n1 2\n2   4\n3 5\n")
    assert inputs_of(tmp_path / "rows.csv", "price")["size"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (gzip.compress(b"caf\xc3\xa9,b,y\n1,2,3\n2,2,4\n", mtime=0), "rows.csv.gz"),
        (b"\xef\xbb\xbfcaf\xc3\xa9,b,y\n1,2,3\n2,2,4\n", "rows.csv"),
        (b"caf\xe9,b,y\n1,2,3\n2,2,4\n", "rows.csv"),
        ("café,b,y\n1,2,3\n2,2,4\n".encode("utf-16"), "rows.csv"),
        (b"caf\xc3\xa9,b,y\r1,2,3\r2,2,4\r", "rows.csv"),
    ],
    ids=["gzip", "utf-8-sig", "latin-1", "utf-16", "carriage-returns"],
)  # fmt: skip
def test_packed_files_and_other_encodings(became, content, name):
    found, _ = became(content, "--target", "y", name=name)
    assert list(found) == ["café", "b", "y"]


def test_a_packed_file_cannot_ask_for_much_memory(run, tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a,y\n" + b"1,2\n" * 5_000_000))
    status, _, err = run("check", path)
    assert (status, "holds more than 1" in err) == (2, True)
    path.write_bytes(gzip.compress(b"a,y\n1,2\n2,3\n")[:-6])
    status, _, err = run("check", path)
    assert (status, "is no whole gzip file" in err) == (2, True)


def test_signs_around_numbers(became, tmp_path):
    rows = "".join(
        f'{"Free" if i == 99 else "0" if i % 2 else "$4.99"},"{(i + 1) * 1000:,}+",{i % 5}\n' for i in ROWS
    )
    found, _ = became(f"price,installs,y\n{rows}", "--target", "y")
    assert found == {"price": "number, standardized", "installs": "number, standardized", "y": "target"}
    assert inputs_of(tmp_path / "rows.csv", "y")["price"][:2] == [4.99, 0]
    assert inputs_of(tmp_path / "rows.csv", "y")["installs"][:2] == [1000, 2000]


def test_parquet_asks_for_its_extra(run, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1....PAR1")
    status, _, err = run("check", path)
    assert status == 2
    assert "pip install 'nnsim[parquet]'" in err


def test_check_tells_the_same_to_readers(run):
    status, out, _ = run("check", TABLES / "date-65.csv", "--target", "temp")
    assert status == 0
    assert out.splitlines()[0].endswith("date-65.csv: ok (70 rows, 3 columns)")
    assert "  day   date, as days and season" in out
    for option in ("--json", "--target=y", "--set=data.missing=drop"):
        status, _, err = run("check", "xor", option)
        assert status == 2
        assert "xor is no table" in err


def test_open_says_it_in_a_line():
    task = chosen_task(str(TABLES / "drop-silent.csv"), ["y"], None, {"data.missing": "drop"})
    assert "54 of 60 rows were left out" in task.short_notice
    assert "left out: row labels" in chosen_task(str(TABLES / "index-column.csv"), ["price"], None, {}).short_notice


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,y\n" + b"1,2\n" * 1_000_001, "1,000,002 lines are too many (allowed: 1,000,000 rows)"),
        (b"a,y\n1," + b"2" * 1_000_001 + b"\n", "line 2: is longer than 1,000,000 bytes"),
    ],
)
def test_a_table_that_is_too_large_is_refused_before_it_is_parsed(run, tmp_path, content, said, monkeypatch):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    monkeypatch.setattr("nnsim.data.tables.table._rows", lambda *_: pytest.fail("it is parsed"))
    status, _, err = run("run", path, "--target", "y")
    assert (status, said in err) == (2, True)


def test_rows_in_toml_are_refused_by_their_number(run, tmp_path, monkeypatch):
    path = tmp_path / "s.toml"
    path.write_text(
        'title="t"\nsummary="s"\n[data]\nkind="table"\ninputs=['
        + "[1]," * 110_000
        + "]\ntargets=["
        + "[1]," * 110_000
        + "]\n"
    )
    monkeypatch.setattr("tomllib.loads", lambda _: pytest.fail("it is parsed"))
    status, _, err = run("check", path)
    assert (status, "has 220,003 lists" in err) == (2, True)


def test_words_below_names_beside_row_labels_are_no_reason_to_miss_the_header(became):
    found, _ = became(
        ",class,age,y\n" + "".join(f"{i + 1},{'abc'[i % 3]},{'xy'[i % 2]},{['no', 'yes'][i % 2]}\n" for i in ROWS)
    )
    assert list(found) == ["row labels", "class", "age", "y"]


def test_what_stands_for_a_missing_value_can_be_named(became, run, tmp_path):
    content = "a,b,y\n1,-,2\n2,3,4\n3,-999,5\n"
    (tmp_path / "rows.csv").write_text(content.replace("1,-,2", "1,4,2").replace("-999", "-"))
    status, _, err = run("check", tmp_path / "rows.csv")
    assert status == 2
    setting = err.partition("--set '")[2].partition("'")[0]
    assert setting == 'data.absent=["-"]'
    _, report = became(content, "--target", "y", "--set", 'data.absent=["-", "-999"]', "--set", "data.missing=drop")
    assert (report["rows"], report["left_out"]) == (3, 2)


def test_columns_without_a_name_of_their_own_get_one(became, run, tmp_path):
    found, _ = became("a,a,y,\n1,2,3,\n2,3,1,\n")
    assert found == {
        "a": "number, standardized",
        "a (2)": "number, standardized",
        "y": "number, standardized",
        "column 4": "constant, left out",
    }
    assert "what has no name of its own is called 'a (2)', 'column 4'" in run("check", tmp_path / "rows.csv")[1]


def test_a_date_that_is_missing_does_not_hide_the_season(became):
    days = "".join(f"2024-{1 + i % 12:02d}-11,{i % 5}\n" for i in range(24))
    assert became(f"d,y\n{days}n/a,3\n")[0]["d"] == "date, as days and season"


def test_a_table_of_a_header_alone_has_no_rows(run, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n")
    status, _, err = run("check", tmp_path / "rows.csv")
    assert (status, err) == (2, f"nnsim: {tmp_path / 'rows.csv'}: has no rows\n")


def test_check_names_the_option_by_which_missing_values_are_filled(run):
    status, out, _ = run("check", TABLES / "drop-silent.csv", "--target", "y")
    assert status == 0
    assert "54 of 60 values are missing: --set data.missing=fill, or =drop" in out
