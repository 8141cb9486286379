"""What the lessons about data say is so: the playground's five sets, and the handwritten digits."""

import numpy as np
import pytest
from lesson_figures import check
from shared import bundled

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.scoring import judge


def ended(trained, name):
    """For each variant: the run, and loss and accuracy on its validation rows at the end."""
    found = {}
    for variant in [one.name for one in bundled(name).variants]:
        run = trained(name, variant)
        found[variant] = (run, *run.trainer.judge(*run.trainer.validation))
    return found


def percent(share):
    return f"{100 * share:.0f}"


def circle(trained):
    runs = ended(trained, "playground-circle")
    squares = runs["squares"][0]
    first, second = squares.timeline.plan.network.layers[0].weights(squares.trainer.parameters)[:, 0]
    bias = squares.timeline.plan.network.layers[0].biases(squares.trainer.parameters)[0]
    radii = sorted(np.sqrt([-bias / first, -bias / second]))
    assert 2.5 < radii[0] <= radii[1] < 3.5
    return {
        "line": percent(runs["line"][2]),
        "hidden": percent(runs["hidden"][2]),
        "squares": percent(runs["squares"][2]),
        "size": f"{runs['hidden'][0].timeline.plan.network.size}",
        "small": f"{squares.timeline.plan.network.size}",
        "r1": f"{radii[0]:.1f}",
        "r2": f"{radii[1]:.1f}",
    }, "0 2.5 3.5 784"


def xor(trained):
    runs = ended(trained, "playground-xor")
    product = runs["product"][0]
    weight, bias = product.trainer.parameters
    assert weight > 0
    two = trained("playground-xor", "hidden", {"model.hidden": [2]})
    points, classes = product.timeline.plan.examples.inputs, product.timeline.plan.examples.targets[:, 0] > 0.5
    turns = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    heights = points @ np.stack([np.cos(turns), np.sin(turns)])
    best = max(np.mean((heights > cut) == classes[:, None], axis=0).max() for cut in np.linspace(-6, 6, 61))
    assert best == pytest.approx(0.75, abs=0.04)  # of all straight lines
    line = runs["line"][0]
    assert np.abs(line.trainer.predict(points) - 0.5).max() < 0.25
    return {
        "line": percent(runs["line"][2]),
        "hidden": percent(runs["hidden"][2]),
        "product": percent(runs["product"][2]),
        "weight": f"{weight:.1f}",
        "bias": f"{bias:.1f}",
        "two": percent(two.trainer.judge(*two.trainer.validation)[1]),
    }, "100 95 75"


def gauss(trained):
    runs = ended(trained, "playground-gauss")
    many, noisy = runs["too-many-units"], runs["noisy"]
    assert many[1] > noisy[1]
    assert many[0].trainer.evaluate().loss < noisy[0].trainer.evaluate().loss
    lows = many[0].timeline.series["validation_loss"].values(0, many[0].timeline.length)
    return {
        "train": f"{noisy[0].timeline.plan.split.training_rows}",
        "watch": f"{noisy[0].timeline.plan.split.validation_rows}",
        "noisy_train": f"{noisy[0].trainer.evaluate().loss:.2f}",
        "noisy_loss": f"{noisy[1]:.2f}",
        "many_train": f"{many[0].trainer.evaluate().loss:.2f}",
        "many_loss": f"{many[1]:.2f}",
        "best": f"{lows.min():.2f}",
        "epoch": f"{lows.argmin() + 1}",
    }, "2 -2 0.7 32 9 10 100 0.3 0.001"


def spiral(trained):
    runs = ended(trained, "playground-spiral")
    order = ["small", "wide", "deep", "all-features"]
    assert [runs[one][2] for one in order] == sorted(runs[one][2] for one in order)
    return {
        **{one.replace("-", "_"): percent(runs[one][2]) for one in order},
        "wide_size": f"{runs['wide'][0].timeline.plan.network.size}",
        "deep_size": f"{runs['deep'][0].timeline.plan.network.size}",
    }, "300 4 8 26 85 95"


def plane(trained):
    runs = ended(trained, "playground-plane")
    w = {one: runs[one][0].trainer.parameters for one in ("line", "noisy")}
    assert w["line"] == pytest.approx([0.1, 0.1, 0.0], abs=0.005)
    exact = least_squares(runs["noisy"][0].timeline.plan)
    targets = runs["noisy"][0].timeline.plan.examples.targets
    clear = runs["line"][0].timeline.plan.examples.targets
    assert np.std(targets - clear) == pytest.approx(0.146, abs=0.005)
    return {
        "x": f"{w['line'][0]:.3f}",
        "y": f"{w['line'][1]:.3f}",
        "line": f"{runs['line'][1]:.5f}",
        "hidden": f"{runs['hidden'][1]:.5f}",
        "noisy": f"{runs['noisy'][1]:.3f}",
        "exact": f"{exact.loss:.3f}",
        "spread": f"{targets.var():.2f}",
        "train": f"{runs['line'][0].timeline.plan.split.training_rows}",
        "watch": f"{runs['line'][0].timeline.plan.split.validation_rows}",
        "off": f"{0.3 * 6:.1f}",
        "wrong": f"{np.sqrt(2 * 1.8**2 / 3) / 10:.2f}",  # of two even spreads, of x and of y
    }, "0 10 -1 1 0.3 6"


def digits(trained):
    runs = ended(trained, "digits")
    adam, classic = runs["adam"], runs["classic"]
    plan = adam[0].timeline.plan
    confusion = judge(plan, adam[0].trainer.evaluate(), np.arange(plan.examples.rows)).confusion
    np.fill_diagonal(confusion, 0)
    rows = adam[0].timeline.plan.split
    wrong = round((1 - adam[2]) * rows.validation_rows)
    longer = trained("digits", "classic", {"train.epochs": 200})
    lows = adam[0].timeline.series["validation_loss"].values(0, adam[0].timeline.length)
    return {
        "rows": f"{plan.examples.rows:,}",
        "size": f"{plan.network.size:,}",
        "train": f"{rows.training_rows:,}",
        "watch": f"{rows.validation_rows}",
        "adam": f"{100 * adam[2]:.1f}",
        "wrong": f"{wrong}",
        "classic": f"{100 * classic[2]:.1f}",
        "longer": f"{100 * longer.trainer.judge(*longer.trainer.validation)[1]:.1f}",
        "first": f"{100 * adam[0].timeline.series['validation_accuracy'].at_step(plan.steps_per_epoch):.0f}",
        "epoch": f"{lows.argmin() + 1}",
    }, "0 64 15 10 8 30 32 45 200 784 1"


LESSONS = {
    "playground-circle": circle,
    "playground-xor": xor,
    "playground-gauss": gauss,
    "playground-spiral": spiral,
    "playground-plane": plane,
    "digits": digits,
}


@pytest.mark.parametrize("name", LESSONS)
def test_every_figure_of_the_lesson_is_so(name, trained):
    figures, given = LESSONS[name](trained)
    check(name, figures.values(), given)
