"""Readings of a machine's sensors, and whether it fails: drawn at random, with the troubles that tables have."""

from dataclasses import replace
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from nnsim.components import Fraction
from nnsim.data.examples import DataSource, Examples, Read
from nnsim.data.playground import Rows
from nnsim.data.splits import Indices
from nnsim.errors import ScenarioError
from nnsim.nn.initializers import RandomSource
from nnsim.text import quote

READINGS = ("temperature", "pressure", "vibration", "humidity")
REPORT = "report"  # written after a failure: nobody has it when the answer is wanted
# Middle and deviation of each reading in its own unit: K, Pa, m/s², %.
UNITS = ((293.0, 8.0), (101_300.0, 2_500.0), (0.05, 0.012), (45.0, 10.0))


class Sensors(DataSource, frozen=True):
    """Four readings of a machine, and whether it fails: where temperature and vibration are far off, either way.

        t, v, p, h ~ N(0, 1), but (t, v) within 1.2 of the middle where the machine runs, 1.5 to 2.7 where it fails

    Half of the machines fail. Of the rows that are trained on only a share `failing` does, if that is less: logs of
    every day hold few failures. The rows set apart keep half and half, so that accuracy there counts both alike.
    `raw` gives the readings in their own units: K, Pa, m/s² and %. `report` adds a column that is filled in when
    the answer is known: in the rows that are trained on it tells it, in all others it is still 0. `ignore` leaves
    columns out.

    Reference: Kaufman, Rosset, Perlich and Stitelman, 2012, Leakage in data mining, section 3 (columns filled in
    afterwards).
    """

    n: Rows = 300
    failing: Annotated[float, Meta(gt=0.0, le=0.5)] = 0.5
    noise: Fraction = 0.0
    raw: bool = False
    report: bool = False
    ignore: Annotated[list[str], Meta(max_length=4)] = msgspec.field(default_factory=list)

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        fails = np.arange(self.n) < self.n // 2
        radius = np.where(fails, rng.uniform(1.5, 2.7, (self.n,)), 1.2 * np.sqrt(rng.random((self.n,))))
        angle = rng.uniform(0.0, 2.0 * np.pi, (self.n,))
        others = rng.normal(0.0, 1.0, (self.n, 2))
        readings = np.stack(
            [radius * np.cos(angle), others[:, 0], radius * np.sin(angle), others[:, 1]], axis=1
        ) + self.noise * rng.normal(0.0, 1.0, (self.n, 4))
        if self.raw:
            middles, deviations = np.array(UNITS).T
            readings = middles + deviations * readings
        names = [*READINGS, REPORT] if self.report else [*READINGS]
        inputs = np.hstack([readings, np.zeros((self.n, 1))]) if self.report else readings
        for one in self.ignore:
            if one not in (*READINGS, REPORT):
                raise ScenarioError(
                    f"data.ignore: {quote(one)} is no column (allowed: {', '.join((*READINGS, REPORT))})"
                )
        kept = [at for at, name in enumerate(names) if name not in self.ignore]
        if not kept:
            raise ScenarioError("data.ignore: leaves no column (allowed: fewer)")
        chosen = tuple(names[at] for at in kept)
        return Examples(inputs[:, kept], fails[:, None].astype(float), chosen, ("fails",), ("runs", "fails"))

    @property
    def fills_in(self) -> bool:
        return self._reports or self.failing < 0.5

    @property
    def _reports(self) -> bool:
        return self.report and REPORT not in self.ignore

    def filled_in(self, examples: Examples, training: Indices) -> Examples:
        labels = examples.labels
        if labels is None:  # there are two classes
            return examples
        inputs, targets = examples.inputs.copy(), examples.targets.copy()
        fail, run = (training[labels[training] == label] for label in (1, 0))
        spare = fail[max(1, round(self.failing * len(training))) :]
        if self.failing < 0.5 and len(spare) and len(run):
            # A machine that runs, mirrored in the middle of its readings, is another one that runs; where there are
            # too few of them, mirrored in the middle of the first reading alone.
            like = np.resize(run, len(spare))
            middles = dict(zip(READINGS, np.array(UNITS)[:, 0] if self.raw else np.zeros(4), strict=True))
            middle = np.array([middles.get(one, 0.0) for one in examples.input_names])
            turned = (np.arange(len(spare)) < len(run))[:, None] | (np.arange(len(middle)) == 0)
            inputs[spare] = np.where(turned, 2.0 * middle - inputs[like], inputs[like])
            targets[spare] = targets[like]
            labels = np.where(np.isin(np.arange(len(labels)), spare), 0, labels)
        if self._reports:
            inputs[training, examples.input_names.index(REPORT)] = 2.0 * labels[training] - 1.0
        return replace(examples, inputs=inputs, targets=targets)
