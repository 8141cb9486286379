"""What the lessons about methods say is so: optimizers, schedules, the finder, batches, and what overfits."""

import numpy as np
import pytest
from lesson_figures import check, first_below, loss, losses, right
from shared import bundled

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.lr_finder import find_rate
from nnsim.nn.benchmark_functions import FUNCTIONS
from nnsim.training.trainer import Trainer

RACERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "l-bfgs")


def race(trained, name, level):
    """The runs of a race, and in the text's names the first epoch below a level, where there is one."""
    runs = {one: trained(name, one) for one in RACERS}
    below = {
        one.replace("-", ""): first_below(run, level) for one, run in runs.items() if losses(run).min() < level
    }
    return runs, {one: f"{epoch}" for one, epoch in below.items()}


def nearest_minimum(run):
    """Where, of the lowest points of its function, a run has ended, and how far from it."""
    places = np.array(type(run.timeline.plan.loss).minima)
    distances = np.linalg.norm(places - run.trainer.parameters, axis=1)
    return tuple(places[distances.argmin()]), float(distances.min())


def beale(trained):
    runs, below = race(trained, "optimizer-race-beale", 0.01)
    assert len(below) == 7
    assert max(nearest_minimum(run)[1] for run in runs.values()) < 0.02
    faster = trained("optimizer-race-beale", "momentum", {"schedule.rate": 0.01})
    assert faster.timeline.stop.reason == "diverged"
    between = trained("optimizer-race-beale", "momentum", {"schedule.rate": 0.004})
    quickest = min(int(epoch) for one, epoch in below.items() if one != "lbfgs")
    assert int(below["lbfgs"]) < first_below(between, 0.01) < quickest
    plan = runs["sgd"].timeline.plan
    wall = np.hypot(*FUNCTIONS["beale"]().slope(np.array([1.0, 4.0]), np.array([1.5, 2.0]))).tolist()
    assert wall[0] == pytest.approx(runs["sgd"].timeline.series["gradient:layer1"].at_step(1))
    assert plan.network.size == 2
    return {
        **below,
        "first": f"{loss(runs['sgd'], 1):.2f}",
        "norm": f"{wall[0]:.0f}",
        "corner": f"{wall[1]:,.0f}",
        "stop": f"{faster.timeline.stop.step}",
    }, "3 0.5 1 1.5 4 2 0.01 0.001"


def rosenbrock(trained):
    name = "optimizer-race-rosenbrock"
    runs, below = race(trained, name, 0.01)
    assert set(below) == {"momentum", "nesterov", "adam", "lbfgs"}
    faster = trained(name, "sgd", {"schedule.rate": 0.01})
    assert faster.timeline.stop.reason == "diverged"
    bouncing = trained(name, "sgd", {"schedule.rate": 0.005})
    assert loss(bouncing, 2000) > loss(runs["sgd"], 2000)
    longer = trained(name, "sgd", {"train.epochs": 10_000})
    end = runs["sgd"].trainer.parameters
    return {
        **below,
        "first": f"{loss(runs['sgd'], 1):.1f}",
        "tenth": f"{loss(runs['sgd'], 10):.1f}",
        "x": f"{end[0]:.2f}",
        "y": f"{end[1]:.2f}",
        "longer": f"{first_below(longer, 0.01):,}",
        "stop": f"{faster.timeline.stop.step}",
    }, "0 1 -1.2 10 2,000 0.01 0.005"


def himmelblau(trained):
    runs, below = race(trained, "optimizer-race-himmelblau", 0.01)
    ends = {one: nearest_minimum(run) for one, run in runs.items()}
    assert max(distance for _, distance in ends.values()) < 1e-5
    places = {one: place for one, (place, _) in ends.items()}
    elsewhere = places.pop("momentum")
    assert elsewhere == (3.584428, -1.848127)
    assert set(places.values()) == {(3.0, 2.0)}
    left = trained("optimizer-race-himmelblau", "sgd", {"model.initializer.values": [-1.0, -1.0]})
    assert nearest_minimum(left)[0] == (-3.779310, -3.283186)
    return {
        **below,
        "first": f"{loss(runs['sgd'], 1):.0f}",
        "x": f"{elsewhere[0]:.2f}",
        "y": f"{elsewhere[1]:.2f}",
        "left": f"{-3.779310:.2f}",
        "low": f"{-3.283186:.2f}",
        "other_x": f"{-2.805118:.2f}",
        "other_y": f"{3.131313:.2f}",
    }, "0 3 2 -1 0.01"


def saddle(trained):
    name = "optimizer-race-saddle"
    runs, below = race(trained, name, -0.2)
    assert len(below) == 7
    assert min(loss(runs["sgd"], epoch) for epoch in range(30, 45)) > -0.01
    ridge = trained(name, "sgd", {"model.initializer.values": [2.0, 0.0]})
    assert np.abs(ridge.trainer.parameters).max() < 1e-8  # exactly on the ridge: it ends on the pass
    return {
        **below,
        "rest": f"{abs(loss(runs['sgd'], 40)):.3f}",
        "growth": f"{1 + 0.1:.1f}",
        "shrink": f"{1 - 0.1:.1f}",
        "adagrad_end": f"{runs['adagrad'].trainer.parameters[0]:.2f}",
    }, "0 1 -1 2 0.001 -0.25 -0.2 0.1 40 200"


def ravine(trained):
    name = "optimizer-race-ravine"
    below = race(trained, name, 0.01)[1]
    assert len(below) == 7
    over = trained(name, "sgd", {"schedule.rate": 0.041})
    slower = trained(name, "momentum", {"schedule.rate": 0.02})
    assert losses(trained(name, "nesterov", {"schedule.rate": 0.038})).min() > 0.01
    assert loss(over, 200) > loss(over, 100) > loss(over, 1)
    return {
        **below,
        "slower": f"{first_below(slower, 0.01)}",
        "limit": f"{2 / 50:.2f}",
        "across": f"{1 - 0.038 * 50:.1f}",
        "along": f"{1 - 0.038:.3f}",
    }, "1 2 50 200 0.01 0.02 0.038 0.041"


def optimizer_race(trained):
    kinds = (*RACERS, "adadelta", "amsgrad", "adamw", "lion")
    runs = {one: trained("optimizer-race", one) for one in kinds}
    below = {one.replace("-", ""): f"{first_below(run, 0.1)}" for one, run in runs.items() if one != "adadelta"}
    assert losses(runs["adadelta"]).min() > 0.1
    assert np.abs(losses(runs["adam"]) - losses(runs["amsgrad"])).max() < 0.001
    quick = runs["l-bfgs"].timeline
    longer = trained("optimizer-race", "adadelta", {"train.epochs": 3000})
    return {
        **below,
        "cost": f"{quick.forward_passes(first_below(runs['l-bfgs'], 0.1))}",
        "adam_cost": f"{runs['adam'].timeline.forward_passes(first_below(runs['adam'], 0.1))}",
        "adadelta": f"{loss(runs['adadelta'], 300):.2f}",
        "longer": f"{first_below(longer, 0.1)}",
        "size": f"{quick.plan.network.size}",
    }, "0.1 0.001 50 300 0.3 130"


def schedules(trained):
    name = "learning-rate-schedules"
    kinds = [one.name for one in bundled(name).variants]
    ends = {one: trained(name, one).trainer.evaluate().loss for one in kinds}
    exact = least_squares(trained(name, "constant").timeline.plan)
    above = {one: 1000 * (end - exact.loss) for one, end in ends.items()}
    assert max(above, key=above.get) == "constant"
    near = ("cosine", "polynomial", "one-cycle", "plateau", "warm-up", "cyclic")
    assert all(above[one] < 0.01 for one in near)
    waves = losses(trained(name, "warm-restarts"))
    assert waves[820:840].mean() < waves[840:860].mean()  # just before and just after the second restart
    slow = trained(name, "constant", {"schedule.rate": 0.003})
    return {
        "exact": f"{exact.loss:.4f}",
        "constant": f"{above['constant']:.2f}",
        "restarts": f"{above['warm-restarts']:.2f}",
        "inverse": f"{above['inverse-sqrt']:.2f}",
        "step": f"{above['step']:.2f}",
        "exponential": f"{above['exponential']:.2f}",
        "stable": f"{above['stable-decay']:.2f}",
        "ten": f"{1000 * (slow.trainer.evaluate().loss - exact.loss):.2f}",
        "slow_first": f"{first_below(slow, 0.1)}",
        "first": f"{first_below(trained(name, 'constant'), 0.1)}",
    }, "0 0.03 0.01 0.003 14 28 10 60 0.1"


def finder(trained):
    name = "learning-rate-finder"
    scenario = bundled(name)
    plan = scenario.plan("valley")
    found = find_rate(Trainer(plan), low=1e-5, high=10.0, steps=171)
    swept = trained(name, "range-test")
    assert found.losses == pytest.approx(losses(swept))
    assert found.suggestions["valley"] == pytest.approx(plan.schedule.rate, rel=0.05)
    assert found.suggestions["minimum/10"] == pytest.approx(scenario.plan("minimum-tenth").schedule.rate, rel=0.05)
    ends = {one: trained(name, one).trainer.evaluate() for one in ("valley", "minimum-tenth", "too-large")}
    assert swept.trainer.evaluate().accuracy < 0.15  # destroyed
    lowest = int(found.smoothed.argmin())
    return {
        "early": f"{loss(swept, 20):.2f}",
        "first": f"{loss(swept, 1):.2f}",
        "lowest": f"{found.rates[lowest]:.2f}",
        "valley": f"{found.suggestions['valley']:.3f}",
        "tenth": f"{found.suggestions['minimum/10']:.3f}",
        "slide": f"{found.suggestions['slide']:.2f}",
        "steep": f"{found.suggestions['steep']:.5f}",
        "valley_right": f"{100 * ends['valley'].accuracy:.0f}",
        "tenth_right": f"{100 * ends['minimum-tenth'].accuracy:.0f}",
        "large_right": f"{100 * ends['too-large'].accuracy:.0f}",
    }, "0.00001 0.2 10 171 20 3 5 15 1"


def batch_size(trained):
    kinds = ("full", "batch-50", "batch-10", "batch-1")
    runs = {one: trained("batch-size", one) for one in kinds}
    ends = {one: run.trainer.evaluate().loss for one, run in runs.items()}
    assert list(ends.values()) == sorted(ends.values(), reverse=True)
    spread = {one: float(np.std(losses(run)[-len(losses(run)) // 10 :])) for one, run in runs.items()}
    assert spread["batch-1"] > spread["batch-10"] > spread["batch-50"]
    longer = trained("batch-size", "full", {"train.epochs": 2000})
    passes = {run.timeline.length * run.timeline.plan.batches.size for run in runs.values()}
    assert passes == {20_000}  # rows looked at: the same for all
    return {
        "full": f"{ends['full']:.3f}",
        "b50": f"{ends['batch-50']:.3f}",
        "b10": f"{ends['batch-10']:.3f}",
        "b1": f"{ends['batch-1']:.3f}",
        "steps": f"{runs['batch-1'].timeline.length:,}",
        "longer": f"{longer.trainer.evaluate().loss:.3f}",
        "worst": f"{losses(runs['batch-1']).max():.1f}",
    }, "200 1 4 20 50 10 100 2,000"


def overfitting(trained):
    degrees = range(1, 16)
    runs = {one: trained("overfitting", "main", {"data.degree": one}) for one in degrees}
    training = {one: run.trainer.evaluate().loss for one, run in runs.items()}
    watching = {one: run.timeline.series["validation_loss"].at_step(300) for one, run in runs.items()}
    exact, exact_watching = {}, {}
    for one in degrees:
        trainer = runs[one].trainer
        x = np.hstack([trainer.inputs, np.ones((len(trainer.inputs), 1))])
        best = np.linalg.lstsq(x, trainer.targets, rcond=None)[0]
        exact[one] = float(((x @ best - trainer.targets) ** 2).mean())
        rows, targets = trainer.validation
        watched = np.hstack([rows, np.ones((len(rows), 1))])
        exact_watching[one] = float(((watched @ best - targets) ** 2).mean())
        assert runs[one].timeline.plan.network.size == one + 1
    assert list(exact.values()) == sorted(exact.values(), reverse=True)
    for one in (1, 3, 5, 8):  # gradient descent on these is least squares
        assert training[one] == pytest.approx(exact[one], rel=1e-4)
    assert min(watching, key=watching.get) == 3
    assert (
        max(watching[one] for one in (3, 4, 5))
        < 0.07
        < min(watching[one] for one in degrees if one not in (3, 4, 5))
    )
    assert all(watching[one] > 0.4 for one in range(9, 16))
    other = {one: trained("overfitting", "main", {"data.degree": one, "random.seed": 14}) for one in (3, 4, 5)}
    ends = {one: run.timeline.series["validation_loss"].at_step(300) for one, run in other.items()}
    assert min(ends, key=ends.get) in (4, 5)
    more = trained("overfitting", "main", {"data.degree": 15, "data.n": 4000})
    return {
        "t1": f"{training[1]:.3f}",
        "v1": f"{watching[1]:.3f}",
        "t3": f"{training[3]:.3f}",
        "v3": f"{watching[3]:.3f}",
        "t5": f"{training[5]:.3f}",
        "v5": f"{watching[5]:.3f}",
        "t9": f"{training[9]:.3f}",
        "v9": f"{watching[9]:.3f}",
        "t14_precisely": f"{training[14]:.4f}",
        "t15_precisely": f"{training[15]:.4f}",
        "exact": f"{exact[15]:.4f}",
        "exact_watching": f"{exact_watching[15]:,.0f}",
        "t15": f"{training[15]:.3f}",
        "v15": f"{watching[15]:.0f}",
        "noise": f"{0.2**2:.2f}",
        "more": f"{more.timeline.series['validation_loss'].at_step(300):.3f}",
    }, "1 3 4 5 9 14 15 16 20 180 200 4,000 0.05"


def regularization(trained):
    kinds = ("none", "l1", "l2", "weight-decay", "dropout", "max-norm", "early-stopping")
    runs = {one: trained("regularization", one) for one in kinds}
    ends = {one: run.trainer.judge(*run.trainer.validation)[0] for one, run in runs.items()}
    assert max(ends, key=ends.get) == "none"
    series = runs["none"].timeline.series["validation_loss"]
    lows = series.values(0, len(runs["none"].timeline.series["loss"]))
    size = {one: float(np.linalg.norm(run.trainer.parameters)) for one, run in runs.items()}
    assert all(size[one] < size["none"] for one in kinds[1:])
    zero = float(
        (np.abs(runs["l1"].timeline.plan.network.layers[0].weights(runs["l1"].trainer.parameters)) < 0.01).mean()
    )
    stop = runs["early-stopping"].timeline.stop
    assert stop.reason == "early-stopping"
    assert right(runs["none"])[runs["none"].trainer.rows].all()
    return {
        "none": f"{ends['none']:.2f}",
        "best": f"{lows.min():.2f}",
        "epoch": f"{lows.argmin() + 1}",
        "l1": f"{ends['l1']:.2f}",
        "l2": f"{ends['l2']:.2f}",
        "decay": f"{ends['weight-decay']:.2f}",
        "dropout": f"{ends['dropout']:.2f}",
        "norm": f"{ends['max-norm']:.2f}",
        "early": f"{ends['early-stopping']:.2f}",
        "stop": f"{stop.step}",
        "zero": f"{100 * zero:.0f}",
        "size": f"{runs['none'].timeline.plan.network.size}",
    }, "40 360 32 100 1,000 0.01 0.5 0.4 30"


def cross_validation(trained):
    name = "cross-validation"
    found = {}
    for variant in ("degree-1", "degree-3", "degree-12"):
        folds = [trained(name, variant, {"train.fold": fold}) for fold in range(1, 6)]
        rows = np.concatenate([run.trainer.validation_rows for run in folds])
        assert sorted(rows) == list(range(40))  # every row watches exactly once
        found[variant] = [run.timeline.series["validation_loss"].at_step(100) for run in folds]
    means = {one: np.mean(values) for one, values in found.items()}
    assert min(means, key=means.get) == "degree-3"
    line, cubic, twelve = (np.array(found[one]) for one in found)
    for fold in range(1, 6):
        seen = [trained(name, one, {"train.fold": fold}).trainer.evaluate().loss for one in found]
        assert min(seen) == seen[2]
    worse = int((twelve > cubic).sum())
    assert worse == 5
    assert cubic.max() > line.min()  # one fold alone may mislead
    return {
        "line": f"{means['degree-1']:.3f}",
        "cubic": f"{means['degree-3']:.3f}",
        "twelve": f"{means['degree-12']:.3f}",
        "low": f"{cubic.min():.3f}",
        "high": f"{cubic.max():.3f}",
        "line_low": f"{line.min():.3f}",
        "t_low": f"{twelve.min():.3f}",
        "t_high": f"{twelve.max():.2f}",
    }, "40 8 32 1 3 12 5 0.001 0.25"


def adam_at_rest(trained):
    """The bound: once the mean of squares is gone Adam is momentum with a rate of rate / epsilon."""
    name = "adam-at-rest"
    run = trained(name, "adam")
    optimizer = run.timeline.plan.optimizer
    start = run.timeline.checkpoints.before(0).parameters[0]
    weights = [np.sqrt(loss(run, epoch)) for epoch in (1, 6527, 7070)]
    assert weights[0] == start == 1.0
    assert weights[1] < 1e-149
    assert optimizer.epsilon == 1e-8
    curvature, beta = 2.0, optimizer.beta1
    bound = 0.1 * curvature * (1 - beta) / (2 * (1 + beta))
    for epsilon, stays in ((0.95 * bound, False), (1.05 * bound, True)):
        longer = trained(name, "adam", {"optimizer.epsilon": epsilon, "train.epochs": 20_000})
        assert (losses(longer)[10_000:].max() < 1e-100) == stays
    return {
        "bound": f"{bound:.4f}",
        "far": f"{weights[2]:.2f}",
        "beta": f"{beta:g}",
        "curvature": f"{curvature:g}",
    }, "0 0.1 0.01 1 1.9 2 8 89 90 100 150 270 550 2,000 4,000 6,000 10,000"


LESSONS = {
    "adam-at-rest": adam_at_rest,
    "optimizer-race": optimizer_race,
    "optimizer-race-beale": beale,
    "optimizer-race-rosenbrock": rosenbrock,
    "optimizer-race-himmelblau": himmelblau,
    "optimizer-race-saddle": saddle,
    "optimizer-race-ravine": ravine,
    "learning-rate-schedules": schedules,
    "learning-rate-finder": finder,
    "batch-size": batch_size,
    "overfitting": overfitting,
    "regularization": regularization,
    "cross-validation": cross_validation,
}


@pytest.mark.parametrize("name", LESSONS)
def test_every_figure_of_the_lesson_is_so(name, trained):
    figures, given = LESSONS[name](trained)
    check(name, figures.values(), given)
