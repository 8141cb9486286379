"""What a page says of its stage is read, or refused in one line that names what is allowed."""

import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.lesson_reach import beyond_the_end
from nnsim.scenario.lesson_stage import StageMark
from nnsim.scenario.places import Position

PAGE = '[[lesson]]\ntext = "One."\n'


def test_a_stage_is_read_and_pages_without_one_keep_the_last(small_scenario):
    pages = 'show = ["gradients", "loss"]\nrun = "main"\ncursor = "epoch 12"\nmark = { layer = "layer1" }\n'
    lesson = small_scenario(f"{PAGE}{PAGE}{pages}{PAGE}").lesson
    stage = lesson.parts[1].stage
    assert (stage.show, stage.run, stage.mark) == (("gradients", "loss"), "main", StageMark("layer1"))
    assert stage.cursor == Position("epoch 12", "epoch", 12)
    assert [lesson.shown(page) for page in range(4)] == [(), stage.show, stage.show, stage.show]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('show = ["los"]', "lesson[0].show: 'los' is no pane, did you mean 'loss'? (allowed: loss, gradients"),
        ('show = ["lesson"]', "lesson[0].show: lesson stands on every stage"),
        ('show = ["loss", "loss"]', "lesson[0].show: ['loss', 'loss'] (allowed: 1 to 3 different panes)"),
        ('show = ["loss", "best", "gap", "data"]', "(allowed: 1 to 3 different panes)"),
        ('run = "adamm"', "lesson[0].run: 'adamm' is not there (allowed: main)"),
        ('cursor = "epcoh 3"', "lesson[0].cursor: 'epcoh 3': is no place"),
        ('cursor = "grad:layer9<1"', "lesson[0].cursor: 'layer9' is not there"),
        ("mark = {}", "lesson[0].mark: {} (allowed: one of layer, point and key)"),
        ('mark = { layer = "layer1", point = 1 }', "(allowed: one of layer, point and key)"),
        ('mark = { layer = "layer7" }', "lesson[0].mark.layer: 'layer7' is not there"),
        ("mark = { point = 5 }", "lesson[0].mark.point: 5 is no row (allowed: 1 to 4)"),
        ('mark = { key = "ctrl+alt+x" }', "lesson[0].mark.key: 'ctrl+alt+x' is no key (allowed: "),
        ('mark = { pane = "loss" }', "lesson[0].mark.pane: unknown key"),
    ],
)
def test_a_stage_that_cannot_be_is_refused_with_what_is_allowed(small_scenario, wrong, told):
    with pytest.raises(ScenarioError) as refused:
        small_scenario(f"{PAGE}{wrong}\n")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_cursor_beyond_the_end_is_named(small_scenario):
    text = f'[train]\nepochs = 20\n{PAGE}cursor = "epoch 21"\n'
    (told,) = beyond_the_end(small_scenario(text))
    assert told == "lesson[0].cursor: epoch 21 lies beyond the end of the run (allowed: epoch 0 to 20)"
