"""Every method is explained, by its own docstring, in the terminal and in docs/methods."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnsim.errors import NnsimError
from nnsim.nn.architecture import LAYERS
from nnsim.scenario.method_reference import Family, families, find
from nnsim.scenario.setting_keys import FAMILIES

ROOT = Path(__file__).resolve().parents[1]


def test_every_kind_that_a_scenario_can_name_is_explained_with_its_settings():
    explained = {(one.family, one.name) for family in families() for one in family.methods}
    by_key = {key: family.name for family in families() for key in family.key.split(", ")}
    kinds = {(key, kind) for key, parts in FAMILIES.items() for kind in parts} | {
        ("model.layers", one) for one in LAYERS
    }
    for key, kind in kinds:
        names = {by_key[key], *(("losses", "functions") if key == "loss" else ())}
        assert any((name, kind) in explained for name in names), (key, kind)
    for family in families():
        for one in family.methods:
            assert one.text, one
            assert one.sentence.endswith("."), one
            assert all(setting.allowed and setting.default for setting in one.settings)


# Too plain to have a paper, or the page of the library whose rule they are says it all.
WITHOUT_A_PAPER = {
    *("table", "linear", "constant", "given", "normal", "uniform", "zeros", "none"),
    *("exponential", "multi-step", "reduce-on-plateau", "step"),
}


def test_every_method_names_where_it_comes_from():
    for family in families():
        for one in family.methods:
            assert ("Reference:" in one.text) != (one.name in WITHOUT_A_PAPER), one.name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("adam", ["m = beta1 * m + (1 - beta1) * g", "Kingma and Ba", "default 0.999", "a number from 0 below 1"]),
        ("cosine", ["cos(pi * p / E)", "Loshchilov", "minimum", "warmup_start"]),
        ("he", ["variance = 2 / inputs", "Delving deep", "default in-out"]),
        ("huber", ["t (|e| - t / 2)", "Robust estimation", "default 1 "]),
        ("AMSGrad", ["amsgrad (optimizer)"]),
        ("leaky_relu", ["leaky-relu (model.activation"]),
        ("polynomial", ["polynomial (data)", "polynomial (schedule)"]),
        ("optimizers", ["adagrad", "l-bfgs", "sgd"]),
        ("valley", ["longest"]),
        ("early-stopping", ["patience"]),
    ],
)
def test_explain(capsys, name, said):
    from nnsim.cli import execute

    assert execute(["explain", name]) == 0
    told = capsys.readouterr().out
    for one in said:
        assert one in told


def test_without_a_name_all_are_listed_and_a_wrong_one_is_answered_with_the_nearest(capsys):
    from nnsim.cli import execute

    assert execute(["explain"]) == 0
    told = capsys.readouterr().out
    for family in families():
        assert family.name in told
        assert all(one.name in told for one in family.methods)
    assert execute(["explain", "adm"]) == 2
    assert "nothing is called 'adm', did you mean 'adam'? (nnsim explain lists all)" in capsys.readouterr().err
    with pytest.raises(NnsimError, match="nothing is called"):
        find("x" * 10_000)
    assert all(isinstance(one, Family) for one in find("losses"))


def test_the_pages_are_those_of_the_docstrings():
    program = (
        "import sys; sys.path.insert(0, 'docs'); import json, method_pages; "
        "sys.stdout.write(json.dumps(method_pages.pages()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=ROOT, check=True
    )
    import json

    made = json.loads(done.stdout)
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "methods").glob("*.md")}
    assert kept == made, "make docs brings the pages up to date"
    assert "w = w - rate * m / (1 - beta1**t)" in made["optimizers.md"]
    assert "| `beta2` | 0.999 | a number from 0 below 1 |" in made["optimizers.md"]
    for name, text in made.items():
        assert text.count("```") % 2 == 0, name
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / "docs" / "methods" / link).exists()
