"""`nnsim run` on a CSV file, and on IDX files in place of the digits."""

import gzip
import io
import json

import numpy as np
import pytest

from nnsim.recording import open_recording
from nnsim.scenario.catalog import outline_of
from nnsim.scenario.from_data import chosen_task
from nnsim.timeline.replica import Replica


@pytest.fixture
def csv(tmp_path):
    """Writes a CSV file of rows whose answers follow from their inputs."""

    def write(kind, rows=120, name="rows.csv"):
        rng = np.random.default_rng(0)
        a, b = rng.uniform(-2.0, 2.0, (2, rows))
        answers = {
            "words": [("low", "middle", "high")[int(one > -0.7) + int(one > 0.7)] for one in a],
            "bits": (a * b > 0).astype(int).tolist(),
            "numbers": [f"{250_000 + 90_000 * x - 40_000 * y:.0f}" for x, y in zip(a, b, strict=True)],
            "stars": np.clip(np.rint(a), -1, 1).astype(int).tolist(),
        }[kind]
        lines = ["a,b,colour,answer"]
        lines += [
            f"{x:.3f},{y:.3f},{'red' if i % 2 else 'blue'},{z}"
            for i, (x, y, z) in enumerate(zip(a, b, answers, strict=True))
        ]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("kind", "network", "loss", "reached"),
    [
        ("words", "4-32-3, relu and softmax", "softmax-cross-entropy", lambda result: result["accuracy"] > 0.9),
        ("bits", "4-32-1, relu and sigmoid", "binary-cross-entropy", lambda result: result["accuracy"] > 0.9),
        # Least squares is exact here; the standardized target makes 1 the loss of knowing nothing.
        ("numbers", "4-32-1, relu and linear", "mse", lambda result: result["loss"] < 0.01),
    ],
)
def test_the_target_decides_output_and_loss_and_the_network_learns_it(nnsim, csv, kind, network, loss, reached):
    done = nnsim("run", csv(kind), "--target", "answer", "--json")
    assert (done.status, done.err) == (0, "")
    result = json.loads(done.out)
    assert network in result["chosen"][1]
    assert loss in result["chosen"][1]
    assert reached(result), result
    assert result["epochs"] == 100
    told = nnsim("run", csv(kind), "--target", "answer", "--epochs", 2).out
    assert told.startswith("120 rows, 4 inputs; predicts ")
    assert "--set" in told
    assert "validation loss" in told


def test_settings_go_before_what_is_chosen(nnsim, csv):
    path = csv("numbers", name="houses & more.csv")
    settings = (
        "--set",
        "model.hidden=[3]",
        "--set",
        'data.ignore=["colour"]',
        "--set",
        "data.standardize_target=false",
    )
    result = json.loads(nnsim("run", path, "--target", "answer", "--epochs", 3, *settings, "--json").out)
    assert result["parameters"] == 2 * 3 + 3 + 3 + 1
    assert result["loss"] > 1e9  # in the target's own units, squared
    assert result["scenario"] == "houses & more"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_columns_may_be_parted_by_something_else(nnsim, csv, delimiter):
    path = csv("words")
    path.write_text(path.read_text().replace(",", delimiter))
    told = nnsim("run", path, "--target", "answer", "--epochs", 1).out
    assert "120 rows, 4 inputs; predicts one of 3 classes" in told
    done = nnsim("run", path, "--target", "answer", "--set", "data.delimiter=,")
    assert done.status == 2


def test_a_file_that_is_not_there_is_said_to_be_none(nnsim, tmp_path):
    done = nnsim("run", tmp_path / "none.csv", "--target", "answer")
    assert (done.status, done.out) == (2, "")
    assert "none.csv: is no file that can be read (allowed: a CSV file)" in done.err


def test_whole_numbers_may_be_classes_and_that_is_said(nnsim, csv):
    path = csv("stars")
    told = nnsim("run", path, "--target", "answer", "--epochs", 2).out
    hint = "--set 'data.categories=[\"answer\"]'"
    assert hint in told
    done = nnsim("run", path, "--target", "answer", "--epochs", 2, "--set", 'data.categories=["answer"]')
    assert "one of 3 classes" in done.out
    assert hint not in done.out


def test_its_recording_needs_no_csv_any_more(nnsim, csv, tmp_path):
    path = csv("words")
    record = tmp_path / "run.nnsim"
    result = json.loads(nnsim("run", path, "--target", "answer", "--epochs", 5, "--record", record, "--json").out)
    path.unlink()
    with open_recording(record) as recording:
        timeline = recording.timelines[0]
        replica = Replica(timeline).at(timeline.length)
        assert replica.evaluate().loss == result["loss"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "--target: is missing: which column is to be predicted (allowed: a, b, colour, answer)"),
        (("--target", "anwser"), "has no column 'anwser', did you mean 'answer'?"),
        (("--target", "answer", "--mnist", "."), "--mnist: does not go with a CSV file"),
        (("--target", "a", "--target", "a"), "--target: 'a' is given 2 times (allowed: once)"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(nnsim, csv, arguments, fault):
    done = nnsim("run", csv("words"), *arguments)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert fault in done.err


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return head + array.astype(np.uint8).tobytes()


def test_parts_given_by_their_kind_alone_are_told(nnsim, csv):
    kinds = ("--set", "loss=mse", "--set", "model.activation.kind=tanh", "--epochs", 1)
    assert "tanh and sigmoid; loss mse, adam" in nnsim("run", csv("bits"), "--target", "answer", *kinds).out


@pytest.fixture
def mnist(tmp_path):
    """A folder with forty images of 28 x 28 pixels, ten digits, each a bar in a place of its own."""
    labels = np.arange(40) % 10
    images = np.zeros((40, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 3] = 255
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    (tmp_path / "train-labels.idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def test_the_digits_are_trained_on_idx_files(nnsim, mnist):
    settings = ("--epochs", 60, "--set", "train.validation=0", "--set", "train.stratified=false")
    done = nnsim("run", "digits", "--mnist", mnist, *settings, "--json")
    assert (done.status, done.err) == (0, "")
    result = json.loads(done.out)
    assert result["parameters"] == 784 * 15 + 15 + 15 * 10 + 10 == 11_935
    assert result["accuracy"] == 1.0
    fewer = json.loads(
        nnsim("run", "digits", "--mnist", mnist, "--epochs", 2, "--set", "data.rows=20", "--json").out
    )
    assert len(fewer["predictions"]) == 20


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("lr-find",), "minimum/10"),
        (("gradcheck",), "ok ("),
        (("open", "--plain"), "Type help"),
    ],
)
def test_other_commands_take_data_likewise(nnsim, csv, mnist, monkeypatch, command, said):
    monkeypatch.setattr("sys.stdin", io.StringIO("quit\n"))
    done = nnsim(*command, csv("words"), "--target", "answer")
    assert (done.status, done.err) == (0, "")
    assert said in done.out
    # 784 inputs, but a single hidden unit: the check tries every parameter.
    done = nnsim(*command, "digits", "--mnist", mnist, "--variant", "adam", "--set", "model.hidden=[1]")
    assert (done.status, done.err) == (0, "")
    assert said in done.out
    done = nnsim(*command, "digits", "--target", "answer")
    assert (done.status, len(done.err.splitlines())) == (2, 1)


def test_mnist_asks_for_its_files_and_for_the_digits(nnsim, mnist, tmp_path):
    (mnist / "train-labels.idx1-ubyte").unlink()
    done = nnsim("run", "digits", "--mnist", mnist)
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "holds no train-labels-idx1-ubyte" in done.err
    done = nnsim("run", "xor", "--mnist", mnist)
    assert done.status == 2
    assert "--mnist: 'xor' does not read digits (allowed: digits)" in done.err
    assert "--target: xor is no CSV file" in nnsim("run", "xor", "--target", "y").err


def test_a_full_mnist_is_within_the_limits():
    from nnsim.scenario.planner import MAX_ACTIVATIONS, MAX_INPUTS

    assert MAX_INPUTS >= 60_000 * 784
    assert 60_000 * (784 + 15 + 10) > MAX_ACTIVATIONS > 1024 * (784 + 15 + 10)  # in batches, not all at once


def test_a_number_is_told_in_the_unit_that_the_file_has_it_in(nnsim, csv):
    path = csv("numbers", rows=12)
    done = nnsim("run", path, "--target", "answer", "--epochs", 400)
    rows = [line.split() for line in done.out.splitlines()[-12:]]
    written = [float(line.split(",")[-1]) for line in path.read_text("utf-8").splitlines()[1:]]
    assert [float(row[4]) for row in rows] == pytest.approx(written, rel=1e-5)
    assert [float(row[5]) for row in rows] == pytest.approx(written, rel=0.05)
    path = csv("numbers")
    deviation = np.std([float(line.split(",")[-1]) for line in path.read_text("utf-8").splitlines()[1:]])
    done = nnsim("run", path, "--target", "answer", "--json")
    result = json.loads(done.out)
    part = result["scores"][0]
    assert part["mean_absolute_error_in_units"] == pytest.approx([part["mean_absolute_error"] * deviation], rel=0.1)


def test_predictions_are_told_as_they_are_and_in_the_unit_of_the_file(nnsim, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,1000\n2,2000\n3,3000\n", "utf-8")
    result = json.loads(nnsim("run", path, "--target", "b", "--json").out)
    scaled = np.array(result["predictions"]) * np.std([1000, 2000, 3000]) + 2000
    assert result["predictions_in_units"] == pytest.approx(scaled.tolist())


def test_the_second_of_two_classes_is_named(nnsim, tmp_path):
    path = tmp_path / "rows.tsv"  # tabs part its columns
    path.write_text("a\tcity\n-1\tBonn\n1\tKiel\n2\tKiel\n", "utf-8")
    assert "a   city=Kiel  predicted city=Kiel" in nnsim("run", path, "--target", "city").out


@pytest.mark.parametrize(
    ("name", "text"),
    [("rows.csv", '"price, EUR";b\n1;2\n2;3\n'), ("rows.tsv", "price, EUR\tb\n1\t2\n2\t3\n")],
)
def test_a_comma_in_the_name_of_a_column_parts_nothing(nnsim, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert "price, EUR" in nnsim("run", path, "--target", "b").out


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1.234,5", 1234.5), ("1 234,5", 1234.5), ("1'234,5", 1234.5), ("1,5 %", 1.5), ("-1,234,567", -1234567.0),
        ("€1.234,50", 1234.5), ("(1,234,567.5)", -1234567.5),
    ],
)  # fmt: skip
def test_no_number_with_a_comma_becomes_a_word(tmp_path, value, number):
    path = tmp_path / "rows.csv"
    path.write_text(f"a;b\n{value};2\n4;3\n", "utf-8")
    assert chosen_task(str(path), ["b"], None, {}).scenario.plan().examples.inputs.tolist() == [[number], [4]]


def test_one_comma_before_three_digits_is_asked_about(nnsim, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a;b\n1,234;2\n1,239;3\n", "utf-8")
    done = nnsim("run", path, "--target", "b")
    assert done.status == 2
    assert "is no number (allowed: a decimal point" in done.err
    for setting, number in (("data.thousands", 1234), ("data.decimal", 1.234)):
        assert f"--set {setting}=," in done.err
        task = chosen_task(str(path), ["b"], None, {setting: ","})
        assert task.scenario.plan().examples.inputs[0] == number


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a,b\n1,2\n3,2\n", "--target: 'b' is the same in every row (allowed: a column with two values or more)"),
        (
            "a;b\n1,234;2\n2,345;3\n",
            "line 2, column 'a': '1,234' is no number (allowed: a decimal point, and nothing between thousands; or "
            'data.thousands = ",", --set data.thousands=,, where it parts thousands; or data.decimal = ",", --set '
            "data.decimal=,; or data.categories",
        ),
        (
            "a;b\n1;2\n2,345;3\n",
            "line 3, column 'a': '2,345' is no number (allowed: a decimal point, and nothing between thousands; or "
            'data.thousands = ",", --set data.thousands=,, where it parts thousands; or data.decimal = ",", --set '
            "data.decimal=,)",
        ),
        (
            "1,5;2\n2,5;3\n3,4\n",
            'data.delimiter: what parts the columns is not sure (allowed: "," or ";", as in '
            "--set 'data.delimiter=\";\"')",
        ),
        ("1,5;2\n2,5;3\n", "(allowed: 1, 2; or data.header = true, --set data.header=true, where its first line"),
        ("price, EUR;b\n1,5;2\n2,5;3\n", 'if ";" parts its columns: --set \'data.delimiter=";"\''),
        ("a,b\n1,2\n,3\n", 'data.missing = "drop", or --set data.missing=drop, leaves such rows out)'),
    ],
)
def test_a_table_that_would_be_misread_is_refused(nnsim, tmp_path, text, complaint):
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    done = nnsim("run", path, "--target", "b")
    assert done.status == 2
    assert complaint in done.err


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv"])
@pytest.mark.parametrize("rows", [
    "1,5;2,25;0\n2;0,125;1\n-3,5;,5;1\n1e3;4;0\n",
    "1,5;2,25;no\n2;0,125;yes\n-3,5;,5;yes\n1e3;4;no\n",
    '1,5;"2,25";no\r\n2;0,125;yes\r\n\r\n-3,5;,5;yes\r\n1000;4;no',
])  # fmt: skip
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_decimal_commas_are_read_with_and_without_a_header(tmp_path, delimiter, rows, name):
    path = tmp_path / name
    text = rows.replace(";", delimiter)
    for head, target, given in (
        (f"a{delimiter}b{delimiter}c\n", "c", {}),
        ("", "3", {"data.header": False}),
        ("", "3", {"data.header": False, "data.delimiter": delimiter, "data.decimal": ","}),
    ):
        path.write_text(head + text, "utf-8")
        task = chosen_task(str(path), [target], None, {**given, "data.standardize": False})
        inputs = task.scenario.plan(None, task.settings).examples.inputs
        assert inputs.tolist() == [[1.5, 2.25], [2, 0.125], [-3.5, 0.5], [1000, 4]]
        assert f"read with decimal commas, columns parted by {json.dumps(delimiter)}" in task.chosen


@pytest.mark.parametrize("text", [
    "1;2,3.5\n2;1,4.5\n3;1,4\n",  # a decimal point
    "1;2,a\n2;1,b\n3;1,a\n",  # a comma that is in no number
])  # fmt: skip
def test_commas_part_the_columns_where_nothing_else_surely_does(tmp_path, text):
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    task = chosen_task(str(path), ["2"], None, {"data.header": False})
    assert len(task.scenario.plan(None, task.settings).examples.input_names) >= 1
    assert task.scenario.plan().data.delimiter == ","


@pytest.mark.parametrize(("text", "inputs"), [
    ('where,a,y\n"52.5, 13.4",1,0\n"48.1, 11.6",2,1\n', ["where=48.1, 11.6", "where=52.5, 13.4", "a"]),
    ("word;a;y\nx;5.;0\n1,5;2.;1\n", ["word=1,5", "word=x", "a"]),
])  # fmt: skip
def test_words_with_commas_are_words_and_numbers_with_a_point_at_their_end_numbers(tmp_path, text, inputs):
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    task = chosen_task(str(path), ["y"], None, {})
    assert list(task.scenario.plan().examples.input_names) == inputs


def test_two_inputs_are_shown_as_a_plane_and_two_classes_by_their_names(tmp_path):
    path = tmp_path / "fruit.csv"
    path.write_text("weight,size,kind\n1,2,apple\n2,1,pear\n3,4,apple\n")
    task = chosen_task(str(path), ["kind"], None, {})
    assert "decision" in task.scenario.panes[:4]
    assert outline_of(str(path)).panes == task.scenario.panes
    assert task.short_notice == "3 rows, 2 inputs; predicts kind, apple or pear (e changes what was chosen)"
    examples = task.scenario.plan().examples
    assert [examples.class_name(target) for target in examples.targets[:, 0].tolist()] == ["apple", "pear", "apple"]
    assert examples.ends == ((0.0, "apple"), (1.0, "pear"))
    assert outline_of(str(tmp_path / "none.csv")).panes[:1] == ("loss",)  # that it is missing is said later
