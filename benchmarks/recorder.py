"""What recording costs: a call of `log`, and, with torch, `watch` on every tenth step of a four-layer perceptron.

Run with torch in the environment for the second: python benchmarks/recorder.py
"""

import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from nnsim.recorder import Recorder

CALLS = 200_000
STEPS = 600
ROUNDS = 5


def cost_of_log(folder: Path) -> float:
    """Microseconds a call, with three figures, the thread that writes included."""
    with Recorder(folder / "calls.nnsim") as record:
        began = time.perf_counter()
        for step in range(CALLS):
            record.log(loss=1.0 / (step + 1), lr=0.1, accuracy=0.5)
        return (time.perf_counter() - began) / CALLS * 1e6


def cost_of_watch(folder: Path) -> float:
    """The share of its training time that `watch` adds to a step, the median of rounds side by side."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shares = []
    x, y = torch.randn(4096, 64), torch.randint(0, 10, (4096,))

    def train(record: Recorder | None) -> float:
        layers = [64, 256, 256, 256, 10]
        parts: list[torch.nn.Module] = []
        for inputs, units in itertools.pairwise(layers):
            parts += [torch.nn.Linear(inputs, units), torch.nn.ReLU()]
        net = torch.nn.Sequential(*parts[:-1])
        optimizer = torch.optim.Adam(net.parameters(), 1e-3)
        if record is not None:
            record.watch(net, optimizer)
        began = time.process_time()  # of all threads: what else the machine does is not counted
        for step in range(STEPS):
            rows = slice(step * 128 % 4096, step * 128 % 4096 + 128)
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            value = loss.item()
            if record is not None:
                record.log(loss=value, lr=1e-3)
        return time.process_time() - began

    for number in range(ROUNDS):
        plain = train(None)
        with Recorder(folder / f"watch-{number}.nnsim") as record:
            watched = train(record)
        shares.append(watched / plain - 1)
    return statistics.median(shares)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(f"log: {cost_of_log(Path(name)):.2f} µs a call")
        if "--log" not in sys.argv:
            print(f"watch, every 10th step: {100 * cost_of_watch(Path(name)):.2f} % of the training time")
