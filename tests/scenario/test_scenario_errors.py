"""A wrong scenario is refused in one line that names file, key, value and what is allowed."""

import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import MAX_BYTES, parse_scenario, read_scenario
from nnsim.scenario.setting_keys import parse_setting

HEAD = 'title = "t"\nsummary = "s"\n'
PARITY = HEAD + '[data]\nkind = "parity"\n'
TABLE = HEAD + '[data]\nkind = "table"\n'
ROWS = TABLE + "inputs = [[1.0], [2.0]]\ntargets = [[1.0], [2.0]]\n"
VARIANT = PARITY + '[[variants]]\nname = "a"\n'
HUGE = "0x" + "f" * 5000

WRONG = {
    "unknown table": (
        PARITY + "[modle]\nhidden = [2]",
        "modle: unknown key, did you mean 'model'? (allowed: title, summary, data,",
    ),
    "unknown key": (
        PARITY + "[train]\nepoch = 3",
        "train.epoch: unknown key, did you mean 'epochs'? (allowed: epochs,",
    ),
    "unknown kind": (
        PARITY + '[loss]\nkind = "msee"',
        "loss.kind: 'msee' is not known, did you mean 'mse'? (allowed: beale, binary-cross-entropy, focal,",
    ),
    "unknown setting of a part": (
        PARITY + '[optimizer]\nkind = "sgd"\nmomentums = 1',
        "optimizer.momentums: unknown key",
    ),
    "no kind": (
        PARITY + "[loss]\nkind = 5",
        "loss.kind: 5 is not known (allowed: beale, binary-cross-entropy, focal,",
    ),
    "no kind, and settings of another than the one it would be": (
        PARITY + "[schedule]\nrate = 1\nfinal = 0.1",
        "schedule: {'rate': 1, 'final': 0.1} names no kind; allowed: constant, cosine,",
    ),
    "no kind, and a slip in a setting of the one it would be": (
        PARITY + "[schedule]\nraet = 1",
        "schedule.raet: is no setting of constant, did you mean 'rate'? (allowed: rate, by, warmup,",
    ),
    "missing": (
        'title = "t"\n[data]\nkind = "parity"',
        "summary: is missing (allowed: text of 1 to 200 characters)",
    ),
    "no data": (HEAD, "data: is missing (allowed: a table with kind ="),
    "missing in a part": (
        TABLE + "inputs = [[1]]",
        "data.targets: is missing (allowed: a list of 1 to 100,000 entries",
    ),
    "wrong type": (
        PARITY + '[train]\nepochs = "many"',
        "train.epochs: 'many' is not allowed (allowed: a whole number from 1 to 100,000,000)",
    ),
    "a fraction for a count": (PARITY + "[train]\nepochs = 1.5", "train.epochs: 1.5 is not allowed"),
    "true for a count": (PARITY + "[train]\nepochs = true", "train.epochs: True is not allowed"),
    "a date": (PARITY + "[train]\nepochs = 1979-05-27", "train.epochs: datetime.date(1979, 5, 27) is not allowed"),
    "text for a table": ('model = "x"\n' + PARITY, "model: 'x' is not allowed (allowed: a table)"),
    "text for a list": ('variants = "x"\n' + PARITY, "variants: 'x' is not allowed (allowed: a list"),
    "too small": (PARITY + "[train]\nepochs = 0", "train.epochs: 0 is not allowed"),
    "too large": (
        PARITY + '[schedule]\nkind = "constant"\nrate = 1e7',
        "schedule.rate: 10000000.0 is not allowed (allowed: a number from 0 to 1e+06)",
    ),
    "negative": (PARITY + "[random]\nseed = -1", "random.seed: -1 is not allowed"),
    "NaN": (PARITY + '[schedule]\nkind = "constant"\nrate = nan', "schedule.rate: nan is not allowed"),
    "infinity": (PARITY + '[schedule]\nkind = "constant"\nrate = inf', "schedule.rate: inf is not allowed"),
    "NaN in the data": (TABLE + "inputs = [[nan]]\ntargets = [[1]]", "data.inputs: [[nan]] is not allowed"),
    "infinity in the data": (TABLE + "inputs = [[1]]\ntargets = [[-inf]]", "data.targets: [[-inf]] is not allowed"),
    "NaN in the surface": (
        PARITY + "[surface]\nslope = [nan, 1]",
        "surface.slope: [nan, 1.0] is no range (allowed: low below high)",
    ),
    "ragged rows": (
        TABLE + "inputs = [[1, 2], [3]]\ntargets = [[1], [1]]",
        "data.inputs: row 2 has 1 values (allowed: 2, as in row 1)",
    ),
    "fewer targets": (
        TABLE + "inputs = [[1], [2]]\ntargets = [[1]]",
        "data.targets: 1 rows, but data.inputs has 2",
    ),
    "names for columns": (
        ROWS + 'input_names = ["a", "b"]',
        "data.input_names: 2 names (allowed: 1, one a column)",
    ),
    "unknown pane": ('panes = ["los"]\n' + PARITY, "panes: ['los'] is not allowed"),
    "nothing to read": ('title = " \\u202e "\nsummary = "s"\n[data]\nkind = "parity"', "title: "),
    "another format": ("format = 2\n" + PARITY, "format: 2 is not allowed (allowed: 1)"),
    "variants of one name": (
        VARIANT + '[[variants]]\nname = "a"',
        "variants: 'a' is there 2 times (allowed: once)",
    ),
    "variant without a name": (PARITY + "[[variants]]\n", "variants[0].name: is missing"),
    "key in a variant": (VARIANT + "sets = {}", "variants[0].sets: unknown key, did you mean 'set'?"),
    "setting in a variant": (
        VARIANT + 'set = { "modle.hidden" = [1] }',
        "variant 'a': modle.hidden: is no setting, did you mean 'model'? (allowed: averaging, clipping, data,",
    ),
    "description in a variant": (
        VARIANT + 'set = { title = "x" }',
        "variant 'a': title: is no setting (allowed: averaging, clipping, data,",
    ),
    "value in a variant": (VARIANT + 'set = { "train.epochs" = 0 }', "variant 'a': train.epochs: 0 is not allowed"),
    "setting below a value": (
        VARIANT + 'set = { "train.epochs.x" = 1 }',
        "variant 'a': train.epochs: {'x': 1} is not allowed (allowed: a whole number",
    ),
    "settings without end": (
        VARIANT + "[variants.set]\n" + "".join(f"k{number} = 1\n" for number in range(65)),
        "variants[0].set: {'k0': 1, 'k1': 1,",
    ),
    "a large data set in many variants": (
        TABLE
        + f"inputs = {[[0.0] * 500] * 200}\ntargets = {[[0.0]] * 200}\n"
        + f'[sweep]\nkey = "data.target_names"\nvalues = {[["y"]] * 22}',
        "variants: too many change a large data set (allowed: 2,000,000 numbers)",
    ),
    "sweep without a key": (PARITY + "[sweep]\nvalues = [1]", "sweep.key: is missing"),
    "sweep over no setting": (
        PARITY + '[sweep]\nkey = "title"\nvalues = ["x"]',
        "sweep.values 'x': title: is no setting (allowed: averaging, clipping, data,",
    ),
    "sweep over an unknown setting": (
        PARITY + '[sweep]\nkey = "model.hiden"\nvalues = [[1]]',
        "sweep.values [1]: model.hiden: unknown key, did you mean 'hidden'?",
    ),
    "value in a sweep": (
        PARITY + '[sweep]\nkey = "data.bits"\nvalues = [2, 99]',
        "sweep.values 99: data.bits: 99 is not allowed (allowed: a whole number from 1 to 12)",
    ),
    "empty sweep": (PARITY + '[sweep]\nkey = "data.bits"\nvalues = []', "sweep.values: [] is not allowed"),
    "too many runs": (
        VARIANT
        + "".join(f'[[variants]]\nname = "v{i}"\n' for i in range(3))
        + f'[sweep]\nkey = "random.seed"\nvalues = {list(range(32))}',
        "sweep.values: 32 for each of 4 variants are 128 runs (allowed: 64)",
    ),
    "too many parameters": (
        PARITY + "[model]\nhidden = [16384, 16384]",
        "model.hidden: 268,517,377 parameters are too many (allowed: 10,000,000)",
    ),
    "too many parameters of layers": (
        HEAD + '[data]\nkind = "digits"\n[model]\nlayers = [{ kind = "convolution", filters = 256, padding = 31 }]',
        "model.layers: 11,840,010 parameters are too many (allowed: 10,000,000)",
    ),
    "too many units for the rows": (
        PARITY + "bits = 12\n[model]\nhidden = [10000]",
        "model.hidden: 10,013 inputs and units times 4,096 rows are too many (allowed: 10,000,000)",
    ),
    "too much together": (
        PARITY + '[model]\nhidden = [1000, 3000]\n[sweep]\nkey = "random.seed"\nvalues = [1, 2, 3, 4]',
        "variants: their runs have too many parameters (12,036,004) or",
    ),
    "too many steps": (
        PARITY + "bits = 12\n[train]\nepochs = 1000000\nbatch_size = 1",
        "train.epochs: 4,096,000,000 steps are too many (allowed: 1,000,000,000)",
    ),
    "nothing left to train on": (
        PARITY + "[train]\nvalidation = 1.0",
        "train.validation: leaves no row to train on",
    ),
    "guesses judged by batches": (
        PARITY + '[solver]\nkind = "random-search"\n[train]\nbatch_size = 2',
        "train.batch_size: a search judges a guess by all rows (allowed: 0)",
    ),
    "range of guesses": (
        PARITY + '[solver]\nkind = "random-search"\nlow = 3\nhigh = 2',
        "solver.low: 3 is not below solver.high, 2 (allowed: less)",
    ),
    "range of weights": (
        PARITY + '[model]\ninitializer = { kind = "uniform", low = 1, high = -1 }',
        "model.initializer.low: 1 is above high, -1",
    ),
    "loss without probabilities": (
        PARITY + '[model]\noutput = "linear"\n[loss]\nkind = "binary-cross-entropy"',
        "loss: binary-cross-entropy needs outputs between 0 and 1 (model.output: sigmoid)",
    ),
    "loss without yes and no": (
        ROWS + '[loss]\nkind = "binary-cross-entropy"',
        "loss: binary-cross-entropy needs targets from 0 to 1",
    ),
    "no TOML": (PARITY + "x = = 3", "is no TOML: Invalid value (at line 5, column 5)"),
    "key given twice": (
        PARITY + "bits = 2\nbits = 3\n[train]",
        "is no TOML: Cannot overwrite a value (at line 6, column 9)",
    ),
    "integer without end": (PARITY + f"[train]\nepochs = {HUGE}", "train.epochs: an integer has too many digits"),
    "integer in the data": (TABLE + f"inputs = [[{HUGE}]]", "data.inputs: an integer has too many digits"),
    "long decimal integer": (PARITY + "bits = " + "9" * 5000, "is no TOML: an integer has too many digits"),
    "deep arrays": (HEAD + "data = " + "[" * 5000, "is no TOML: "),
    "arrays of twenty levels": (
        TABLE + "inputs = " + "[" * 20 + "]" * 20,
        "data.inputs: nested too deep (allowed: 16",
    ),
    "deep tables": (
        PARITY + "[model." + "a." * 20_000 + "a]",
        "is no TOML: a key of more than 16 names (at line 5)",
    ),
    "deep dotted key": (HEAD + '"a".' * 20_000 + "b = 1\n", "is no TOML: a key of more than 16 names (at line 3)"),
}


@pytest.mark.parametrize("what", WRONG)
def test_it_is_refused_in_one_line(what):
    text, said = WRONG[what]
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, name="wrong", source="some/wrong.toml")
    message = str(caught.value)
    assert message.startswith(f"some/wrong.toml: {said}")
    assert len(message.splitlines()) == 1
    assert len(message) < 500
    assert message.isprintable()


def refused(path):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


def test_files_that_cannot_be_read_as_text(tmp_path):
    file = tmp_path / "wrong.toml"
    assert refused(file) == "cannot be read: No such file or directory"
    assert refused(tmp_path) == "cannot be read: Is a directory"
    file.write_bytes(b"title = \xff")
    assert refused(file) == "is not UTF-8 text (byte 8)"
    with file.open("wb") as large:
        large.truncate(10 * MAX_BYTES)
    assert refused(file) == "is larger than 1,000,000 bytes"


def test_the_path_cannot_speak_to_the_terminal(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(tmp_path / "a\x1b[31m\n.toml")
    assert str(caught.value).isprintable()


def test_an_unknown_variant_suggests_the_nearest(scenario):
    with pytest.raises(
        ScenarioError, match=r"^xor: variant 'biased' is not known, did you mean 'biases'\? \(allowed: "
    ):
        scenario("xor").plan("biased")


def test_a_table_without_a_kind_is_of_the_kind_that_it_would_be_if_left_out():
    plan = parse_scenario(PARITY + "[schedule]\nrate = 0.25", name="x", source="x").plan()
    assert (type(plan.schedule).__name__, plan.schedule.rate) == ("Constant", 0.25)


def test_a_recording_is_no_scenario_and_replay_is_named(tmp_path):
    (tmp_path / "run.nnsim").write_bytes(b"SQLite format 3\0" + bytes(2_000_000))
    with pytest.raises(ScenarioError, match=r"run\.nnsim: is no scenario; if it is a recording, nnsim replay"):
        read_scenario(tmp_path / "run.nnsim")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("title", "x", r"xor: title: is no setting \(allowed: averaging, clipping,"),
        ("model.hidden", [0], r"xor: model\.hidden: \[0\] is not allowed"),
        ("model..hidden", [1], r"xor: model\.\.hidden: is no key \(allowed: names joined by dots\)"),
        ("a" * 1000, 1, r"is no setting"),
        ("train.epochs", 2**80, r"xor: train\.epochs: an integer has too many digits"),
        ("model.activation.kind.x", 1, "xor: model.activation.kind: holds no settings|names no kind|kind"),
    ],
)
def test_a_wrong_setting_from_outside(scenario, key, value, said):
    with pytest.raises(ScenarioError, match=said) as caught:
        scenario("xor").plan(settings={key: value})
    assert len(str(caught.value)) < 500


def test_a_deep_value_behind_set_is_refused(scenario):
    key, value = parse_setting("loss={" + "a." * 4000 + "a = 1}")
    with pytest.raises(ScenarioError, match="nested too deep"):
        scenario("xor").plan(settings={key: value})


def test_a_changed_setting_leaves_the_scenario_as_it_was(scenario):
    one = scenario("xor")
    before = repr(one.table)
    changed = one.plan("biases", {"model.initializer.low": -2.0, "loss.kind": "binary-cross-entropy"})
    assert changed.initializer.low == -2.0
    assert repr(one.table) == before
    assert one.plan().initializer.low == -1.0


def test_a_large_data_set_is_read_once_not_once_a_run():
    rows = [[float(number)] for number in range(2000)]
    text = f"{TABLE}inputs = {rows}\ntargets = {rows}\n" + '[sweep]\nkey = "random.seed"\nvalues = [1, 2, 3]'
    one = parse_scenario(text, name="t", source="t")
    plan = one.plan(settings={"random.seed": 2})
    assert plan.table["data"] is one.table["data"]
