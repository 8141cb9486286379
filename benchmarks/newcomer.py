"""Which rate and width for a table, over five seeds? nnsim beside Optuna and scikit-learn, in Markdown.

    python benchmarks/newcomer.py [--write]

Needs optuna and scikit-learn. The table is scikit-learn's diabetes data as a CSV file. Both try the same rates and
widths with five seeds, of which each sets a tenth of the rows apart, with Adam in batches of 32 for 100 epochs, and
take the settings with the best mean there. Each deals the rows out in its own way, which decides more of R² than
the settings do: so what scikit-learn's network comes to with the settings that Optuna found is also told on the
rows of nnsim. `--write` puts the table into docs/sweeps.md, beside the two ways, and the picture into docs/screens.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from report import DOCS, put, surroundings  # noqa: E402

COMMAND = """nnsim sweep diabetes.csv --target progression --seeds 5 -o answer.nnsweep \\
  --over schedule.rate=0.001:0.1:log:6 --over 'model.hidden=[4],[8],[16],[32]'
nnsim export answer.nnsweep --to svg"""
PICTURE = "screens/newcomer.svg"
SCRIPT = """import numpy as np
import optuna
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = np.genfromtxt("diabetes.csv", delimiter=",", skip_header=1)
X, y = table[:, :-1], table[:, -1]
space = {"rate": list(np.geomspace(0.001, 0.1, 6)), "width": [4, 8, 16, 32]}

def objective(trial):
    rate = trial.suggest_categorical("rate", space["rate"])
    width = trial.suggest_categorical("width", space["width"])
    scores = []
    for seed in range(5):
        parts = train_test_split(X, y, test_size=0.1, random_state=seed)
        network = MLPRegressor(hidden_layer_sizes=(width,), learning_rate_init=rate, batch_size=32,
                               max_iter=100, n_iter_no_change=100, random_state=seed)
        model = TransformedTargetRegressor(make_pipeline(StandardScaler(), network), transformer=StandardScaler())
        scores.append(model.fit(parts[0], parts[2]).score(parts[1], parts[3]))
    return np.mean(scores)

study = optuna.create_study(direction="maximize", sampler=optuna.samplers.GridSampler(space))
study.optimize(objective)
print(study.best_params, study.best_value)
"""


def lines_of(code: str) -> int:
    return sum(bool(line.strip()) for line in code.splitlines())


def timed(command: list[str], folder: Path, **options: object) -> tuple[float, str]:
    """Seconds of a command, and what it printed."""
    began = perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    return perf_counter() - began, str(done.stdout)


def on_our_rows(folder: Path, rate: float, width: int) -> float:
    """The mean R² of scikit-learn's network on the rows that nnsim sets apart, over the same five seeds."""
    from nnsim.cli.task_options import TaskOptions
    from nnsim.training.trainer import Trainer

    scenario = TaskOptions(str(folder / "diabetes.csv"), targets=("progression",)).task().scenario
    table = np.genfromtxt(folder / "diabetes.csv", delimiter=",", skip_header=1)
    inputs, targets, scores = table[:, :-1], table[:, -1], []
    for seed in range(5):
        dealt = Trainer(scenario.plan(None, {"random.seed": seed}))
        network = MLPRegressor(
            hidden_layer_sizes=(width,), learning_rate_init=rate, batch_size=32, max_iter=100, n_iter_no_change=100,
            random_state=seed,
        )  # fmt: skip
        model = TransformedTargetRegressor(make_pipeline(StandardScaler(), network), transformer=StandardScaler())
        model.fit(inputs[dealt.rows], targets[dealt.rows])
        scores.append(model.score(inputs[dealt.validation_rows], targets[dealt.validation_rows]))
    return float(np.mean(scores))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="put the table into docs/sweeps.md")
    options = parser.parse_args()
    data = load_diabetes(scaled=False)
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        rows = [[*data.feature_names, "progression"]]
        rows += [
            [repr(float(one)) for one in (*row, target)] for row, target in zip(data.data, data.target, strict=True)
        ]
        (folder / "diabetes.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        ours, said = timed(["bash", "-ec", COMMAND], folder, env={"PATH": path, "HOME": room})
        (folder / "search.py").write_text(SCRIPT)
        theirs, found = timed([sys.executable, "search.py"], folder)
        answer = said[said.index("best by") : said.index("kept in")].rstrip()
        r2 = re.findall(r"R² ([\d.]+)", answer)[0]
        rate, width, other = re.findall(r"\(([\d.e-]+)\), 'width': (\d+)\} ([\d.]+)", found)[0]
        judged = on_our_rows(folder, float(rate), int(width))
        picture = (folder / "answer.svg").read_bytes()
    table = [
        "| | lines | seconds | best mean R² on rows set apart | ... on those of nnsim |",
        "| --- | ---: | ---: | ---: | ---: |",
        f"| `nnsim sweep`, with a picture | {lines_of(COMMAND)} | {ours:.1f} | {r2} | {r2} |",
        f"| Optuna and scikit-learn | {lines_of(SCRIPT)} | {theirs:.1f} | {float(other):.3g} | {judged:.3g} |",
        "",
        f"{surroundings()}.",
    ]
    print(answer, found, *table, sep="\n")
    if options.write:
        (DOCS / "screens" / "newcomer.svg").write_bytes(picture)
        shown = ["```sh", COMMAND, "```", "", "```text", answer, "```", "", f"![The map]({PICTURE})", ""]
        put(
            "newcomer",
            [*shown, *table, "", "The same by hand:", "", "```python", SCRIPT.rstrip(), "```"],
            DOCS / "sweeps.md",
        )


if __name__ == "__main__":
    main()
