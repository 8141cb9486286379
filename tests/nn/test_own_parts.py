"""Parts that an installed package adds: named by their kind alone, and as good as any other."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from hatchling.build import build_wheel

from nnsim import plugin
from nnsim.components import build_part
from nnsim.errors import ScenarioError
from nnsim.nn.benchmark_functions import ALL_LOSSES
from nnsim.nn.losses import LOSSES
from nnsim.scenario.scenario import read_scenario
from nnsim.scenario.setting_fields import controls
from nnsim.scenario.setting_keys import FAMILIES, kind_of, with_settings
from nnsim.timeline.run import Run

OWN_PART = """
import numpy as np
from nnsim.nn.losses import MSE, Loss

class Doubled(MSE, frozen=True):
    factor: float = 2.0

    def values(self, scored, targets):
        return self.factor * MSE.values(self, scored, targets)

class NotALoss:
    pass
"""


@pytest.fixture
def own_package(tmp_path, monkeypatch):
    """A package that adds a loss, as if it were installed."""
    (tmp_path / "own_losses.py").write_text(OWN_PART)
    info = tmp_path / "own_losses-1.0.dist-info"
    info.mkdir()
    (tmp_path / "own_faulty.py").write_text("raise RuntimeError('no such\\nthing')")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-losses\nVersion: 1.0\n")
    entries = (
        "doubled = own_losses:Doubled",
        "wrong = own_losses:NotALoss",
        "gone = own_losses:Gone",
        "faulty = own_faulty:X",
    )
    (info / "entry_points.txt").write_text("\n".join(("[nnsim.losses]", *entries)) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_losses", raising=False)
    assert metadata.entry_points(group="nnsim.losses", name="doubled")


def test_a_package_adds_a_loss_that_is_loaded_only_when_named(own_package):
    build_part(LOSSES, "mse", "loss")
    assert "own_losses" not in sys.modules
    loss = build_part(LOSSES, {"kind": "doubled", "factor": 3.0}, "loss")
    assert loss.values(np.ones((1, 1, 2)), np.zeros((1, 1, 2))) == [3.0]
    with pytest.raises(ScenarioError, match=r"loss.rate: unknown key"):
        build_part(LOSSES, {"kind": "doubled", "rate": 3.0}, "loss")
    with pytest.raises(ScenarioError, match=r"'wrong' from 'own_losses:NotALoss' is no Loss"):
        build_part(LOSSES, "wrong", "loss")
    with pytest.raises(ScenarioError, match=r"loss.kind: 'gone' cannot be loaded"):
        build_part(LOSSES, "gone", "loss")
    with pytest.raises(ScenarioError, match=r"loss.kind: 'faulty' cannot be loaded: RuntimeError: no such thing$"):
        build_part(LOSSES, "faulty", "loss")
    with pytest.raises(ScenarioError, match=r"did you mean 'doubled'\? \(allowed: beale, .*doubled, faulty, .*"):
        build_part(ALL_LOSSES, "double", "loss")


def test_an_installed_part_goes_by_its_own_kind_wherever_settings_are_shown(own_package, small_scenario, capsys):
    from nnsim.cli import execute

    plan = small_scenario("[loss]\nkind = 'doubled'\nfactor = 3.0").plan()
    control = next(one for one in controls(plan) if one.key == "loss.kind")
    assert (control.value, kind_of(plan.loss)) == ("doubled", "doubled")
    assert {"doubled", "mse"} <= set(control.range.choices)
    # A setting that only the kind before it had does not stay behind.
    changed = with_settings(
        with_settings(plan.table, {"loss": {"kind": "huber", "threshold": 2.0}}), {"loss.kind": "doubled"}
    )
    assert changed["loss"] == {"kind": "doubled"}
    assert execute(["explain", "doubled"]) == 0
    assert "default 2" in capsys.readouterr().out


def test_a_scenario_cannot_name_code(own_package):
    for kind in ("own_losses:Doubled", "own_losses.Doubled", "nnsim.nn.losses:MSE", "os:system"):
        with pytest.raises(ScenarioError, match="is not known"):
            build_part(LOSSES, kind, "loss")


def test_the_example_of_the_documents_works(tmp_path, monkeypatch, capsys):
    from nnsim.cli import execute

    text = (Path(__file__).parents[2] / "docs" / "own-parts.md").read_text("utf-8")
    project, code, scenario = re.findall(r"```\w+\n(.*?)```", text, re.DOTALL)
    (tmp_path / "my_parts.py").write_text(code)
    groups = tomllib.loads(project)["project"]["entry-points"]
    entries = "".join(
        f"[{group}]\n{kind} = {place}\n" for group, one in groups.items() for kind, place in one.items()
    )
    (tmp_path / "my_parts-1.0.dist-info").mkdir()
    (tmp_path / "my_parts-1.0.dist-info" / "entry_points.txt").write_text(entries)
    (tmp_path / "my.toml").write_text(scenario)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_parts", raising=False)
    plan = read_scenario(tmp_path / "my.toml").plan()
    families = {next(iter(family.values())).group for family in FAMILIES.values()} - {""}
    assert set(groups) == families
    named = {
        "nnsim.losses": plan.loss,
        "nnsim.activations": plan.network.layers[0].activation,
        "nnsim.initializers": plan.initializer,
        "nnsim.optimizers": plan.optimizer,
        "nnsim.schedules": plan.schedule,
        "nnsim.data": plan.data,
    }
    for group, part in named.items():
        assert groups[group] == {kind_of(part): f"my_parts:{type(part).__name__}"}
    run = Run(read_scenario(tmp_path / "my.toml"))
    run.advance(run.timeline.plan.steps)
    first, last = (run.timeline.series["loss"].at_step(step) for step in (1, run.timeline.length))
    assert last < first
    assert execute(["gradcheck", str(tmp_path / "my.toml")]) == 0
    assert "main: ok" in capsys.readouterr().out


def test_a_package_made_before_there_was_a_stable_module_is_installed_and_runs_unchanged(tmp_path, monkeypatch):
    """The example as the documents had it, built as a wheel, installed beside nnsim, and named by a scenario."""
    source = tmp_path / "source"
    shutil.copytree(Path(__file__).parent / "own_parts_package", source)
    monkeypatch.chdir(source)  # a build backend works on the current folder (PEP 517)
    site = tmp_path / "site"
    with ZipFile(tmp_path / build_wheel(str(tmp_path))) as wheel:
        assert "my_parts.py" in wheel.namelist()
        wheel.extractall(site)
    done = subprocess.run(
        [sys.executable, "-m", "nnsim", "run", source / "my.toml", "--epochs", "5", "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(Path(__file__).parents[2])))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["epochs"] == 5


def test_the_stable_module_has_the_base_class_of_every_family():
    for family in FAMILIES.values():
        bases = {
            base
            for part in family.values()
            for base in part.__mro__
            if base.__name__ in plugin.__all__ and part.group
        }
        assert bases or not any(part.group for part in family.values())
    assert all(hasattr(plugin, name) for name in plugin.__all__)
