"""What is measured: the same training as a loop written by hand, as a script for PyTorch, and as a run of nnsim.

Each maker returns a function that trains so many further steps. The loops are those of the articles: rows of
examples, a new array for every result, nothing recorded. PyTorch is used as its tutorials do: modules, a loss, an
optimizer of `torch.optim`, one call of each a step, nothing recorded. A run of nnsim records loss and gradient
norms of every step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.scenario.scenario import Scenario
from nnsim.timeline.run import Run
from nnsim.training.population import Population

Advance = Callable[[int], object]


@dataclass(frozen=True)
class Task:
    """Data, sizes and rules of one training, in the words of a scenario file."""

    inputs: Any  # (rows, inputs)
    targets: Any  # (rows, outputs)
    hidden: int
    bias: bool
    output: str  # "sigmoid" or "softmax"
    activation: str  # of the hidden layer: "sigmoid" or "relu"
    loss: str  # "half-sum", "mean", "binary-cross-entropy" or "softmax-cross-entropy"
    optimizer: str  # "sgd" or "adam"
    rate: float
    batch: int  # 0: all rows

    @property
    def sizes(self) -> tuple[int, int, int]:
        return self.inputs.shape[1], self.hidden, self.targets.shape[1]


def of_scenario(scenario: Scenario, precision: str) -> Advance:
    """A run of nnsim, everything recorded, that begins anew when it ends."""
    settings = {"train.precision": precision}
    runs = [Run(scenario, settings=settings)]

    def advance(steps: int) -> None:
        if runs[0].timeline.length + steps > runs[0].trainer.plan.steps:
            runs[0] = Run(scenario, settings=settings)
        runs[0].advance_to(runs[0].timeline.length + steps)
        assert runs[0].timeline.stop is None or runs[0].timeline.stop.reason == "epochs"

    return advance


def of_population(scenario: Scenario, seeds: int) -> Advance:
    """So many seeds at once, everything recorded; a step is one of all of them."""
    return Population(scenario, seeds=range(seeds)).advance


def many(advance: Advance, runs: int) -> Advance:
    """A loop over so many runs, one after the other, each as long as the next."""

    def each(steps: int) -> None:
        for _ in range(runs):
            advance(steps)

    return each


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def softmax(x: Any) -> Any:
    shares = np.exp(x - x.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def by_hand_plain(task: Task) -> Advance:
    """The loop of the articles: no biases, all rows at once, half the sum of squares, plain gradient descent."""
    rng = np.random.default_rng(0)
    inputs, hidden, outputs = task.sizes
    X, y = task.inputs, task.targets
    weights = [rng.uniform(-1, 1, (inputs, hidden)), rng.uniform(-1, 1, (hidden, outputs))]

    def slope(a: Any) -> Any:
        return a * (1 - a)

    def advance(steps: int) -> None:
        weights0, weights1 = weights
        for _ in range(steps):
            layer0 = X
            layer1 = sigmoid(np.dot(layer0, weights0))
            layer2 = sigmoid(np.dot(layer1, weights1))
            layer2_error = y - layer2
            layer2_delta = layer2_error * slope(layer2)
            layer1_error = layer2_delta.dot(weights1.T)
            layer1_delta = layer1_error * slope(layer1)
            weights1 += task.rate * layer1.T.dot(layer2_delta)
            weights0 += task.rate * layer0.T.dot(layer1_delta)

    return advance


def by_hand(task: Task, precision: str) -> Advance:
    """The same with biases, batches, another loss and Adam, each where the task asks for it."""
    rng = np.random.default_rng(0)
    inputs, hidden, outputs = task.sizes
    X, y = task.inputs.astype(precision), task.targets.astype(precision)
    parameters = [
        rng.normal(0, inputs**-0.5, (inputs, hidden)).astype(precision),
        np.zeros((1, hidden), precision),
        rng.normal(0, hidden**-0.5, (hidden, outputs)).astype(precision),
        np.zeros((1, outputs), precision),
    ]
    m, v = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    act = relu if task.activation == "relu" else sigmoid
    out = softmax if task.output == "softmax" else sigmoid
    state = {"t": 0, "at": len(X)}
    rows = len(X)
    order = np.arange(rows)

    def advance(steps: int) -> None:
        nonlocal order
        w1, b1, w2, b2 = parameters
        for _ in range(steps):
            if task.batch:
                if state["at"] + task.batch > rows:
                    order, state["at"] = rng.permutation(rows), 0
                chosen = order[state["at"] : state["at"] + task.batch]
                state["at"] += task.batch
                xb, yb = X[chosen], y[chosen]
            else:
                xb, yb = X, y
            z1 = xb @ w1 + b1
            a1 = act(z1)
            a2 = out(a1 @ w2 + b2)
            if task.loss == "mean":
                d2 = 2 * (a2 - yb) / a2.size * a2 * (1 - a2)
            elif task.loss == "softmax-cross-entropy":
                d2 = (a2 - yb) / len(xb)
            else:
                d2 = (a2 - yb) / a2.size
            d1 = d2 @ w2.T
            d1 = d1 * (z1 > 0) if task.activation == "relu" else d1 * a1 * (1 - a1)
            gradients = [
                xb.T @ d1,
                d1.sum(axis=0, keepdims=True),
                a1.T @ d2,
                d2.sum(axis=0, keepdims=True),
            ]
            if task.optimizer == "sgd":
                for p, g in zip(parameters, gradients, strict=True):
                    p -= task.rate * g
                continue
            state["t"] += 1
            for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.999 * v[i] + 0.001 * g**2
                m_hat = m[i] / (1 - 0.9 ** state["t"])
                v_hat = v[i] / (1 - 0.999 ** state["t"])
                p -= task.rate * m_hat / (np.sqrt(v_hat) + 1e-8)

    return advance


def of_torch(torch: Any, task: Task, precision: str) -> Advance:
    """PyTorch, eager, on the CPU, with its own optimizer."""
    nn, kind = torch.nn, getattr(torch, precision)
    torch.manual_seed(0)
    inputs, hidden, outputs = task.sizes
    layers = [
        nn.Linear(inputs, hidden, bias=task.bias),
        nn.ReLU() if task.activation == "relu" else nn.Sigmoid(),
        nn.Linear(hidden, outputs, bias=task.bias),
    ]
    logits = task.loss.endswith("cross-entropy")
    model = nn.Sequential(*layers, *([] if logits else [nn.Sigmoid()])).to(kind)
    losses = {
        "half-sum": lambda a, y: 0.5 * ((a - y) ** 2).sum(),
        "mean": nn.MSELoss(),
        "binary-cross-entropy": nn.BCEWithLogitsLoss(),
        "softmax-cross-entropy": nn.CrossEntropyLoss(),
    }
    measure = losses[task.loss]
    make = torch.optim.SGD if task.optimizer == "sgd" else torch.optim.Adam
    optimizer = make(model.parameters(), lr=task.rate)
    X = torch.tensor(np.asarray(task.inputs), dtype=kind)
    y = torch.tensor(np.asarray(task.targets), dtype=kind)
    if task.loss == "softmax-cross-entropy":
        y = y.argmax(dim=1)
    rows = len(X)
    state = {"at": rows, "order": None}

    def advance(steps: int) -> None:
        for _ in range(steps):
            xb, yb = X, y
            if task.batch:
                if state["at"] + task.batch > rows:
                    state["order"], state["at"] = torch.randperm(rows), 0
                chosen = state["order"][state["at"] : state["at"] + task.batch]
                state["at"] += task.batch
                xb, yb = X[chosen], y[chosen]
            optimizer.zero_grad()
            measure(model(xb), yb).backward()
            optimizer.step()

    return advance
