"""PyTorch: a short Python program that rebuilds a network with what it has learnt."""

from collections.abc import Iterator

import msgspec
import numpy as np

from nnsim.arrays import Array
from nnsim.errors import NnsimError
from nnsim.export.exporter import Chosen, Exporter, Request, one_file
from nnsim.nn.activations import (
    ELU,
    GELU,
    Activation,
    LeakyReLU,
    Linear,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from nnsim.nn.layers import AnyLayer, BatchNorm, Dense, Dropout, LayerNormalization, Residual
from nnsim.text import clean_line
from nnsim.training.trainer import Trainer

MOST_PARAMETERS = 200_000  # a program of some five megabytes; arrays say more in less
MOST_ROWS = 8  # of the data set, to check the program by
WIDTH = 100

# What PyTorch computes by the same formula; its Softplus is cut off at 20 unless told otherwise.
MODULES: dict[type[Activation], str] = {
    ELU: "nn.ELU(alpha={alpha})",
    GELU: "nn.GELU(approximate={approximate})",
    LeakyReLU: "nn.LeakyReLU({slope})",
    ReLU: "nn.ReLU()",
    Sigmoid: "nn.Sigmoid()",
    Softmax: "nn.Softmax(dim=1)",
    SiLU: "nn.SiLU()",
    Softplus: "nn.Softplus(threshold=700.0)",
    Tanh: "nn.Tanh()",
}
FEATURES = {
    "x": "x",
    "y": "y",
    "x^2": "x * x",
    "y^2": "y * y",
    "xy": "x * y",
    "sin x": "torch.sin(x)",
    "sin y": "torch.sin(y)",
}
RESIDUAL = '''
class Residual(nn.Module):
    """Adds what goes into a row of layers to what comes out of them."""

    def __init__(self, *layers):
        super().__init__()
        self.inner = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.inner(x)

'''


def program(chosen: Chosen) -> str:
    """A program with `model`, `prepare` and a check against nnsim.  Raises: NnsimError where it cannot be."""
    trainer = chosen.trainer()
    timeline, plan = chosen.timeline, trainer.plan
    if plan.network.size > MOST_PARAMETERS:
        raise NnsimError(
            f"--to pytorch: the network has {plan.network.size:,} parameters "
            f"(allowed in a program: {MOST_PARAMETERS:,}; --to npz writes them as arrays)"
        )
    title = clean_line(timeline.scenario.name).replace("\\", "/").replace('"', "'")
    name = clean_line(timeline.name).replace("\\", "/").replace('"', "'")
    body = _sequence(plan.network.stack, 1)
    parts = [
        f'"""{title}, {name}: the network after step {chosen.step:,}, exported by nnsim.\n\n'
        "Run it to compare its answers with those of nnsim; import `model` and `prepare` to go on from here.\n"
        '"""\n\n'
        "import torch\nfrom torch import nn\n\n"
        f"torch.set_default_dtype(torch.{plan.train.precision})\n",
        RESIDUAL if any(isinstance(one, Residual) for one in plan.network.walk()) else "",
        f"\nmodel = nn.Sequential(\n{body})\n",
        _weights(trainer),
        _prepare(trainer),
        _check(trainer),
    ]
    return "".join(parts)


# ------------------------------------------------------------------ layers


def _sequence(layers: tuple[AnyLayer, ...], depth: int) -> str:
    return "".join("    " * depth + f"{line},\n" for one in layers for line in _modules(one, depth))


def _modules(layer: AnyLayer, depth: int) -> list[str]:
    made = ""
    match layer:
        case Dense():
            made = f"nn.Linear({layer.inputs}, {layer.units}, bias={layer.bias})"
        case BatchNorm():
            made = f"nn.BatchNorm1d({layer.units}, eps={layer.epsilon!r}, momentum={layer.momentum!r})"
        case LayerNormalization():
            made = f"nn.LayerNorm({layer.units}, eps={layer.epsilon!r})"
        case Dropout():
            made = f"nn.Dropout({layer.rate!r})"
        case Residual():
            made = f"Residual(\n{_sequence(layer.layers, depth + 1)}{'    ' * depth})"
    return [made, *_activation(layer.activation)]


def _activation(activation: Activation) -> list[str]:
    if type(activation) is Linear:
        return []
    if type(activation) not in MODULES:
        kind = type(activation).__name__
        raise NnsimError(f"--to pytorch: {kind} has no counterpart (allowed: the activations of nnsim itself)")
    settings = {name: repr(value) for name, value in msgspec.structs.asdict(activation).items()}
    return [MODULES[type(activation)].format(**settings)]


def _places(layers: tuple[AnyLayer, ...], path: str) -> list[tuple[str, AnyLayer]]:
    """Layers that have learnt something, each with its name in PyTorch."""
    found: list[tuple[str, AnyLayer]] = []
    index = 0
    for layer in layers:
        place = f"{path}{index}"
        if isinstance(layer, Residual):
            found += _places(layer.layers, f"{place}.inner.")
        elif not isinstance(layer, Dropout):
            found.append((place, layer))
        index += 1 + len(_activation(layer.activation))
    return found


def _weights(trainer: Trainer) -> str:
    flat, entries = trainer.parameters, []
    for place, layer in _places(trainer.plan.network.stack, ""):
        if isinstance(layer, Dense):
            entries.append((f"{place}.weight", layer.weights(flat).T))
            biases = layer.biases(flat)
            if biases is not None:
                entries.append((f"{place}.bias", biases))
        elif isinstance(layer, BatchNorm):
            mean, variance = layer.running(trainer.statistics)
            gamma, beta = layer.view(flat)
            entries += [(f"{place}.weight", gamma), (f"{place}.bias", beta)]
            entries += [(f"{place}.running_mean", mean), (f"{place}.running_var", variance)]
        elif isinstance(layer, LayerNormalization):
            gamma, beta = layer.view(flat)
            entries += [(f"{place}.weight", gamma), (f"{place}.bias", beta)]
    lines = "".join(f'    "{key}": torch.tensor({_literal(array, 2)}),\n' for key, array in entries)
    return (
        "# Weights are (units, inputs): PyTorch multiplies from the other side than nnsim.\n"
        f"weights = {{\n{lines}}}\n"
        "model.load_state_dict(model.state_dict() | weights)\n"
        "model.eval()  # as nnsim evaluates: nothing is dropped, running statistics are used\n"
    )


# ------------------------------------------------------------------ data


def _prepare(trainer: Trainer) -> str:
    data, examples = trainer.plan.data, trainer.plan.examples
    lines = []
    if data.features:
        made = ", ".join(FEATURES[one] for one in data.features)
        lines += ["    x, y = inputs.T", f"    inputs = torch.stack([{made}], dim=1)"]
    elif data.degree > 1:
        lines += [
            f"    chosen = [list(c) for power in range(1, {data.degree + 1})",
            f"              for c in combinations_with_replacement(range({examples.inputs.shape[1]}), power)]",
            "    inputs = torch.stack([inputs[:, c].prod(dim=1) for c in chosen], dim=1)",
        ]
    if (scaling := data.scaling(data.expand(examples.inputs), trainer.rows)) is not None:
        lines += [
            f"    mean = torch.tensor({_literal(scaling.mean, 2)})",
            f"    deviation = torch.tensor({_literal(scaling.deviation, 2)})",
            "    inputs = (inputs - mean) / deviation",
        ]
    if not lines:
        return ""
    needs = "from itertools import combinations_with_replacement\n\n\n" if data.degree > 1 else ""
    docstring = '    """What the network is given for inputs (rows, inputs) as the data set has them."""'
    return "\n\n" + needs + "\n".join(["def prepare(inputs):", docstring, *lines, "    return inputs", ""])


def _check(trainer: Trainer) -> str:
    inputs = trainer.plan.examples.inputs[:MOST_ROWS]
    answers = trainer.predict(inputs)
    data = trainer.plan.data
    given = "prepare(inputs)" if data.features or data.degree > 1 or data.scales else "inputs"
    return (
        f"\n\ninputs = torch.tensor({_literal(inputs.astype(answers.dtype), 1)})\n"
        f"expected = torch.tensor({_literal(answers, 1)})\n\n"
        'if __name__ == "__main__":\n'
        "    with torch.no_grad():\n"
        f"        answers = model({given})\n"
        "    print(answers)\n"
        '    print("largest difference from nnsim:", float((answers - expected).abs().max()))\n'
    )


def _literal(array: Array, depth: int) -> str:
    """An array as Python writes it, number for number, in lines of a readable width."""
    indent = "    " * depth
    if array.ndim > 1:
        rows = "".join(f"{indent}{_literal(row, depth + 1)},\n" for row in array)
        return f"[\n{rows}{indent[4:]}]"
    words = [_number(value) for value in array.astype(np.float64).tolist()]
    line = f"[{', '.join(words)}]"
    if len(line) + len(indent) <= WIDTH:
        return line
    lines, current = [], ""
    for word in words:
        if current and len(indent) + len(current) + len(word) + 2 > WIDTH:
            lines.append(current.rstrip())
            current = ""
        current += f"{word}, "
    lines.append(current.rstrip())
    return "[\n" + "".join(f"{indent}{one}\n" for one in lines) + indent[4:] + "]"


def _number(value: float) -> str:
    return repr(value) if np.isfinite(value) else f'float("{value}")'


def _program(request: Request) -> Iterator[str]:
    runs = request.runs()
    if len(runs) > 1:
        names = ", ".join(f"{one.number} ({one.timeline.name})" for one in runs[:20])
        raise NnsimError(f"--to pytorch: writes one network (allowed: --run with one of {names})")
    yield program(runs[0])


PYTORCH = Exporter(".py", one_file(_program))
