"""Titles of panes: what gives way first."""

import pytest
from textual.geometry import Size

from nnsim.session.session import Session
from screens.panes.loss import LossPane
from screens.panes.pane import run_suffix


def test_a_title_names_what_tells_runs_apart_and_nothing_that_all_share(scenario):
    session = Session.of_scenario(scenario("xor"), settings={"train.epochs": 50})
    assert run_suffix(session.view) == " · article"
    session.motion.focus_on(1)
    assert run_suffix(session.view) == " · biases"
    session.tracks[1].run.advance_to(5)
    session.editor.fork("schedule.rate", 2.0)
    assert run_suffix(session.view) == " · biases · rate 2.0"
    alone = Session.of_scenario(scenario("xor"), "biases", {"train.epochs": 50})
    assert run_suffix(alone) == ""


LONG = ("Loss · gradient-descent · 2 parameters",)

OF_A_UNIT = ("Decision · output class (1/5)", " · hidden · rate 0.05")

OF_A_FORK = ("Gradient per layer", " · hidden · rate 0.05")  # whose beginning is the name of another run

TITLES = [
    (60, LONG, "Loss · gradient-descent · 2 parameters"),
    (38, LONG, "Loss · gradient-descent · 2 par…"),
    (36, LONG, "Loss · gradient-descent"),
    (31, LONG, "Loss · gradient-descent"),
    (24, LONG, "Loss · gradient-d…"),
    (12, LONG, "Loss"),
    (60, OF_A_FORK, "Gradient per layer · hidden · rate 0.05"),
    (40, OF_A_FORK, "Gradient per layer · …rate 0.05"),
    (33, OF_A_FORK, "Gradient per layer · …0.05"),
    (25, OF_A_FORK, "Gradient per layer"),
    (18, OF_A_FORK, "Gradient pe…"),
    (44, OF_A_UNIT, "Decision · outpu… · hidden · rate 0.05"),
    (40, OF_A_UNIT, "Decision · hidden · rate 0.05"),
]


@pytest.mark.parametrize(("width", "parts", "title"), TITLES)
def test_the_end_of_a_title_gives_way_first_and_the_panes_name_never_to_that_of_a_run(
    width, parts, title, monkeypatch
):
    monkeypatch.setattr(LossPane, "outer_size", Size(width, 10))
    shown = LossPane()
    shown.title = parts[0].partition(" · ")[0]
    shown.set_title(*parts)
    assert str(shown.border_title) == title


@pytest.mark.parametrize(("room", "title"), {6: "Loss", 20: "Loss · …rate 0.05"}.items())
def test_a_short_title_is_not_cut_before_the_run_is(room, title, monkeypatch):
    monkeypatch.setattr(LossPane, "outer_size", Size(room + 6, 10))
    shown = LossPane()
    shown.set_title("Loss", " · hidden · rate 0.05")
    assert str(shown.border_title) == title
