"""What a lesson says is so: every number in its text is computed here, or named as a setting of the run."""

import numpy as np
import pytest
from lesson_figures import check, first_below, loss, losses, right
from plain_networks import FOUR_BITS, XOR, answers, parity, train_many, train_one
from shared import bundled

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.loss_gap import best_at, gap_table
from nnsim.analysis.loss_grid import batched_losses
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer


@pytest.fixture(scope="session")
def xor_starts():
    """Hidden weights and right answers of 50 starts, without and with biases."""
    without, answered = train_many(XOR, range(50), 10000, hidden=2, bias=False)
    _, answered_with = train_many(XOR, range(50), 10000, hidden=2, bias=True)
    targets = parity(XOR)[:, 0] > 0.5
    return without, (answered > 0.5) == targets, (answered_with > 0.5) == targets


def test_xor(trained, xor_starts):
    run = trained("xor", "article")
    replica = Replica(run.timeline)
    end = run.trainer.predict(XOR)[:, 0]
    first, second = run.timeline.plan.network.layers
    hidden, output = first.weights(run.trainer.parameters), second.weights(run.trainer.parameters)[:, 0]
    assert losses(run)[19:100] == pytest.approx(0.5, abs=0.002)  # "rests near 0.5 at first"

    # Without biases the hidden units answer 0.5 to 0 0 whatever their weights; the output weights decide alone.
    assert replica.at(9999, 1).entered.layers[0].outputs[:, 0].tolist() == [0.5, 0.5]
    assert end[0] == pytest.approx(1 / (1 + np.exp(-output.sum() / 2)), rel=1e-12)
    # All hidden weights are negative, both units silent for 1 1, and the one with the negative weight more so.
    assert (hidden < 0).all()
    sums = hidden.sum(axis=0)
    silent = 1 / (1 + np.exp(-sums))
    assert (silent < 0.02).all()
    assert output[0] < 0 < output[1]
    assert silent[0] < silent[1]
    assert output @ silent > 0

    longer = trained("xor", "article", {"train.epochs": 20000})
    mended = trained("xor", "biases")
    assert right(mended).all()
    hidden_weights, without, with_biases = xor_starts
    solved = without.all(axis=1)
    assert (solved == (hidden_weights > 0).all(axis=(1, 2))).all()  # "exactly those"
    stuck = with_biases[~with_biases.all(axis=1)]
    assert (stuck.sum(axis=1) == 2).all()
    for seed in (0, 1, 3, 8):  # the fifty starts above are trained without nnsim; it agrees
        one = trained("xor", "article", {"random.seed": seed})
        assert right(one)[:, 0].tolist() == without[seed].tolist()

    # Turned round, a solution is the same with its output weights negated: neither easier nor harder.
    w0, w1 = np.array(hidden), output[:, None]
    assert answers(XOR, w0, -w1) == pytest.approx(1 - answers(XOR, w0, w1))

    check(
        "xor",
        [
            f"{loss(run, 1):.3f}",
            f"{loss(run, 1000):.3f}",
            f"{loss(run, 10000):.3f}",
            *(f"{answer:.3f}" for answer in end),
            f"{replica.at(1000).predict(XOR)[3, 0]:.3f}",
            f"{longer.trainer.predict(XOR)[3, 0]:.3f}",
            *(f"{weight:.1f}" for weight in output),
            *(f"{one:.1f}" for one in sums),
            f"{run.timeline.plan.network.size}",
            f"{solved.sum()}",
            f"{mended.trainer.predict(XOR)[3, 0]:.3f}",
            f"{with_biases.all(axis=1).sum()}",
            f"{len(stuck)}",
        ],
        "0 1 -1 0.5 200 1,000 10,000 20,000 49 50",
    )


def test_xor_plateau(trained):
    stays = trained("xor-plateau", "tutorial")
    leaves = trained("xor-plateau", "escapes")
    replica = Replica(stays.timeline)
    predictions = stays.trainer.predict(XOR)
    hidden = np.stack([replica.at(epoch, 1).entered.layers[0].outputs.copy() for epoch in range(0, 10000, 333)])
    gradient = stays.timeline.series["gradient:layer1"]
    assert hidden.min() > 0.47
    assert hidden.max() < 0.61

    # The best straight function: least squares gives slopes 0, and 0.5 for everything.
    straight = np.linalg.lstsq(np.hstack([XOR, np.ones((4, 1))]), parity(XOR), rcond=None)[0][:, 0]
    assert straight == pytest.approx([0, 0, 0.5])
    plateau = np.mean((0.5 - parity(XOR)) ** 2) / 2

    # Ten times the rate walks the same way ten times as fast.
    faster = trained("xor-plateau", "larger-rate")
    assert losses(faster)[100:1000:100] == pytest.approx(losses(stays)[1000:10000:1000], abs=1e-7)
    longer = trained("xor-plateau", "tutorial", {"train.epochs": 20000})
    assert first_below(longer, 0.12) == pytest.approx(10 * first_below(faster, 0.12), rel=0.01)

    # From zeros nothing ever moves: the gradient is exactly 0.
    zeros = trained("xor-plateau", "tutorial", {"model.initializer": "zeros", "train.epochs": 100})
    assert not zeros.trainer.parameters.any()
    assert zeros.timeline.record(100)["gradient:layer1"] == zeros.timeline.record(100)["gradient:layer2"] == 0.0

    others = [trained("xor-plateau", "tutorial", {"random.seed": seed}) for seed in (1, 2)]
    check(
        "xor-plateau",
        [
            f"{loss(stays, 1):.4f}",
            f"{loss(stays, 1000):.4f}",
            f"{loss(stays, 10000):.4f}",
            f"{predictions.min():.3f}",
            f"{predictions.max():.3f}",
            f"{gradient.at_step(1):.5f}",
            f"{gradient.at_step(100):.6f}",
            f"{stays.timeline.plan.network.size}",
            f"{first_below(leaves, 0.12)}",
            f"{loss(leaves, 1000):.4f}",
            f"{loss(leaves, 10000):.6f}",
            f"{plateau:.3f}",
            f"{first_below(trained('xor-plateau', 'larger-weights'), 0.12)}",
            f"{first_below(faster, 0.12):,}",
            f"{first_below(longer, 0.12):,}",
            f"{loss(longer, 20000):.3f}",
            *(f"{loss(one, 10000):.5f}" for one in others),
        ],
        "0 1 2 5 100 1,000 5,000 10,000 18,000 20000 0.1 0.12 0.125 0.5 0.47 0.61",
    )
    assert [f"{deviation:g}" for deviation in (0.1, 1.0)] == [
        f"{one.timeline.plan.initializer.deviation:g}" for one in (stays, leaves)
    ]


def test_parity(trained):
    run = trained("parity-4bit", "article")
    targets = parity(FOUR_BITS)[:, 0]
    end = run.trainer.predict(FOUR_BITS)[:, 0]
    errors = np.abs(end - targets)
    wrong = int(np.argmax(errors))
    assert (right(run).sum(), f"{wrong:04b}", targets[wrong]) == (15, "1101", 1)
    assert np.delete(errors, wrong).max() < 0.05
    accuracy = run.timeline.series["accuracy"].values(0, 10000)
    reached = int(np.flatnonzero(accuracy != 15 / 16)[-1]) + 2
    slope = end[wrong] * (1 - end[wrong])
    hidden = Replica(run.timeline).at(9999, 1).entered.layers[0].outputs[:, wrong]
    assert int(np.argmax(hidden)) == 1
    assert np.delete(hidden, 1).max() < 0.01
    output = run.timeline.plan.network.layers[1].weights(run.trainer.parameters)[1, 0]

    with_biases, eight = trained("parity-4bit", "biases"), trained("parity-4bit", "eight-units")
    assert np.flatnonzero(~right(with_biases)[:, 0]).tolist() == [wrong]
    assert right(eight).all()
    in_all = eight.timeline.series["accuracy"].values(0, 10000) == 1
    _, from_eight = train_many(FOUR_BITS, range(8), 10000, hidden=8, bias=True)
    assert ((from_eight > 0.5) == (targets > 0.5)).all()
    _, from_four = train_many(FOUR_BITS, range(20), 10000, hidden=4, bias=False)
    counts = ((from_four > 0.5) == (targets > 0.5)).sum(axis=1)
    assert set(counts) == {14, 15, 16}

    near = answers(FOUR_BITS, *train_one(FOUR_BITS, 1, 10000, 4, first_weight_moved_by=0.01))
    assert 0.0001 < np.abs(near - end).max() < 0.0002
    far = answers(FOUR_BITS, *train_one(FOUR_BITS, 1, 10000, 4, first_weight_moved_by=0.1))
    assert np.flatnonzero((far > 0.5) != (targets > 0.5)).tolist() == [0b1011]

    other_loss = trained("parity-4bit", "article", {"loss": "binary-cross-entropy"})
    answer = other_loss.trainer.predict(FOUR_BITS)[wrong, 0]
    check(
        "parity-4bit",
        [
            f"{loss(run, 1):.2f}",
            f"{np.sum((0.5 - targets) ** 2) / 2:.1f}",
            f"{loss(run, 10):.3f}",
            f"{loss(run, 1000):.3f}",
            f"{first_below(run, 1.9):,}",
            f"{first_below(run, 1.0):,}",
            f"{loss(run, 10000):.3f}",
            f"{reached:,}",
            f"{wrong:04b}",
            f"{end[wrong]:.5f}",
            f"{slope:.5f}",
            f"{errors[wrong] ** 2 / 2:.5f}",
            f"{hidden[1]:.3f}",
            f"{output:.1f}",
            f"{with_biases.trainer.predict(FOUR_BITS)[wrong, 0]:.2f}",
            f"{int(np.argmax(in_all)) + 1:,}",
            f"{(counts == 16).sum()}",
            f"{(counts == 15).sum()}",
            f"{(counts == 14).sum()}",
            f"{answer:.3f}",
            f"{run.timeline.plan.network.size}",
        ],
        "0 1 -1 2 4 7 10 14 15 16 19 20 0.01 0.05 0.1 0.5 0.0002 1.0 1.9 1,000 10,000 1011",
    )


def test_linear_regression(trained):
    run, zigzag, too_fast = (trained("linear-regression", name) for name in ("steady", "zigzag", "too-fast"))
    exact = least_squares(run.timeline.plan)
    low, high = exact.curvatures
    start = run.timeline.checkpoints.before(0).parameters
    assert start[1] == 0.0
    assert np.abs(run.trainer.parameters - exact.parameters).max() < 0.0001
    assert exact.parameters.min() > 0.95
    assert exact.parameters.max() < 1.05
    gap = {one: one.trainer.evaluate().loss - exact.loss for one in (run, zigzag)}
    assert 0 <= gap[zigzag] < gap[run]
    assert loss(zigzag, 20) > loss(run, 20)
    assert (np.diff(losses(too_fast)) > 0).all()
    assert loss(too_fast, 200) == pytest.approx(248e12, rel=0.002)

    # Just below the limit it comes nearer, just above it goes away.
    limit = float(2.0 / exact.curvatures[-1])
    for rate, nearer in ((limit - 0.001, True), (limit + 0.001, False)):
        one = trained("linear-regression", "steady", {"schedule.rate": rate, "train.epochs": 2000})
        assert (loss(one, 2000) < loss(one, 100)) == nearer
    ever = trained("linear-regression", "steady", {"schedule.rate": 0.25, "train.epochs": 2000})
    assert loss(ever, 2000) == pytest.approx(loss(ever, 1000), rel=1e-9)  # between the same two lines for ever
    stopped = trained("linear-regression", "too-fast", {"schedule.rate": 0.5, "train.epochs": 1000})
    assert stopped.timeline.stop.reason == "diverged"
    assert "gradient" in stopped.timeline.stop.message

    # With the mean taken from every x the bowl is round, and rate 1 / 2 lands in one step.
    plan = run.timeline.plan
    x = (plan.examples.inputs - plan.examples.inputs.mean()).tolist()
    text = (
        f'title = "t"\nsummary = "s"\n[data]\nkind = "table"\ninputs = {x}\n'
        f'targets = {plan.examples.targets.tolist()}\n[model]\noutput = "linear"\n[schedule]\nkind = "constant"\n'
        "rate = 0.5"
    )
    centred = Run(parse_scenario(text, name="t", source="t"))
    round_bowl = least_squares(centred.timeline.plan)
    centred.advance(1)
    assert round_bowl.curvatures == pytest.approx([2, 2])
    assert centred.trainer.parameters == pytest.approx(round_bowl.parameters)

    assert 1.0 - 0.24 * high < 0  # each jump goes back

    figures = [f"{value:.4f}" for value in (*exact.parameters, exact.loss)]
    assert figures == ["1.0143", "1.0071", "0.0304"]
    check(
        "linear-regression",
        [
            *figures,
            f"{start[0]:.2f}",
            f"{loss(run, 1):.2f}",
            f"{loss(run, 2):.2f}",
            f"{loss(run, 3):.2f}",
            f"{loss(run, 10):.2f}",
            f"{loss(run, 20):.3f}",
            f"{loss(run, 50):.3f}",
            f"{high:.0f}",
            f"{low:.1f}",
            *(
                f"{abs(factor):.3g}"
                for factor in (
                    (1.0 - 0.1 * exact.curvatures)[0],
                    *(1.0 - 0.24 * exact.curvatures),
                    (1.0 - 0.26 * exact.curvatures)[1],
                )
            ),
            f"{loss(zigzag, 20):.3f}",
            *(f"{loss(too_fast, epoch):.1f}" for epoch in (1, 2, 3)),
            f"{loss(too_fast, 200) / 1e12:.0f}",
            f"{limit:g}",
            f"{stopped.timeline.stop.step}",
            f"{plan.examples.inputs.mean():g}",
        ],
        "0 1 2 10 16 20 45 50 200 0.0001 0.1 0.15 0.24 0.26 0.5 1000",
    )


def test_random_search(trained):
    name = "random-search-vs-gradient-descent"
    scenario = bundled(name)
    hidden = scenario.sweep.values
    budget = 9000
    guesses, ratios = {}, np.empty((5, 4))
    for seed in range(5):
        for column, value in enumerate(hidden):
            plan = scenario.plan("random-search", {"model.hidden": value, "random.seed": seed})
            # The guesses of a run, drawn in one go from its stream of random numbers, and judged in one go.
            drawn = plan.generators()[2].uniform(-3.0, 3.0, (budget, plan.network.size))
            features = Trainer(plan).prepare(plan.examples.inputs).T
            guesses[seed, plan.network.size] = batched_losses(plan, features, plan.examples.targets.T, drawn)
            descent = trained(name, "gradient-descent", {"model.hidden": value, "random.seed": seed}).timeline
            assert descent.forward_passes(descent.length) == budget
            ratios[seed, column] = guesses[seed, plan.network.size].min() / best_at(descent, 3000)
    assert (np.diff(np.median(ratios, axis=0)) > 0).all()
    assert ratios[:, 1:].min() > 4.7
    assert ratios[:, 0].max() < 1.006
    climbing = trained(name, "random-search", {"model.hidden": [33], "solver.kind": "hill-climbing"})
    assert best_at(climbing.timeline, 3000) < 0.02

    seed = scenario.plan().seed
    table = gap_table(
        [
            trained(name, variant, {"model.hidden": value}).timeline
            for value in hidden
            for variant in ("gradient-descent", "random-search")
        ],
        budget,
    )
    for row in table:
        assert row.best["random-search"] == pytest.approx(guesses[seed, row.parameters].min(), rel=1e-12)
    line = trained(name, "gradient-descent", {"model.hidden": []}).timeline
    early = {"descent": best_at(line, 10), "guessing": guesses[seed, 2][:30].min()}
    assert early["guessing"] < early["descent"]
    nothing = float((scenario.plan().examples.targets ** 2).mean())
    many = guesses[seed, 100]
    assert many[: 3 * 100].min() > nothing > many[: 3 * 300].min()
    narrower = trained(name, "random-search", {"model.hidden": [33], "solver.low": -2.0, "solver.high": 2.0})
    best = best_at(narrower.timeline, 9000)

    check(
        name,
        [
            *(f"{row.parameters}" for row in table),
            *(f"{row.best[variant]:.4f}" for row in table for variant in ("gradient-descent", "random-search")),
            *(
                f"{row.ratio['random-search']:{form}}"
                for row, form in zip(table, (".3f", ".1f", ".0f", ".0f"), strict=True)
            ),
            *(f"{best:.3f}" for best in early.values()),
            f"{many[:30].min():.1f}",
            f"{nothing:.3f}",
            *(
                f"{middle:{form}}"
                for middle, form in zip(np.median(ratios, axis=0), (".3f", ".1f", ".1f", ".0f"), strict=True)
            ),
            *(f"{ratio:.0f}" for ratio in (ratios[:, 3].min(), ratios[:, 3].max())),
            f"{10**7:,}",
            f"{len(str(10**100))}",
            f"{best:.3f}",
            f"{best / table[3].best['gradient-descent']:.0f}",
            f"{scenario.plan().examples.rows}",
            f"{scenario.plan('random-search').solver.low:g}",
            f"{scenario.plan('random-search').solver.high:g}",
        ],
        "0 1 -1 2 8 33 4 10 30 100 3,000 9,000 0.02 -2 10^80",
    )
