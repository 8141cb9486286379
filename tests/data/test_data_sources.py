"""Rules that draw data, images, features, scaling and splits."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.components import build_part
from nnsim.data.data_files import ScenarioFiles
from nnsim.data.datasets import DATA_SOURCES
from nnsim.data.digits import idx_array
from nnsim.data.features import Scaling, expand, feature_names
from nnsim.data.splits import Split
from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.training.trainer import Trainer


def rows_of(table, seed=1):
    return ScenarioFiles().examples(build_part(DATA_SOURCES, table, "data"), seed)


def test_without_noise_the_playground_follows_its_rules():
    circle = rows_of({"kind": "circle", "n": 300})
    radius = np.hypot(*circle.inputs.T)
    assert np.array_equal(circle.targets[:, 0] == 1, radius < 2.5)
    assert circle.targets.sum() == 150
    assert not ((radius > 2.5) & (radius < 3.5)).any()
    assert radius.max() <= 5
    xor = rows_of({"kind": "xor", "n": 300})
    assert np.array_equal(xor.targets[:, 0] == 1, xor.inputs.prod(axis=1) > 0)
    assert np.abs(xor.inputs).min() >= 0.3
    gauss = rows_of({"kind": "gauss", "n": 4000})
    for label, centre in ((0, -2), (1, 2)):
        cloud = gauss.inputs[gauss.targets[:, 0] == label]
        assert len(cloud) == 2000
        assert np.allclose(cloud.mean(axis=0), centre, atol=0.1)
        assert np.allclose(cloud.var(axis=0), 0.5, atol=0.06)
    spiral = rows_of({"kind": "spiral", "n": 100})
    first, second = spiral.inputs[:50], spiral.inputs[50:]
    assert np.allclose(first, -second)
    assert np.allclose(np.hypot(*first.T), np.arange(50) / 10)
    plane = rows_of({"kind": "plane", "n": 100})
    assert np.allclose(plane.targets[:, 0], np.clip(plane.inputs.sum(axis=1) / 10, -1, 1))
    curve = rows_of({"kind": "polynomial", "coefficients": [1.0, 0.0, 2.0], "noise": 0.0, "n": 3})
    assert curve.targets[:, 0].tolist() == [3.0, 1.0, 3.0]


@pytest.mark.parametrize("kind", ["circle", "xor", "gauss", "spiral", "plane", "polynomial"])
def test_the_seed_decides_the_rows(kind):
    one, same, other = (rows_of({"kind": kind, "noise": 0.2}, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.inputs, same.inputs)
    assert np.array_equal(one.targets, same.targets)
    assert not (np.array_equal(one.inputs, other.inputs) and np.array_equal(one.targets, other.targets))
    fixed = [rows_of({"kind": kind, "noise": 0.2, "seed": 1}, seed).targets for seed in (3, 4)]
    assert np.array_equal(*fixed)
    assert np.array_equal(fixed[0], one.targets)


def test_the_digits_are_all_there():
    digits = rows_of("digits")
    assert digits.inputs.shape == (1797, 64)
    assert digits.picture == (8, 8)
    assert (digits.inputs.min(), digits.inputs.max()) == (0.0, 1.0)
    counts = np.bincount(digits.targets[:, 0].astype(int))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def idx(array):
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def test_idx_files_are_read_packed_or_not():
    images = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    for content in (idx(images), gzip.compress(idx(images))):
        assert np.array_equal(idx_array(content, "a"), images)
    files = ScenarioFiles(contents={"i": idx(images), "l": gzip.compress(idx(np.array([1, 0])))})
    examples = files.examples(build_part(DATA_SOURCES, {"kind": "idx", "images": "i", "labels": "l"}, "data"), 0)
    assert np.allclose(examples.inputs, images.reshape(2, 12) / 255)
    assert examples.picture == (3, 4)
    assert examples.targets.tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no IDX file"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x00", "is no IDX file"),
        (idx(np.zeros((2, 3)))[:-1], "holds 5 bytes, but its header says 2 x 3"),
        (b"\x00\x00\x08\x03\x00\x00\x00\x01", "ends within its header"),
        (gzip.compress(idx(np.zeros(9)), mtime=0)[:-9], "is cut off or larger"),
        (b"\x1f\x8bnothing of the kind", "cannot be unpacked"),
    ],
)
def test_what_is_no_idx_file_is_refused(content, message):
    with pytest.raises(ScenarioError, match=f"'a.idx': {message}"):
        idx_array(content, "a.idx")


def test_features_by_hand():
    inputs = np.array([[2.0, 3.0]])
    names = ["y", "x^2", "y^2", "xy", "sin x", "sin y", "x"]
    assert np.allclose(expand(inputs, names, 1), [[3, 4, 9, 6, np.sin(2), np.sin(3), 2]])
    assert expand(inputs, [], 3).tolist() == [[2, 3, 4, 6, 9, 8, 12, 18, 27]]
    assert expand(np.array([[2.0]]), [], 5).tolist() == [[2, 4, 8, 16, 32]]
    assert feature_names(("x", "y"), names, 1) == tuple(names)
    assert feature_names(("x", "y"), [], 3) == ("x", "y", "x^2", "x y", "y^2", "x^3", "x^2 y", "x y^2", "y^3")
    assert feature_names(("a", "b"), [], 1) == ("a", "b")
    with pytest.raises(ScenarioError, match=r"data.features: the data has 1 inputs \(allowed: 2"):
        expand(np.ones((1, 1)), ["x"], 1)
    with pytest.raises(ScenarioError, match=r"data.degree: 15 makes .* features"):
        expand(np.ones((1, 20)), [], 15)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(8, 60),
    validation=st.sampled_from([0.0, 0.2, 0.4]),
    test=st.sampled_from([0.0, 0.3]),
    folds=st.sampled_from([0, 2, 5]),
    stratified=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_row_is_dealt_out_once_and_classes_in_their_shares(rows, validation, test, folds, stratified, seed):
    labels = np.random.default_rng(seed).integers(0, 3, rows)
    seen = []
    for fold in range(1, max(folds, 1) + 1):
        split = Split(rows, 0.0 if folds else validation, test, folds, fold, stratified)
        parts = split.deal(labels, rng=np.random.default_rng(seed))
        sizes = (split.training_rows, split.validation_rows, split.test_rows)
        assert tuple(len(part) for part in parts) == sizes
        assert sorted(np.concatenate(parts).tolist()) == list(range(rows))
        seen += parts[1].tolist()
        if stratified:
            for part in parts:
                counts = np.bincount(labels[part], minlength=3)
                fair = np.bincount(labels, minlength=3) * len(part) / rows
                # A training part around a fold is two stretches of the order, each within one.
                assert (np.abs(counts - fair) <= 2).all()
    if folds:
        assert sorted(seen) == sorted(set(range(rows)) - set(parts[2].tolist()))


def test_scaling_is_fitted_on_the_training_rows_alone():
    text = """
title = "t"
summary = "s"
[data]
kind = "polynomial"
degree = 3
standardize = true
n = 40
[model]
output = "linear"
[train]
validation = 0.25
test = 0.25
"""
    trainer = Trainer(parse_scenario(text, name="t", source="t.toml").plan())
    assert np.allclose(trainer.inputs.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(trainer.inputs.std(axis=0), 1)
    kept = trainer.validation[0]
    assert np.abs(kept.mean(axis=0)).max() > 1e-3
    raw = trainer.plan.examples.inputs
    by_hand = Scaling.fitted(expand(raw[trainer.rows], [], 3))(expand(raw, [], 3))
    assert np.array_equal(trainer.prepare(raw), by_hand)
    assert np.array_equal(trainer.prepare(raw)[trainer.rows], trainer.inputs)
    assert len(trainer.test[0]) == 10


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("validation = 0.6\ntest = 0.5", r"train.validation: leaves no row to train on"),
        ("folds = 1", r"train.folds: 1 leaves nothing"),
        ("folds = 9", r"train.folds: 9 folds of 8 rows"),
        ("folds = 3\nfold = 4", r"train.fold: 4 is not there \(allowed: from 1 to 3\)"),
        ("folds = 3\nvalidation = 0.1", r"train.folds: cannot stand beside train.validation"),
    ],
)
def test_splits_that_cannot_be(train, message):
    text = f'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3\n[train]\n{train}'
    with pytest.raises(ScenarioError, match=message):
        parse_scenario(text, name="t", source="t.toml")


@pytest.mark.parametrize("generator", ["pcg64", "legacy"])
def test_targets_are_scaled_by_the_training_rows_alone(generator):
    text = f"""
title = "t"
summary = "s"
[data]
kind = "polynomial"
n = 40
standardize = true
standardize_target = true
[model]
hidden = [2]
output = "linear"
[train]
validation = 0.25
test = 0.25
[random]
generator = "{generator}"
"""
    trainer = Trainer(parse_scenario(text, name="t", source="t.toml").plan())
    assert trainer.targets.mean() == pytest.approx(0, abs=1e-12)
    assert trainer.targets.std() == pytest.approx(1, rel=1e-12)
    assert abs(trainer.plan.examples.targets.mean()) > 1e-3
    with pytest.raises(ScenarioError, match="is a class, not a number"):
        parse_scenario(text.replace('"polynomial"', '"gauss"'), name="t", source="t.toml").plan()
