"""CSV files: what is read, and the line and column of what is wrong."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import read_scenario
from nnsim.training.trainer import Trainer

IRIS = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n"


@pytest.fixture
def plan_of(tmp_path):
    """Makes the plan of a scenario on a CSV file with this content."""

    def make(content, settings='target = "kind"', more='[model]\noutput = "softmax"\n', path="rows.csv"):
        encoded = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "rows.csv").write_bytes(encoded)
        text = f'title = "t"\nsummary = "s"\n[data]\nkind = "csv"\npath = "{path}"\n{settings}\n{more}'
        (tmp_path / "s.toml").write_text(text)
        return read_scenario(tmp_path / "s.toml").plan()

    return make


def test_words_become_classes_and_numbers_inputs(plan_of):
    examples = plan_of(IRIS).examples
    assert examples.inputs.tolist() == [[5.1, 3.5], [7.0, 3.2], [6.3, 3.3], [4.9, 3.0]]
    assert examples.input_names == ("length", "width")
    assert examples.classes == ("setosa", "versicolor", "virginica")
    assert examples.targets.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_two_classes_are_one_column_behind_a_sigmoid_and_two_behind_a_softmax(plan_of):
    content = "x,kind\n1,no\n2,yes\n3,no\n"
    assert plan_of(content, more="").examples.targets.tolist() == [[0], [1], [0]]
    assert plan_of(content).examples.targets.tolist() == [[1, 0], [0, 1], [1, 0]]
    tanh = plan_of(content, more='[model]\noutput = "tanh"').examples
    assert tanh.targets.tolist() == [[-1], [1], [-1]]
    assert tanh.labels.tolist() == [0, 1, 0]


def test_numbers_to_predict_several_at_once_and_words_among_the_inputs(plan_of):
    content = "\ufeffcity;area;rent;price\r\nRome;50;9;100\r\n\r\nOslo;70;12;200\r\nRome;60;10;150\r\n"
    settings = 'target = ["rent", "price"]\ndelimiter = ";"'
    examples = plan_of(content, settings, '[model]\noutput = "linear"').examples
    assert examples.input_names == ("city=Oslo", "city=Rome", "area")
    assert examples.inputs.tolist() == [[0, 1, 50], [1, 0, 70], [0, 1, 60]]
    assert examples.targets.tolist() == [[9, 100], [12, 200], [10, 150]]


def test_inputs_can_be_the_pixels_of_a_picture(plan_of):
    content = "a,b,c,d,e,f,kind\n1,2,3,4,5,6,yes\n6,5,4,3,2,1,no\n"
    examples = plan_of(content, 'target = "kind"\npicture = [2, 3]').examples
    assert examples.picture == (2, 3)
    assert examples.pixel_range == (1, 6)
    assert plan_of(content).examples.picture is None
    for shape in ("[2, 4]", "[6]", "[1, 2, 3]", "[0, 6]", "[-2, -3]"):
        with pytest.raises(ScenarioError, match=r"data\.picture: .* \(allowed: ") as error:
            plan_of(content, f'target = "kind"\npicture = {shape}')
        assert "\n" not in str(error.value)


def test_numbers_that_name_classes(plan_of):
    content = "x,digit\n1,2\n2,0\n3,1\n"
    more = '[model]\noutput = "softmax"\n[loss]\nkind = "softmax-cross-entropy"'
    one = plan_of(content, 'target = "digit"', more).examples
    assert one.targets.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    words = plan_of(content, 'target = "digit"\ncategories = ["digit"]').examples
    assert words.classes == ("0", "1", "2")


def test_no_header_columns_left_out_and_rows_dropped(plan_of):
    content = "1,a,0\n2,b,1\nNA,c,1\n4,d,\n5,e,0\n"
    settings = 'target = "3"\nheader = false\nignore = ["2"]\nmissing = "drop"'
    examples = plan_of(content, settings, "").examples
    assert examples.inputs.tolist() == [[1], [2], [5]]
    assert examples.targets.tolist() == [[0], [1], [0]]


FAULTS = [
    (IRIS + "6.0,,setosa\n", {}, r"'rows.csv', line 6, column 'width': the value is missing"),
    (IRIS + "6.0,wide,setosa\n", {}, r"line 6, column 'width': 'wide' is no number"),
    (IRIS + "6.0,3.1\n", {}, r"line 6: 2 values \(allowed: 3, one for each column\)"),
    (IRIS + "6.0,inf,setosa\n", {}, r"line 6, column 'width': 'inf' is too large"),
    (IRIS + '"a\nb",1e99,setosa\n', {}, r"line 6, column 'length': 'a"),
    (
        IRIS,
        {"settings": 'target = "kinds"'},
        r"data.target: 'rows.csv' has no column 'kinds', did you mean 'kind'\?",
    ),
    (IRIS, {"settings": 'target = "kind"\nignore = ["kind"]'}, r"data.ignore: 'kind' is a target"),
    ("a,a\n1,2\n", {"settings": 'target = "a"'}, r"line 1: column 'a' is there twice"),
    ("a,\n1,2\n", {"settings": 'target = "a"'}, r"line 1: a column has no name"),
    ("", {}, r"'rows.csv': is empty"),
    ("x,kind\n", {}, r"'rows.csv': has no rows"),
    ("kind\nno\nyes\n", {}, r"has no inputs beside its target"),
    ("x,kind\n1,no\n2,no\n", {}, r"'kind' holds one word alone"),
    ('x,kind\n1,"no\n', {}, r"line 2: is no CSV"),
    (b"x,kind\n1,\xff\n", {}, r"is not UTF-8 text \(byte 9\)"),
    (
        "x,kind\n" + "".join(f"1,k{i}\n" for i in range(65)),
        {},
        r"line 66, column 'kind': more than 64 different words",
    ),
    (IRIS, {"path": "../rows.csv"}, r"is no file beside the scenario"),
    (IRIS, {"path": "/etc/passwd"}, r"is no file beside the scenario"),
    (IRIS, {"path": "other.csv"}, r"'other.csv': is no file beside the scenario"),
    (IRIS, {"path": "."}, r"is no file beside the scenario"),
]


@pytest.mark.parametrize(("content", "how", "message"), FAULTS)
def test_what_is_wrong_is_named(plan_of, content, how, message):
    with pytest.raises(ScenarioError, match=message):
        plan_of(content, **how)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(plan_of, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.csv").write_text(IRIS)
    (inner / "link.csv").symlink_to(tmp_path / "secret.csv")
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "csv"\npath = "link.csv"\ntarget = "kind"\n'
    (inner / "s.toml").write_text(text)
    with pytest.raises(ScenarioError, match="leads out of the scenario's folder"):
        read_scenario(inner / "s.toml")


def test_a_network_learns_from_a_file(plan_of):
    rows = "".join(f"{x},{'high' if x > 10 else 'low'}\n" for x in range(20))
    more = '[loss]\nkind = "softmax-cross-entropy"\n[model]\noutput = "softmax"\n'
    more += '[schedule]\nrate = 2.0\nkind = "constant"'
    trainer = Trainer(plan_of("x,kind\n" + rows, 'target = "kind"\nstandardize = true', more))
    while trainer.stop is None:
        trainer.advance(1000)
    assert trainer.evaluate().accuracy == 1.0
    assert np.allclose(trainer.inputs.mean(), 0.0)


def test_a_recording_carries_the_file(plan_of, tmp_path):
    from nnsim.recording import open_recording, save
    from nnsim.timeline.replica import Replica
    from nnsim.timeline.run import Run

    plan_of(IRIS, more='[model]\noutput = "softmax"\n[train]\nepochs = 20')
    run = Run(read_scenario(tmp_path / "s.toml"))
    run.advance_to(20)
    save(tmp_path / "x.nnsim", [run.timeline])
    (tmp_path / "rows.csv").unlink()
    with open_recording(tmp_path / "x.nnsim") as recording:
        again = Replica(recording.timelines[0]).at(20)
        assert np.array_equal(again.evaluate().predictions, run.trainer.evaluate().predictions)


@pytest.mark.parametrize("output", ["softmax", "tanh", "sigmoid"])
def test_right_answers_are_those_of_the_class(plan_of, output):
    plan = plan_of("x,kind\n-1,no\n1,yes\n2,no\n", more=f'[model]\noutput = "{output}"')
    trainer = Trainer(plan)
    trainer.parameters[...] = [-1, 1, 0, 0] if output == "softmax" else [1, 0]
    found = trainer.evaluate()
    assert found.right.tolist() == [True, True, False]
    assert found.accuracy == pytest.approx(2 / 3)
