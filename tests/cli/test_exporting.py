"""`nnsim export`: every format read back by something else than what wrote it."""

import csv
import io
import json
import struct
import sys
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import numpy as np
import pyte
import pytest
from PIL import Image
from shared import bundled

from nnsim.cli.export import FORMATS
from nnsim.recording import save
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run


@pytest.fixture(scope="module")
def runs():
    """Two runs of XOR; one is marked."""

    found = [Run(bundled("xor"), name) for name in ("article", "biases")]
    for run in found:
        run.advance_to(600)
    found[0].timeline.mark(300, "knee")
    return found


@pytest.fixture
def recorded(tmp_path, runs, monkeypatch):
    """Their recording, alone in the current folder."""
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "xor.nnsim", [run.timeline for run in runs])
    return tmp_path


def test_csv_holds_every_bit_of_every_record(nnsim, recorded, runs):
    assert nnsim("export", "xor.nnsim", "--to", "csv").status == 0
    rows = list(csv.DictReader(io.StringIO((recorded / "xor.csv").read_text("utf-8"))))
    for run in runs:
        own = [row for row in rows if row["run"] == run.timeline.name]
        assert [int(row["step"]) for row in own] == list(range(1, 601))
        for name, series in run.timeline.series.items():
            assert [float(row[name]) for row in own] == series.values(0, 600).tolist()


def test_csv_leaves_cells_empty_where_a_step_has_no_such_figure(nnsim, tmp_path, small_scenario):
    run = Run(small_scenario("[train]\nbatch_size = 1\nepochs = 50\nvalidation = 0.25"))
    run.advance_to(20)
    save(tmp_path / "r.nnsim", [run.timeline])
    rows = list(csv.DictReader(io.StringIO(nnsim("export", tmp_path / "r.nnsim", "--to", "csv", "-o", "-").out)))
    cells = [row["validation_loss"] for row in rows]
    assert [bool(cell) for cell in cells] == [step % 3 == 0 for step in range(1, 21)]
    values = run.timeline.series["validation_loss"].values(0, 6).tolist()
    assert [float(cell) for cell in cells if cell] == values
    assert [int(row["epoch"]) for row in rows[:4]] == [1, 1, 1, 2]


def test_csv_of_a_step_holds_the_parameters_there(nnsim, recorded, runs):
    out = nnsim("export", "xor.nnsim", "--to", "csv", "--step", "step 250", "--run", "biases", "-o", "-").out
    rows = list(csv.DictReader(io.StringIO(out)))
    trainer = Replica(runs[1].timeline).at(250)
    assert len(rows) == trainer.plan.network.size
    first = trainer.plan.network.layers[0]
    found = [float(row["value"]) for row in rows if (row["layer"], row["part"]) == ("layer1", "weights")]
    assert found == first.weights(trainer.parameters).ravel().tolist()
    assert {row["step"] for row in rows} == {"250"}


def test_json_holds_figures_marks_and_parameters(nnsim, recorded, runs):
    answer = json.loads(nnsim("export", "xor.nnsim", "--to", "json", "--step", "50%", "-o", "-").out)
    for told, run in zip(answer["runs"], runs, strict=True):
        for name, series in run.timeline.series.items():
            assert told["figures"][name]["values"] == series.values(0, 600).tolist()
        weights = Replica(run.timeline).at(300)
        layer = weights.plan.network.layers[1]
        assert told["parameters"]["step"] == 300
        assert told["parameters"]["layers"]["layer2.weights"] == layer.weights(weights.parameters).tolist()
    assert answer["runs"][0]["marks"] == [{"step": 300, "kind": "mark", "text": "knee"}]


def test_json_says_null_for_what_is_not_finite(nnsim, tmp_path, diverging):
    nnsim("run", diverging, "--record", tmp_path / "r.nnsim")
    out = nnsim("export", tmp_path / "r.nnsim", "--to", "json", "-o", "-").out
    run = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))["runs"][0]
    assert run["stop"]["reason"] == "diverged"
    assert None in [figure["values"][-1] for figure in run["figures"].values()]


def test_npz_holds_arrays(nnsim, recorded, runs):
    nnsim("export", "xor.nnsim", "--to", "npz", "--step", "mark:knee", "--run", "1", "-o", "some.npz")
    with np.load(recorded / "some.npz", allow_pickle=False) as arrays:
        timeline = runs[0].timeline
        assert np.array_equal(
            arrays["1/figures/gradient.layer1"], timeline.series["gradient:layer1"].values(0, 600)
        )
        trainer = Replica(timeline).at(300)
        weights = trainer.plan.network.layers[0].weights(trainer.parameters)
        assert np.array_equal(arrays["1/parameters/layer1.weights"], weights)
        assert arrays["1/step"] == 300


def test_tensorboard_gets_a_folder_a_run_and_no_file_twice(nnsim, recorded):
    done = nnsim("export", "xor.nnsim", "--to", "tensorboard", "-o", "logs")
    assert (done.status, done.out) == (0, "logs: event files of 2 runs (tensorboard --logdir logs)\n")
    files = sorted(str(path.relative_to(recorded)) for path in recorded.glob("logs/*/*"))
    assert [name.split("/")[1] for name in files] == ["01-article", "02-biases"]
    assert nnsim("export", "xor.nnsim", "--to", "tensorboard", "-o", "logs").status == 2
    assert nnsim("export", "xor.nnsim", "--to", "tensorboard", "-o", "logs", "--overwrite").status == 0
    assert sorted(str(path.relative_to(recorded)) for path in recorded.glob("logs/*/*")) == files


def test_the_old_event_file_outlives_an_export_that_fails(nnsim, recorded, monkeypatch):
    from nnsim.export import tensorboard

    assert nnsim("export", "xor.nnsim", "--to", "tensorboard", "-o", "logs").status == 0
    (old,) = (recorded / "logs" / "01-article").iterdir()
    content = old.read_bytes()
    old = old.rename(old.with_name("events.out.tfevents.1.nnsim"))

    def full(*_):
        yield 512, b"part"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensorboard, "events", full)
    done = nnsim("export", "xor.nnsim", "--to", "tensorboard", "-o", "logs", "--overwrite")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "the disk is full" in done.err
    assert [path.read_bytes() for path in (recorded / "logs" / "01-article").iterdir()] == [content]


def test_tensorboard_without_its_package_says_what_is_missing(nnsim, recorded, monkeypatch):
    (recorded / "tensorboard").mkdir()  # a folder of that name is no package
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    done = nnsim("export", "xor.nnsim", "--to", "tensorboard")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "needs TensorBoard, an optional extra (install nnsim[tensorboard]; --to csv needs nothing)" in done.err
    assert not (recorded / "xor-tensorboard").exists()


def test_svg_is_a_picture_of_the_step(nnsim, recorded, runs):
    nnsim("export", "xor.nnsim", "--to", "svg", "--step", "300")
    text = "".join(ET.parse(recorded / "xor.svg").getroot().itertext()).replace("\xa0", " ")
    assert "epoch 300/10,000" in text
    assert f"loss {runs[0].timeline.record(300)['loss']:.6g}" in text


@pytest.mark.parametrize(("theme", "ground"), [("light", "#fafafa"), ("contrast", "#000000")])
def test_the_picture_of_a_pane_is_its_plot_alone_in_the_theme_asked_for(nnsim, recorded, theme, ground):
    words = ("--title", "Five attempts", "--x-label", "passes", "--y-label", "half the squares")
    options = ("export", "xor.nnsim", "--to", "svg", "--pane", "loss", "--size", "80x24", "--overwrite")
    nnsim(*options, "--theme", theme, *words)
    root = ET.parse(recorded / "xor.svg").getroot()
    text = "".join(root.itertext()).replace("\xa0", " ")
    for one in ("Five attempts", "passes", "half the squares", "knee", "biases"):
        assert one in text
    for one in ("? keys", "epoch 600/", "next page", "╭"):  # of the status, the footer, the lesson and the frame
        assert one not in text
    ((_, _, width, height),) = [map(float, root.attrib["viewBox"].split())]
    assert (width - 16, height - 16) == (80 * 8, 24 * 16)
    assert root.find("{*}rect").attrib["fill"] == ground
    nnsim(*options, "--title", "")
    text = "".join(ET.parse(recorded / "xor.svg").getroot().itertext())
    assert "half-sum" not in text
    assert "epoch" in text


def test_asciicast_plays_the_recording_to_its_end(nnsim, recorded, runs):
    done = nnsim("export", "xor.nnsim", "--to", "asciicast", "--size", "80x24", "--speed", "200", "-o", "-")
    header, *events = [json.loads(line) for line in done.out.splitlines()]
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    times = [event[0] for event in events]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert times[-1] == 4.0  # 600 epochs at 200 a second, and a second to look at the end
    assert [event[:2] for event in events if event[1] == "m"] == [[1.5, "m"]]
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    seen = []
    for _, kind, text in events:
        if kind == "o":
            stream.feed(text)
            seen.append(screen.display[-2])
    assert "epoch 0/10,000" in seen[0]
    assert any("epoch 300/10,000" in line for line in seen)
    assert "epoch 600/10,000" in seen[-1]
    assert f"loss {runs[0].timeline.record(600)['loss']:.6g}" in seen[-1]


def test_a_film_of_hours_is_refused(nnsim, recorded, monkeypatch):
    from screens.capture import headless

    monkeypatch.setattr(headless, "LONGEST_S", 60.0)
    done = nnsim("export", "xor.nnsim", "--to", "asciicast", "--speed", "1")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "600 epochs would take 600 s (allowed: 60 s; a higher speed, or a later --step)" in done.err
    assert not (recorded / "xor.cast").exists()


def test_pytorch_wants_one_run(nnsim, recorded):
    done = nnsim("export", "xor.nnsim", "--to", "pytorch")
    assert done.status == 2
    assert "writes one network (allowed: --run with one of 1 (article), 2 (biases))" in done.err
    assert nnsim("export", "xor.nnsim", "--to", "pytorch", "--run", "biases").status == 0
    compile((recorded / "xor.py").read_text("utf-8"), "xor.py", "exec")


def test_png_without_pillow_says_what_is_missing(nnsim, recorded, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    done = nnsim("export", "xor.nnsim", "--to", "png")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "needs Pillow, an optional extra (install nnsim[png]; --to svg needs nothing)" in done.err
    assert not (recorded / "xor.png").exists()


def test_png_is_a_picture_of_the_cells(nnsim, recorded):
    assert nnsim("export", "xor.nnsim", "--to", "png", "--size", "80x24", "--pane", "loss").status == 0
    content = (recorded / "xor.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (800, 480)
    at, data = 8, b""
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        if content[at + 4 : at + 8] == b"IDAT":
            data += content[at + 8 : at + 8 + length]
        at += 12 + length
    colours = {colour for _, colour in Image.open(recorded / "xor.png").getcolors(100_000)}
    assert len(zlib.decompress(data)) > 0
    curve, dim = (0x56, 0xB4, 0xE9), tuple(int(0.65 * c + 0.35 * 0x12) for c in (0xE6, 0x9F, 0x00))
    assert {curve, dim} <= colours  # those of the run in focus and of the other


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_is_overwritten_unless_told_to(nnsim, recorded, format_name):
    (recorded / "taken").write_text("mine")
    done = nnsim("export", "xor.nnsim", "--to", format_name, "-o", "taken", "--run", "1")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "taken: is there already (--overwrite replaces it)" in done.err
    assert (recorded / "taken").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--to", "cvs"], "'csv'"),
        (["--to", "csv", "--pane", "loss"], "--pane: means nothing for --to csv"),
        (["--to", "tensorboard", "--step", "1"], "--step: means nothing for --to tensorboard"),
        (["--to", "npz", "-o", "-"], "npz is no text"),
        (["--to", "svg", "--size", "20x20"], "'20x20': is no size (allowed: 40x12 to 400x150"),
        (["--to", "svg", "--pane", "los"], "did you mean 'loss'?"),
        (["--to", "csv", "--run", "biasses"], "did you mean 'biases'?"),
        (["--to", "csv", "--step", "mark:kne"], "did you mean 'knee'?"),
        (["--to", "csv", "--step", "step 601"], "there is no such step (allowed: step 0 to 600)"),
        (["--to", "asciicast", "--speed", "fast"], "is no speed"),
        (["--to", "asciicast", "--idle-limit", "-1"], "is no time"),
        (["--to", "csv", "-o", "xor.nnsim", "--overwrite"], "is the recording itself"),
        (["--to", "csv", "-o", "missing/x.csv"], "cannot be written: No such file or directory"),
        (["--to", "notebook", "-o", "missing/x"], "cannot be written: No such file or directory"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(nnsim, recorded, options, told):
    done = nnsim("export", "xor.nnsim", *options)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert told in done.err
    assert [path.name for path in recorded.iterdir()] == ["xor.nnsim"]


def test_numpy_writes_a_program_of_a_scenario_and_its_rows_beside_it(nnsim, program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("--set", "data.n=210", "--epochs", "6", "--seed", "3", "--variant", "batch-50")
    outcome = nnsim("export", "batch-size", "--to", "numpy", "-o", "run.py", *options)
    assert outcome.status == 0
    told = dict(line.split(": ") for line in outcome.out.splitlines())
    assert told == {name: f"{Path(name).stat().st_size:,} bytes" for name in ("run.py", "run.npz")}
    with np.load("run.npz") as arrays:
        assert arrays["X"].shape == (210, 2)
    done = program(str(tmp_path / "run.py"), command=("-I",))
    printed = [line.split() for line in done.out.splitlines()]
    asked = json.loads(nnsim("run", "batch-size", "--json", *options).out)
    assert [int(step) for step, _ in printed] == list(range(1, asked["steps"] + 2))
    assert float(printed[-1][1]) == pytest.approx(asked["loss"], rel=1e-12)
    assert done.err == ""


def test_numpy_writes_the_program_of_a_recorded_run_and_says_what_it_leaves_out(nnsim, recorded):
    outcome = nnsim("export", "xor.nnsim", "--to", "numpy", "--run", "biases", "-o", "-")
    assert "for step in range(1, 10001):" in outcome.out
    assert outcome.err == "nnsim: left out of the program: accuracy\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xor.nnsim", "--to", "numpy"], "--to numpy: writes one run (allowed: --run with one of"),
        (["xor.nnsim", "--to", "numpy", "--run", "1", "--seed", "3"], "--seed: means nothing for a recording"),
        (["xor.nnsim", "--to", "csv", "--variant", "biases"], "--variant: means nothing for --to csv (allowed for"),
        (["xor", "--to", "numpy", "--variant", "none"], "none"),
        (["xor", "--to", "numpy", "--step", "3"], "--step: means nothing for --to numpy (allowed for"),
    ],
)
def test_what_a_program_cannot_be_made_of_is_one_line(nnsim, recorded, arguments, told):
    outcome = nnsim("export", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert told in outcome.err
    assert outcome.err.count("\n") == 1
    assert sorted(one.name for one in recorded.iterdir()) == ["xor.nnsim"]


def test_a_notebook_is_written_of_a_scenario_with_its_rows_beside_it(nnsim, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = nnsim("export", "playground-spiral", "--to", "notebook", "-o", "spiral.ipynb", "--epochs", "5")
    assert outcome.status == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["spiral.ipynb", "spiral.npz"]
    assert 'np.load(\\"spiral.npz\\")' in Path("spiral.ipynb").read_text("utf-8")


def test_a_notebook_without_its_package_says_what_is_missing(nnsim, recorded, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    outcome = nnsim("export", "xor", "--to", "notebook")
    assert outcome.status == 2
    missing = "needs nbformat, an optional extra (install nnsim[notebook]; --to numpy needs nothing)"
    assert outcome.err == f"nnsim: --to notebook: {missing}\n"


def test_a_program_of_a_personal_scenario_is_that_of_its_student(nnsim, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    programs = [
        nnsim("export", "clinic-1", "--to", "numpy", "-o", "-", *options).out
        for options in (("--student", "Ada"), ("--student", "Grace"), ("--student", "ada "), ())
    ]
    assert programs[0].replace("Ada", "") == programs[2].replace("ada", "")
    assert len(set(programs)) == 3


def test_pytorch_takes_a_scenario_before_its_first_step(nnsim):
    outcome = nnsim("export", "xor", "--to", "pytorch", "-o", "-")
    assert outcome.status == 0
    assert "the network after step 0, exported by nnsim" in outcome.out


def test_a_name_of_a_file_is_no_code(nnsim, program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = 'a")#\\.py'
    options = ("--set", "data.n=210", "--epochs", "2")
    assert nnsim("export", "batch-size", "--to", "numpy", "-o", name, *options).status == 0
    done = program(str(tmp_path / name), command=("-I",))
    assert (done.err, len(done.out.splitlines())) == ("", 3)
