"""What the narrator says of real runs is true, stands for a while, and names what matters most."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nnsim.logs.run_set import RunSet
from nnsim.narration.commentary import Teller, _gradients, narrate, next_reported, reported_step
from nnsim.narration.trend_of_points import trend_of_points
from nnsim.scenario.scenario import parse_scenario, read_scenario
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from nnsim.timeline.series import Series

STRAIGHT = """title = "t"
summary = "s"
[data]
kind = "plane"
n = 40
noise = 0.3
[model]
output = "linear"
[train]
validation = 0.2
batch_size = 4
epochs = 150
[schedule]
kind = "constant"
rate = 0.003
"""


@pytest.fixture
def told(scenario):
    """What is said of a scenario's run after so many epochs."""

    def tell(name, epochs, variant=None, settings=None):
        run = Run(scenario(name), variant, settings)
        run.advance_to(epochs * run.timeline.steps_per_epoch)
        return narrate(run.timeline, run.timeline.length)

    return tell


def test_the_plateau_is_called_one_and_the_way_off_it_is_not(told):
    stays = told("xor-plateau", 10_000)
    assert stays.kinds[0] == "plateau"
    assert stays.text.startswith("Loss 0.125, on a plateau: less than 1 % of change in the last")
    assert "2 of 4 answers are wrong" in stays.text
    leaves = told("xor-plateau", 300, "escapes")
    assert leaves.kinds[:2] == ("falling", "all right")
    assert "all 4 answers are right" in leaves.text


def test_too_fast_is_rising_then_diverging_and_exploding(told):
    assert told("linear-regression", 5, "too-fast").kinds == ("rising",)
    late = told("linear-regression", 60, "too-fast")
    assert late.kinds == ("diverging", "exploding")
    assert "rising about 15 % an epoch" in late.text


def test_a_run_that_stopped_at_infinity_has_diverged(small_scenario):
    run = Run(small_scenario('[model]\noutput = "linear"\n[schedule]\nkind = "constant"\nrate = 50.0\n'))
    run.advance_to(10_000)
    found = narrate(run.timeline, run.timeline.length)
    assert found.kinds == ("diverged",)
    assert "try a smaller learning rate than 50" in found.text
    assert narrate(run.timeline, 20).kinds[0] == "diverging"


def test_the_articles_run_ends_with_one_answer_wrong(told):
    end = told("xor", 10_000)
    assert end.kinds == ("falling", "1 wrong", "end")
    assert end.text.startswith("Loss 0.17, falling about 1 % in 1,000 epochs; 1 of 4 answers is wrong")


def test_gradient_descent_at_the_exact_answer_has_settled(told):
    end = told("linear-regression", 200, "steady")
    assert end.kinds == ("settled", "end")
    assert end.text.startswith("Loss 0.0304, settled")


def test_a_rate_of_falling_is_the_rate_of_the_losses(told, scenario):
    run = Run(scenario("linear-regression"), "zigzag")
    run.advance_to(9)
    before, after = (run.timeline.record(step)["loss"] for step in (8, 9))
    assert 1 - after / before == pytest.approx(0.15, abs=0.02)
    assert "falling about 15 % an epoch" in narrate(run.timeline, 9).text


def test_nothing_trained_and_the_first_steps(told):
    assert told("xor", 0).kinds == ("start",)
    assert told("xor", 1).text.startswith("The loss starts at 0.55")


def test_a_deep_sigmoid_network_has_vanishing_gradients(small_scenario):
    run = Run(small_scenario("[model]\nhidden = [4, 4, 4, 4, 4]\n"))
    run.advance_to(8)
    norms = run.timeline.record(8)
    ratio = norms["gradient:layer6"] / norms["gradient:layer1"]
    assert ratio > 100
    found = narrate(run.timeline, 8)
    assert "vanishing" in found.kinds
    assert f"layer 1's gradient is {float(f'{ratio:.1g}'):,.0f} times smaller than layer 6's" in found.text


def test_a_gradient_below_1e_7_is_vanishing_unless_all_is_learnt(small_scenario):
    zeros = '[model]\nhidden = [4]\nbias = false\ninitializer = "zeros"\n'
    run = Run(small_scenario(zeros))
    run.advance_to(20)
    assert run.timeline.record(20)["gradient:layer1"] < 1e-7
    told = narrate(run.timeline, 20)  # no layer has a gradient: it is not that the first ones get none
    assert told.kinds[:2] == ("plateau", "flat")
    assert "no layer's gradient is above 0: a minimum, or a flat place" in told.text
    norms = {"gradient:layer1": 3e-8, "gradient:layer2": 2e-6}
    series = {name: Series(name) for name in norms}
    for name, norm in norms.items():
        series[name].append(np.array([norm]))
    timeline = SimpleNamespace(layers=("layer1", "layer2"), series=series, steps_per_epoch=1, plan=run.trainer.plan)
    assert _gradients(timeline, 1, "steady") == ("vanishing", "layer 1's gradient is 3e-8: vanishing")
    assert _gradients(timeline, 1, "falling") is None  # it does its work


def overfitting_run(small_scenario):
    run = Run(small_scenario(
        '[model]\nhidden = [12]\nactivation = "tanh"\n[train]\nvalidation = 0.5\n'
        '[schedule]\nkind = "constant"\nrate = 1.0\n',
    ), None, {"data.bits": 4})  # fmt: skip
    run.advance_to(1000)
    return run


def test_validation_that_rises_while_training_falls_is_overfitting(small_scenario):
    run = overfitting_run(small_scenario)
    validation = run.timeline.series["validation_loss"].values(0, 1000)
    assert validation[-1] > 1.05 * validation.min()
    found = narrate(run.timeline, 1000)
    assert "overfitting" in found.kinds
    lowest = int(validation.argmin()) + 1
    epoch = int(found.text.split("near epoch ")[1].split(":")[0].replace(",", ""))
    assert abs(epoch - lowest) <= 1000 / 64 + 8
    assert "overfitting" not in narrate(run.timeline, max(lowest // 2, 8)).kinds


def test_a_target_and_a_changed_setting_are_told(small_scenario):
    run = Run(small_scenario("[model]\nhidden = [4]\n[train]\ntarget_loss = 0.1\n"
                             '[schedule]\nkind = "constant"\nrate = 3.0\n'))  # fmt: skip
    run.advance_to(50)
    run.change("schedule.rate", 5.0)
    run.advance_to(52)
    assert "schedule.rate = 5.0 since epoch 51" in narrate(run.timeline, 52).text
    assert "changed" not in narrate(run.timeline, 50 - 1).kinds
    run.advance_to(10_000)
    assert run.timeline.stop.reason == "target"
    assert "the target is reached: loss reached 0.1" in narrate(run.timeline, run.timeline.length).text
    assert "changed" not in narrate(run.timeline, run.timeline.length).kinds


def test_mini_batches_tell_a_share_and_a_stop_by_hand(small_scenario):
    run = Run(small_scenario("[train]\nbatch_size = 2\nepochs = 100\n"), None, {"data.bits": 5})
    run.advance_to(500)
    run.interrupt()
    found = narrate(run.timeline, 500)
    assert "% of the answers are wrong" in found.text
    assert "stopped" in found.kinds


def test_steps_are_told_at_most_a_thirty_second_back_and_each_next_is_later():
    for step in [*range(1, 200), 1000, 12345, 999_999]:
        assert step * 31 / 32 <= reported_step(step) <= step < next_reported(step)
        assert reported_step(next_reported(step)) == next_reported(step)


def test_figures_do_not_flicker(scenario):
    run = Run(scenario("parity-4bit"))
    run.advance_to(2000)
    texts = [narrate(run.timeline, step).text for step in range(1000, 2000)]
    assert sum(a != b for a, b in pairwise(texts)) <= 64


def test_a_story_is_the_same_however_often_it_is_asked_for(scenario):
    def story(pieces):
        run = Run(scenario("xor"))
        teller, found = Teller(run.timeline), []
        for step in pieces:
            run.advance_to(step)
            found += teller.news()
        return found + list(teller.ending())

    often, once = story(range(0, 10_001, 37)), story([10_000])
    assert [(step, one.text) for step, one in once[:-1]] == [
        (step, one.text) for step, one in often[: len(once) - 1]
    ]
    assert {1, 10, 100, 1000, 10_000} <= {step for step, _ in once}
    assert len(once) < 30


def test_no_pace_is_told_in_more_epochs_than_were_trained(scenario):
    run = Run(scenario("xor"), "article")
    run.advance_to(30)
    assert "falling about 1 % in 10 epochs" in narrate(run.timeline, 20).text
    assert "falling about 0.5 % an epoch" in narrate(run.timeline, 8).text


def test_a_story_does_not_flip_back_and_forth_where_the_loss_just_falls(scenario):
    run = Run(scenario("xor"), "article")
    run.advance_to(30)
    losses = run.timeline.series["loss"].values(0, 30)
    assert all(after < before for before, after in pairwise(losses))
    kinds = [narrate(run.timeline, step).kinds[0] for step in range(2, 31)]
    assert [one for one, after in pairwise([*kinds, ""]) if one != after] == ["falling", "steady", "plateau"]


def test_a_setting_is_in_force_since_the_step_that_the_message_names(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nbatch_size = 2\nepochs = 20\n"))
    session.focused.run.advance_to(13)  # of 2 a batch: in the middle of epoch 7
    session.motion.head_for(Cursor(13))
    assert session.editor.change("schedule.rate", 0.5) == "schedule.rate = 0.5 from step 14 on"
    session.focused.run.advance_to(14)
    assert "schedule.rate = 0.5 since epoch 7" in narrate(session.focused.timeline, 14).text
    session.motion.head_for(Cursor(14))
    session.editor.change("schedule.rate", 0.7)
    assert "schedule.rate = 0.7 since epoch 8" in narrate(session.focused.timeline, 14).text


def test_batches_of_one_that_come_down_in_the_end_are_not_called_diverging(scenario):
    for seed in (3, 4, 5):
        run = Run(scenario("playground-circle"), None, {"train.batch_size": 1, "random.seed": seed})
        run.advance_to(run.trainer.plan.steps)
        teller = Teller(run.timeline)
        kinds = {kind for _, narration in teller.ending() for kind in narration.kinds}
        assert not kinds & {"diverging", "exploding", "vanishing"}, (seed, kinds)


def test_at_most_one_sentence_an_epoch(scenario):
    run = Run(scenario("playground-circle"), None, {"train.batch_size": 1})
    run.advance_to(run.trainer.plan.steps)
    steps = [step for step, _ in Teller(run.timeline).ending()]
    epochs = [step // run.timeline.steps_per_epoch for step in steps]
    assert all(step % run.timeline.steps_per_epoch == 0 for step in steps)
    assert len(set(epochs)) == len(epochs) < 30


def test_a_lucky_validation_is_not_what_overfitting_is_measured_by():
    for seed in range(60, 66):
        run = Run(parse_scenario(STRAIGHT, name="plane", source="plane"), None, {"random.seed": seed})
        run.advance_to(run.trainer.plan.steps)
        kinds = {kind for _, narration in Teller(run.timeline).ending() for kind in narration.kinds}
        assert "overfitting" not in kinds, seed


def test_units_that_are_dead_are_called_so_and_not_a_minimum():
    run = Run(read_scenario(Path(__file__).parents[1] / "diagnosis/cases/dead-relu.toml"), "relu")
    run.advance_to(20)
    told = narrate(run.timeline, 20)
    assert "dead" in told.kinds
    assert "units answer 0 to every row" in told.text


def test_the_advice_names_inputs_that_are_not_scaled_first():
    run = Run(read_scenario(Path(__file__).parents[1] / "diagnosis/cases/no-hint-to-standardize.toml"), "asked")
    run.advance_to(run.trainer.plan.steps)
    advice = run.timeline.stop.message.partition(": ")[2]
    assert advice.startswith(
        "the inputs are not scaled (up to 51.5): try data.standardize = true first; else try a"
    )


def test_a_short_log_of_another_program_is_told_of_its_last_epoch(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n" + "".join(f"{epoch},{0.8**epoch}\n" for epoch in range(12)))
    log = Session.of_runs(RunSet([path])).tracks[0].log
    assert trend_of_points(log, 11) == ("falling", "loss 0.086, falling about 20 % over the last epoch")
    path.write_text("epoch,loss\n" + "".join(f"{epoch},{0.8**epoch}\n" for epoch in range(16)))
    log = Session.of_runs(RunSet([path])).tracks[0].log
    assert trend_of_points(log, 15)[1].endswith("over the last 3 epochs")
