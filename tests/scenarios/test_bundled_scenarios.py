"""Every scenario that comes with nnsim loads, and each of its variants runs."""

import re
from itertools import pairwise

import numpy as np
import pytest
from shared import bundled

from nnsim.scenario.lesson_reach import beyond_the_end
from nnsim.scenario.scenario import sweep_settings
from nnsim.session.track import Track
from nnsim.session.view import View
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from scenarios import names
from screens.panes import PANES

FIVE = ["linear-regression", "parity-4bit", "random-search-vs-gradient-descent", "xor", "xor-plateau"]


def test_all_five_are_there():
    assert set(FIVE) <= set(names())


@pytest.mark.parametrize("name", names())
def test_it_loads_and_every_variant_trains_and_is_recorded(name):
    scenario = bundled(name)
    assert "lesson" in scenario.panes[:4], "in a terminal of 80x24 it is folded away"
    assert beyond_the_end(scenario) == []
    runs = []
    for variant in scenario.variants:
        for settings in sweep_settings(scenario):
            run = Run(scenario, variant.name, settings)
            steps = 50 if run.timeline.plan.network.size < 10_000 else 5  # which take seconds
            run.advance_to(steps)
            assert run.timeline.length == steps
            loss = run.timeline.series["loss"].values(0, steps)
            assert np.isfinite(loss).all()
            assert len(set(loss)) > 1, "nothing changes"
            runs.append(run)
    opened = View(tuple(Track(run.timeline, run, 0) for run in runs), 0, Cursor(1))
    assert {pane: PANES[pane].why_not(opened) for pane in scenario.panes} == dict.fromkeys(scenario.panes)


@pytest.mark.parametrize("name", names())
def test_no_number_in_a_sentence_becomes_a_list(name):
    lines = bundled(name).lesson.text.splitlines()
    for before, line in pairwise(lines):
        assert not re.match(r"\d+[.)] ", line) or not before or re.match(r"\d+[.)] ", before), line


@pytest.mark.parametrize("name", FIVE)
def test_its_texts_fit_a_terminal(name):
    scenario = bundled(name)
    assert len(scenario.title) <= 45
    assert len(scenario.summary) <= 110
    if len(scenario.variants) > 1 and scenario.sweep is None:
        assert all(f"`{variant.name}`" in scenario.lesson.text for variant in scenario.variants[1:])


@pytest.mark.parametrize("name", sorted(set(names()) - set(FIVE)))
def test_the_texts_of_the_others_are_short(name):
    scenario = bundled(name)
    assert len(scenario.title) <= 45
    assert len(scenario.summary) <= 110
    lines = [line for line in scenario.lesson.text.splitlines() if line]
    assert 10 <= len(lines) <= 40
    assert max(map(len, lines)) <= 120
    assert lines[0].startswith("# ")
