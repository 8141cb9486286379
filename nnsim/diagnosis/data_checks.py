"""What the data alone show: targets that say nothing, answers given away, rows that occur twice, rare classes."""

from collections.abc import Iterator

import numpy as np

from nnsim.diagnosis.case import Case
from nnsim.diagnosis.finding import Finding, Remedy
from nnsim.nn.arrays import Array
from nnsim.text import count

FEWEST, FEWEST_JUDGED = 20, 50  # rows below which rows say nothing about each other, or about their targets
PERMUTATIONS = 60
RARE, HARDLY = 0.35, 0.12  # parts of an even share of the rows below which a class is rare, or hardly there


def constant_target(case: Case) -> Iterator[Finding]:
    """Targets that are the same in every row: there is nothing to learn but one number."""
    targets = case.targets
    if case.has_data and np.ptp(targets, axis=0).max() <= 1e-12 * max(1.0, float(np.abs(targets).max())):
        first = ", ".join(f"{value:g}" for value in targets[0][:3])
        evidence = f"all {len(targets):,} training rows have the target {first}"
        yield Finding("constant-target", 0.99, evidence)


def leakage(case: Case) -> Iterator[Finding]:
    """A column that gives the answer away, while all others together do not come near it."""
    inputs, targets = case.plan.examples.inputs, case.plan.examples.targets
    if len(inputs) < FEWEST or inputs.shape[1] < 2 or np.ptp(targets) == 0:
        return
    classes = targets.shape[1] > 1 or case.classes is not None
    wanted = _ranks(targets) if targets.shape[1] > 1 else targets[:, 0]
    known = np.array([_told_by(column, wanted, classes) for column in inputs.T])
    best = int(known.argmax())
    if known[best] < 0.995:
        yield from _filled_in_afterwards(case, wanted, classes)
        return
    copied = _is_copy(inputs[:, best], wanted, classes) and not all(
        _is_copy(column, wanted, classes) for column in inputs.T
    )
    rest = max(np.delete(known, best).max(), _neighbours(np.delete(inputs, best, axis=1), targets))
    if not copied and rest >= 0.9:
        return
    name = case.plan.examples.input_names[best]
    how = "is the target in another form" if copied else f"alone tells {known[best]:.1%} of the target"
    evidence = f"the column {name!r} {how}; all others together tell {max(rest, 0):.0%} of it"
    confidence = 0.98 if copied else min(0.95, 0.75 + 0.3 * (known[best] - rest))
    yield Finding("leakage", confidence, evidence, remedies=(Remedy("data.ignore", [name]),))


def _filled_in_afterwards(case: Case, wanted: Array, classes: bool) -> Iterator[Finding]:
    """A column that gives the answer away in the training rows alone, as one does that is written afterwards."""
    inputs, rows = case.plan.examples.inputs, case.at(0).rows
    apart = np.setdiff1d(np.arange(len(inputs)), rows)
    if len(rows) < FEWEST or len(apart) < FEWEST or np.ptp(wanted[rows]) == 0:
        return
    for name, column in zip(case.plan.examples.input_names, inputs.T, strict=True):
        told, elsewhere = (_told_by(column[some], wanted[some], classes) for some in (rows, apart))
        if told >= 0.995 and elsewhere < 0.5:
            evidence = (
                f"the column {name!r} tells {told:.0%} of the target in the {len(rows):,} training rows, and "
                f"{max(elsewhere, 0):.0%} of it in the {count(len(apart), 'row')} set apart"
            )
            yield Finding("leakage", 0.97, evidence, remedies=(Remedy("data.ignore", [name]),))


def _is_copy(column: Array, wanted: Array, classes: bool) -> bool:
    """Whether a column says what the target says, in other numbers: a value for each class, or a line of it."""
    if not classes:
        return bool(np.ptp(column) > 0 and 1 - np.corrcoef(column, wanted)[0, 1] ** 2 < 1e-9)
    values = np.unique(column)
    alone = [len(np.unique(wanted[column == one])) == 1 for one in values]
    return len(values) == len(np.unique(wanted)) and all(alone)


def _ranks(targets: Array) -> Array:
    return np.asarray(targets.argmax(axis=1), float)


def _told_by(column: Array, wanted: Array, classes: bool) -> float:
    """How much of a target one column tells: the share of right classes by intervals of it, or r2 of a line."""
    if np.ptp(column) == 0:
        return 0.0
    if not classes:
        return float(np.corrcoef(column, wanted)[0, 1] ** 2)
    # Each class has an interval of its own: as many changes of class along the column as there are classes, less 1.
    order = np.argsort(column, kind="stable")
    sorted_classes, values = wanted[order], column[order]
    kinds = np.unique(wanted)
    edges = np.flatnonzero(np.diff(sorted_classes) != 0)
    if len(edges) == len(kinds) - 1 and all(values[edge] < values[edge + 1] for edge in edges):
        return 1.0
    best = np.array([np.mean(wanted == kind) for kind in kinds]).max()
    if len(kinds) != 2:
        return float(best)
    first = np.cumsum(sorted_classes == kinds[0]) / len(wanted)
    second = np.cumsum(sorted_classes == kinds[1]) / len(wanted)
    cuts = np.flatnonzero(np.diff(values) > 0)
    if not len(cuts):
        return float(best)
    right = np.maximum(first[cuts] + second[-1] - second[cuts], second[cuts] + first[-1] - first[cuts])
    return float((right.max() - best) / (1 - best)) if best < 1 else 0.0


def duplicated_rows(case: Case) -> Iterator[Finding]:
    """Rows that are trained on and judged by, in a table whose rows would all differ otherwise."""
    examples = case.plan.examples
    trainer = case.at(0)
    judged = np.concatenate([trainer.validation_rows, trainer.test_rows]).astype(np.int64)
    if examples.rows < FEWEST or not len(judged) or not _continuous(examples.inputs):
        return
    rows = np.ascontiguousarray(np.hstack([examples.inputs, examples.targets]))
    keys = rows.view([("", rows.dtype)] * rows.shape[1]).ravel()
    shared = np.isin(keys[judged], keys[trainer.rows])
    share = float(shared.mean())
    if share > 0.05 and int(shared.sum()) > 2:
        apart = count(len(judged), "row")
        evidence = f"{int(shared.sum())} of {apart} set apart ({share:.0%}) stand among the training rows, too"
        yield Finding("duplicated-rows", min(0.97, 0.7 + share), evidence)


def _continuous(inputs: Array) -> bool:
    """Whether rows hold enough different numbers that two equal rows are no accident."""
    kinds = [len(np.unique(column)) for column in inputs.T]
    return float(np.sum(np.log(kinds))) > 2.5 * float(np.log(len(inputs)))


def imbalanced_classes(case: Case) -> Iterator[Finding]:
    """A class so rare that leaving it out costs nothing, and that is hardly ever answered."""
    classes = case.classes
    if classes is None or len(classes) < FEWEST:
        return
    kinds, counts = np.unique(classes, return_counts=True)
    if len(kinds) < 2 or counts.min() / len(classes) > RARE / len(kinds):
        return
    trainer = case.at(case.timeline.length)
    outputs = trainer.answers(trainer.inputs)[0].T
    if trainer.targets.shape[1] > 1:
        answered = outputs.argmax(axis=1)
    else:
        middle = 0.5 * (float(trainer.targets.min()) + float(trainer.targets.max()))
        answered = (outputs[:, 0] > middle).astype(np.intp)
    rare = [kind for kind, number in zip(kinds, counts, strict=True) if number / len(classes) <= RARE / len(kinds)]
    recalls = [float(np.mean(answered[classes == kind] == kind)) for kind in rare]
    worst = rare[int(np.argmin(recalls))]
    recall = min(recalls)
    number = int(counts[list(kinds).index(worst)])
    hardly = number < 10 and number / len(classes) < HARDLY / len(kinds)
    if recall >= (0.95 if hardly else 0.6) and not (hardly and number < 5):
        return
    names = case.plan.examples.classes
    called = names[worst] if worst < len(names) else str(worst)
    most = counts.max() / len(classes)
    evidence = (
        f"{called!r} is {count(number, 'row')} of {len(classes):,} ({number / len(classes):.0%}), of which "
        f"{recall:.0%} are answered right; always answering the most frequent class is {most:.0%} right"
    )
    yield Finding("imbalanced-classes", min(0.95, 0.65 + 0.3 * (1 - recall)), evidence)


def labels_unrelated(case: Case) -> Iterator[Finding]:
    """Targets that no method finds in the inputs, more than it would in shuffled ones."""
    examples = case.plan.examples
    if examples.rows < FEWEST_JUDGED or not examples.inputs.shape[1] or np.ptp(examples.targets) == 0:
        return
    validation = case.validation
    if validation is not None and validation.rows >= 10:
        chance = _chance(case)
        told = validation.r2 > 0.15 if validation.accuracy is None else validation.accuracy > chance + 0.15
        if told:
            return
    inputs, targets = _some(case.plan.data.expand(examples.inputs), examples.targets)
    rng = np.random.default_rng(0)
    wanted = targets - targets.mean(axis=0)
    methods = _Methods(inputs)
    real = methods.skills(wanted)
    shuffled = np.array([methods.skills(wanted[rng.permutation(len(wanted))]) for _ in range(PERMUTATIONS)])
    # How far beyond shuffled targets, in their deviations, the best of the methods gets; to either side.
    beyond = float(np.max(np.abs(real - shuffled.mean(axis=0)) / (shuffled.std(axis=0) + 1e-12)))
    if (beyond < 3.5 and not case.training.learned) or beyond < 2.5:
        evidence = (
            f"neighbours, a line and squares find the targets no better than shuffled ones "
            f"({beyond:.1f} deviations from chance)"
        )
        if validation is not None:
            evidence += f"; of the rows set apart {validation.r2:.0%} is explained"
        yield Finding("labels-unrelated", 0.9 if beyond < 2.5 else 0.7, evidence)


def _chance(case: Case) -> float:
    classes = case.classes
    return 0.0 if classes is None else float(np.bincount(classes).max() / len(classes))


def _some(inputs: Array, targets: Array) -> tuple[Array, Array]:
    every = -(-len(inputs) // 400)
    return inputs[::every], targets[::every]


class _Methods:
    """Simple methods on the same inputs: the means of neighbours, a line, squares; each leaves a row's own out."""

    def __init__(self, inputs: Array) -> None:
        deviation = inputs.std(axis=0)
        scaled = (inputs - inputs.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        square = np.square(scaled).sum(axis=1)
        distance = square[:, None] + square[None] - 2 * scaled @ scaled.T
        np.fill_diagonal(distance, np.inf)
        self._near = distance.argsort(axis=1)[:, :10]
        self._hats = [
            hat
            for features in (scaled, np.hstack([scaled, np.square(scaled)]))
            if features.shape[1] <= 200
            for hat in [_hat(features)]
        ]

    def skills(self, wanted: Array) -> Array:
        """What each finds of centred targets (rows, outputs): r2, (methods,)."""
        found = [_r2(wanted[self._near[:, :k]].mean(axis=1), wanted) for k in (1, 3, 10)]
        for hat in self._hats:
            own = np.diag(hat)[:, None]
            found.append(_r2((hat @ wanted - own * wanted) / (1 - own), wanted))
        return np.array(found)


def _hat(features: Array) -> Array:
    """The matrix that makes of targets what ridge regression on features answers, (rows, rows)."""
    padded = np.hstack([features, np.ones((len(features), 1))])
    return np.asarray(padded @ np.linalg.solve(padded.T @ padded + np.eye(padded.shape[1]), padded.T))


def _neighbours(inputs: Array, targets: Array) -> float:
    """The most that these methods find of the targets in some inputs: r2."""
    some, wanted = _some(inputs, targets)
    return float(np.max(_Methods(some).skills(wanted - wanted.mean(axis=0))))


def _r2(answers: Array, wanted: Array) -> float:
    return 1.0 - float(np.square(answers - wanted).sum() / np.square(wanted).sum())


def input_scales(inputs: Array) -> tuple[float, float]:
    """How large inputs are: the largest root mean square of a column, and how many times that is a small one's.

    A small one is the smallest of a few columns, or such as a quarter of many have: pictures have pixels that are
    hardly ever lit.
    """
    sizes = np.sqrt(np.square(inputs).mean(axis=0))
    sizes = np.sort(sizes[inputs.std(axis=0) > 0])
    if not len(sizes):
        return 0.0, 1.0
    small = sizes[len(sizes) // 4 if len(sizes) > 20 else 0]
    return float(sizes[-1]), float(sizes[-1] / small)
