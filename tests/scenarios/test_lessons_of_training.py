"""What the lessons about the parts of training say is so: phases, gradients, starts, bends, losses, searches."""

import numpy as np
import pytest
from lesson_figures import check, first_below, loss, losses, right
from shared import bundled

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.loss_gap import best_at
from nnsim.analysis.weight_histograms import unit_counts
from nnsim.errors import ScenarioError
from nnsim.timeline.replica import Replica


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def norm(run, layer, step=1):
    return run.timeline.series[f"gradient:{layer}"].at_step(step)


def four_steps(trained):
    """The whole first step with pencil and paper."""
    run = trained("four-steps", "by-hand")
    x, hidden, output = np.array([1.0, 0.0]), np.array([[0.5, -0.5], [0.3, 0.2]]), np.array([1.0, -1.0])
    sums = x @ hidden
    units = sigmoid(sums)
    total = units @ output
    answer = sigmoid(total)
    delta = (answer - 1.0) * answer * (1.0 - answer)
    back = output * delta * units * (1.0 - units)
    gradient = np.concatenate([np.outer(x, back).ravel(), delta * units])
    first = Replica(run.timeline).at(0, 3)
    assert first.gradient == pytest.approx(gradient, rel=1e-12)
    after = Replica(run.timeline).at(1).parameters
    assert after == pytest.approx(np.concatenate([hidden.ravel(), output]) - gradient)
    assert after[2:4].tolist() == [0.3, 0.2]  # what hangs on the input 0 does not move
    assert loss(run, 1) == pytest.approx((answer - 1.0) ** 2 / 2)
    fast = trained("four-steps", "ten-times")
    assert Replica(fast.timeline).at(0, 3).gradient.tolist() == first.gradient.tolist()
    assert loss(fast, 2) < loss(run, 2)
    return {
        "u1": f"{units[0]:.4f}",
        "u2": f"{units[1]:.4f}",
        "total": f"{total:.4f}",
        "answer": f"{answer:.4f}",
        "loss": f"{loss(run, 1):.4f}",
        "slope": f"{answer * (1 - answer):.4f}",
        "delta": f"{delta:.4f}",
        "g1": f"{gradient[4]:.4f}",
        "g2": f"{gradient[5]:.4f}",
        "back": f"{back[0]:.4f}",
        "w1": f"{after[4]:.4f}",
        "w2": f"{after[5]:.4f}",
        "second": f"{loss(run, 2):.4f}",
        "fast": f"{loss(fast, 2):.4f}",
    }, "1 0 0.5 -0.5 0.3 0.2 -1 2 10 20 0.001"


def vanishing_gradients(trained):
    runs = {
        name: trained("vanishing-gradients", name) for name in ("sigmoid", "tanh", "relu", "batch-norm", "residual")
    }
    stays = runs["sigmoid"]
    shrink = norm(stays, "layer8") / norm(stays, "layer1")
    assert np.ptp(losses(stays)[100:]) < 1e-4
    assert not right(stays).all()
    assert all(right(runs[name]).all() for name in ("tanh", "relu", "batch-norm", "residual"))
    each = shrink ** (1 / 7)
    return {
        "first": f"{norm(stays, 'layer1') * 1e6:.1f}",
        "last": f"{norm(stays, 'layer8'):.2f}",
        "shrink": f"{round(shrink, -3):,.0f}",
        "each": f"{each:.1f}",
        "end": f"{loss(stays, 1000):.3f}",
        "guess": f"{np.log(2):.3f}",
        "relu_below": f"{round(first_below(runs['relu'], 0.1), -1)}",
        "tanh_below": f"{round(first_below(runs['tanh'], 0.1), -1)}",
        "norm_below": f"{round(first_below(runs['batch-norm'], 0.1), -1)}",
        "residual_below": f"{round(first_below(runs['residual'], 0.1), -1)}",
    }, "0 1 8 98 100 400 500 0.25 0.1 1,000 10,000"


def exploding_gradients(trained):
    name = "exploding-gradients"
    clipped, tiny, he = (trained(name, one) for one in ("clipped", "tiny-rate", "he"))
    free = trained(name, "clipped", {"clipping.kind": "none"})
    assert free.timeline.stop.reason == "diverged"
    layers = clipped.timeline.plan.network.layers
    growth = 0.8 * np.sqrt(16 / 2)
    before = np.sqrt(sum(norm(clipped, one.name) ** 2 for one in layers))
    after = np.sqrt(sum(clipped.timeline.series[f"clipped:{one.name}"].at_step(1) ** 2 for one in layers))
    assert after == pytest.approx(1.0, abs=1e-4)
    assert np.isfinite(losses(clipped)).all()
    assert loss(tiny, 1) == loss(clipped, 1)
    return {
        "growth": f"{growth:.2f}",
        "six": f"{growth**6:.0f}",
        "first": f"{round(loss(clipped, 1), -2):,.0f}",
        "norm": f"{round(before, -3):,.0f}",
        "stop": f"{free.timeline.stop.step}",
        "end": f"{loss(clipped, 1000):.1f}",
        "tiny": f"{round(loss(tiny, 1000), -2):,.0f}",
        "he_first": f"{loss(he, 1):.1f}",
        "he_end": f"{loss(he, 1000):.3f}",
        "he_weight": f"{np.sqrt(2 / 16):.2f}",
    }, "1 16 0.1 0.8 1,000"


def initialization(trained):
    name = "initialization"
    runs = {one: trained(name, one) for one in ("xavier", "zeros", "equal", "tiny", "huge", "orthogonal")}
    # That equal units stay alike to the last bit depends on width and processor: nothing is held against it.
    assert loss(runs["equal"], 500) > 0.67
    assert norm(runs["zeros"], "layer1", 500) == 0.0
    saturated = [one.saturated for one in unit_counts(Replica(runs["huge"].timeline).at(0))[:2]]
    assert right(runs["xavier"]).all()
    assert right(runs["orthogonal"]).all()
    share = float(np.mean(right(runs["zeros"])))
    assert float(np.mean(right(runs["tiny"]))) == share
    return {
        "xavier": f"{loss(runs['xavier'], 500):.3f}",
        "orthogonal": f"{loss(runs['orthogonal'], 500):.3f}",
        "zeros": f"{loss(runs['zeros'], 500):.3f}",
        "tiny": f"{loss(runs['tiny'], 500):.3f}",
        "tiny_norm": f"{norm(runs['tiny'], 'layer1'):.5f}",
        "xavier_norm": f"{norm(runs['xavier'], 'layer1'):.2f}",
        "equal": f"{loss(runs['equal'], 500):.3f}",
        "huge_first": f"{loss(runs['huge'], 1):.1f}",
        "huge": f"{loss(runs['huge'], 500):.2f}",
        "saturated": f"{100 * np.mean(saturated):.0f}",
        "share": f"{100 * share:.0f}",
    }, "0 0.5 0.01 5 500 8 4 6 7 9 25"


def activations(trained):
    kinds = ("linear", "sigmoid", "tanh", "relu", "leaky-relu", "elu", "gelu", "softplus")
    runs = {one: trained("activations", one) for one in kinds}
    ends = {one: loss(run, 500) for one, run in runs.items()}
    curved = [one for one in kinds if one not in ("linear", "sigmoid")]
    assert all(right(runs[one]).all() for one in curved)
    linear = runs["linear"].timeline.plan.network.layers
    flat = runs["linear"].trainer.parameters
    product = linear[0].weights(flat) @ linear[1].weights(flat)  # two layers that are one
    bias = linear[0].biases(flat) @ linear[1].weights(flat) + linear[1].biases(flat)
    x = runs["linear"].timeline.plan.examples.inputs
    assert runs["linear"].trainer.predict(x) == pytest.approx(sigmoid(x @ product + bias))
    assert abs(ends["relu"] - ends["leaky-relu"]) < 0.001
    assert min(ends, key=ends.get) == "elu"
    longer = trained("activations", "sigmoid", {"train.epochs": 3000})
    assert right(longer).all()
    return {
        **{one.replace("-", "_"): f"{ends[one]:.3f}" for one in kinds if one != "leaky-relu"},
        "share": f"{100 * np.mean(right(runs['linear'])):.0f}",
        "longer": f"{loss(longer, 3000):.3f}",
    }, "0 8 500 3,000 100"


def losses_lesson(trained):
    runs = {one: trained("losses", one) for one in ("mse", "mae", "huber", "huber-0.1")}
    x, y = (
        one[:, 0] for one in (runs["mse"].timeline.plan.examples.inputs, runs["mse"].timeline.plan.examples.targets)
    )
    w = {one: run.trainer.parameters for one, run in runs.items()}
    assert w["mse"] == pytest.approx(np.polyfit(x, y, 1), abs=1e-6)
    assert w["mae"] == pytest.approx([1.0, 1.0], abs=0.001)
    for one, threshold in (("huber", 1.0), ("huber-0.1", 0.1)):  # at the lowest point the clipped errors cancel
        error = np.clip(w[one][0] * x + w[one][1] - y, -threshold, threshold)
        assert [error.sum(), (error * x).sum()] == pytest.approx([0.0, 0.0], abs=1e-9)
    far = w["mse"] @ [3.5, 1.0]
    low, high = least_squares(runs["mse"].timeline.plan).curvatures
    steep = high / low
    assert losses(runs["mae"]).min() > np.abs(x + 1.0 - y).mean()  # which no line is below
    return {
        "mse_slope": f"{w['mse'][0]:.2f}",
        "mse_intercept": f"{w['mse'][1]:.2f}",
        "far": f"{far:.2f}",
        "squared": f"{4.5**2:.2f}",
        "least": f"{np.abs(x + 1.0 - y).mean():.4f}",
        "huber_slope": f"{w['huber'][0]:.2f}",
        "huber_intercept": f"{w['huber'][1]:.2f}",
        "small_slope": f"{w['huber-0.1'][0]:.2f}",
        "small_intercept": f"{w['huber-0.1'][1]:.2f}",
        "steep": f"{steep:.0f}",
    }, "1 0 0.1 3.5 4.5"


def backprop_vs_finite_differences(trained):
    name = "backprop-vs-finite-differences"
    back, tried = trained(name, "backpropagation"), trained(name, "finite-differences")
    first = [Replica(run.timeline).at(0, 3).gradient.copy() for run in (back, tried)]
    apart = np.abs(first[0] - first[1]).max()
    assert 0.0 < apart < 1e-10
    assert loss(back, 500) == pytest.approx(loss(tried, 500), rel=1e-6)
    costs = [run.timeline.forward_passes(500) for run in (back, tried)]
    size = back.timeline.plan.network.size
    ratio = (1 + 2 * 11935) / 3
    return {
        "size": f"{size}",
        "tried": f"{1 + 2 * size}",
        "end": f"{loss(back, 500):.5f}",
        "cost": f"{costs[0]:,}",
        "tried_cost": f"{costs[1]:,}",
        "ratio": f"{costs[1] / costs[0]:.1f}",
        "digits": f"{1 + 2 * 11935:,}",
        "digits_ratio": f"{round(ratio, -1):,.0f}",
    }, "2 3 500 11,935 0.0000000001 0.01 150"


def needle_in_a_haystack(trained):
    name = "needle-in-a-haystack"
    scenario = bundled(name)
    sizes = {one: scenario.plan(f"gradient-{one}").network.size for one in ("2", "3", "9", "65", "11935")}
    assert [str(size) for size in sizes.values()] == list(sizes)
    best = {}
    for variant in [one.name for one in scenario.variants]:
        run = trained(name, variant)
        best[variant] = best_at(run.timeline, run.timeline.length)
    looks = trained(name, "guess-9").timeline
    assert looks.forward_passes(looks.length) == trained(name, "gradient-9").timeline.forward_passes(50) == 150
    ratios = {one: best[f"guess-{one}"] / best[f"gradient-{one}"] for one in sizes}
    assert sorted(ratios.values()) == list(ratios.values())
    with pytest.raises(ScenarioError, match=r"10\*\*11,935 guesses"):
        scenario.plan("gradient-11935", {"solver": {"kind": "grid-search", "bins": 10}})
    with pytest.raises(ScenarioError, match=r"10\*\*9 = 1,000,000,000 guesses"):
        scenario.plan("gradient-9", {"solver": {"kind": "grid-search", "bins": 10}})
    digits = trained(name, "gradient-11935").trainer.evaluate()
    return {
        **{f"d{one}": f"{best[f'gradient-{one}']:.3f}" for one in sizes},
        **{f"g{one}": f"{best[f'guess-{one}']:.3f}" for one in ("2", "3", "9", "65")},
        "g11935": f"{best['guess-11935']:.1f}",
        "grid2": f"{best['grid-2']:.3f}",
        "grid3": f"{best['grid-3']:.3f}",
        "ratio": f"{ratios['11935']:.0f}",
        "chance": f"{np.log(10):.1f}",
        "accuracy": f"{100 * digits.accuracy:.0f}",
        "big": f"{10**9:,}",
        "hundred": f"{10**2}",
        "million": f"{100**3:,}",
    }, "2 3 9 65 11,935 12 144 5 125 150 50 10 10^11935 10^80"


LESSONS = {
    "four-steps": four_steps,
    "vanishing-gradients": vanishing_gradients,
    "exploding-gradients": exploding_gradients,
    "initialization": initialization,
    "activations": activations,
    "losses": losses_lesson,
    "backprop-vs-finite-differences": backprop_vs_finite_differences,
    "needle-in-a-haystack": needle_in_a_haystack,
}


@pytest.mark.parametrize("name", LESSONS)
def test_every_figure_of_the_lesson_is_so(name, trained):
    figures, given = LESSONS[name](trained)
    check(name, figures.values(), given)
