"""PyTorch: a Python program that rebuilds a network with what it has learnt, and goes on training it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from nnsim.errors import NnsimError
from nnsim.export.exporter import Chosen, Exporter, Pieces, Request
from nnsim.export.numpy_source import beside, packed, tell
from nnsim.export.programs.program import as_text, file_path
from nnsim.export.torch_training import torch_training
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
from nnsim.nn.arrays import Array
from nnsim.nn.layers import (
    AnyLayer,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    LayerNormalization,
    Maps,
    Pooling,
    Residual,
)
from nnsim.scenario.plan import Plan
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


@dataclass(frozen=True)
class TorchProgram:
    """A program, what lies beside it by name, and what nnsim does and it does not, a sentence each."""

    text: str
    arrays: Mapping[str, Array]
    left_out: Sequence[str]


def torch_program(chosen: Chosen, file: str = "run.npz") -> TorchProgram:
    """A program with `model`, `answer`, `train` and a check against nnsim, in the mode for training.

    Args: file: the name of what lies beside it, where the rows are too many to be written out.
    Raises: NnsimError where it cannot be.
    """
    trainer = chosen.trainer()
    timeline, plan = chosen.timeline, trainer.plan
    if plan.network.size > MOST_PARAMETERS:
        raise NnsimError(
            f"--to pytorch: the network has {plan.network.size:,} parameters "
            f"(allowed in a program: {MOST_PARAMETERS:,}; --to npz writes them as arrays)"
        )
    title, name = as_text(timeline.scenario.name), as_text(timeline.name)
    body = _sequence(plan.network.stack, 1, takes_logits(plan))
    training = torch_training(trainer, file_path(file, beside=True), _literal, _places(plan.network.stack, ""))
    left_out = "".join(f"Left out: {one}.\n" for one in training.left_out)
    numbers = "np." in training.text
    imports = ["import sys\n", "from pathlib import Path\n" if training.arrays else "", "\n"]
    imports += ["import numpy as np\n" if numbers else "", "import torch\nfrom torch import nn\n"]
    imports += ["from torch.nn import functional as F\n"] if "F." in training.text else []
    parts = [
        f'"""{title}, {name}: the network after step {chosen.step:,}, exported by nnsim.\n\n'
        "Run it to compare its answers with those of nnsim, with a number to train on for so many steps; import\n"
        "`model`, `answer` and `train` to go on from here.\n"
        f'{left_out}"""\n\n',
        *imports,
        f"\ntorch.set_default_dtype(torch.{plan.train.precision})\n",
        RESIDUAL if any(isinstance(one, Residual) for one in plan.network.walk()) else "",
        f"\nmodel = nn.Sequential(\n{body})\n",
        _weights(trainer),
        _prepare(trainer),
        _answer(plan),
        _expected(trainer),
        f"\n\n{training.text}" if training.text else "",
        _main(bool(training.text)),
    ]
    return TorchProgram("".join(parts), training.arrays, tuple(training.left_out))


def program(chosen: Chosen) -> str:
    """The text of the program alone."""
    return torch_program(chosen).text


def takes_logits(plan: Plan) -> bool:
    """Whether the loss has the last activation in it, so that the model ends before that."""
    return plan.loss.from_logits and isinstance(plan.output, Sigmoid | Softmax)


# ------------------------------------------------------------------ layers


def _sequence(layers: tuple[AnyLayer, ...], depth: int, to_logits: bool = False, maps: Maps | None = None) -> str:
    modules = [line for _, _, lines in _row(layers, depth, maps) for line in lines]
    return "".join("    " * depth + f"{line},\n" for line in (modules[:-1] if to_logits else modules))


def _row(
    layers: tuple[AnyLayer, ...], depth: int, maps: Maps | None
) -> list[tuple[AnyLayer | None, Maps | None, list[str]]]:
    """Layers in a row, what each reads, and its modules: layers that read pictures have them in rows and columns
    in PyTorch, and all others flat; so there are modules between them, which belong to no layer.

    Args: maps: the pictures that come in, where they are not flat; what goes out is as that.
    """
    found: list[tuple[AnyLayer | None, Maps | None, list[str]]] = []
    given = maps
    for layer in layers:
        wanted = maps
        if isinstance(layer, Convolution | Pooling):
            wanted = layer.before
        elif not isinstance(layer, Dropout | Residual):
            wanted = None
        found += _turned(maps, wanted)
        found.append((layer, wanted, _modules(layer, depth, wanted)))
        maps = layer.after if isinstance(layer, Convolution | Pooling) else wanted
    return found + _turned(maps, given)


def _turned(maps: Maps | None, wanted: Maps | None) -> list[tuple[AnyLayer | None, Maps | None, list[str]]]:
    """The module between pictures and flat rows; none where they are as wanted."""
    if (maps is None) == (wanted is None):
        return []
    return [(None, maps, ["nn.Flatten()" if wanted is None else f"nn.Unflatten(1, {tuple(wanted)})"])]


def _modules(layer: AnyLayer, depth: int, maps: Maps | None) -> list[str]:
    made = ""
    match layer:
        case Dense():
            made = f"nn.Linear({layer.inputs}, {layer.units}, bias={layer.bias})"
        case Convolution():
            sizes = f"{layer.before.channels}, {layer.filters}, {layer.kernel}"
            places = f"stride={layer.stride}, padding={layer.padding}, bias={layer.bias}"
            made = f"nn.Conv2d({sizes}, {places})"
        case Pooling():
            made = f"nn.{'MaxPool2d' if layer.mode == 'max' else 'AvgPool2d'}({layer.side})"
        case BatchNorm():
            made = f"nn.BatchNorm1d({layer.units}, eps={layer.epsilon!r}, momentum={layer.momentum!r})"
        case LayerNormalization():
            made = f"nn.LayerNorm({layer.units}, eps={layer.epsilon!r})"
        case Dropout():
            made = f"nn.Dropout({layer.rate!r})"
        case Residual():
            made = f"Residual(\n{_sequence(layer.layers, depth + 1, maps=maps)}{'    ' * depth})"
    return [made, *_activation(layer.activation)]


def _activation(activation: Activation) -> list[str]:
    if type(activation) is Linear:
        return []
    if type(activation) not in MODULES:
        kind = type(activation).__name__
        raise NnsimError(f"--to pytorch: {kind} has no counterpart (allowed: the activations of nnsim itself)")
    settings = {name: repr(value) for name, value in msgspec.structs.asdict(activation).items()}
    return [MODULES[type(activation)].format(**settings)]


def _places(layers: tuple[AnyLayer, ...], path: str, maps: Maps | None = None) -> list[tuple[str, AnyLayer]]:
    """Layers that have learnt something, each with its name in PyTorch."""
    found: list[tuple[str, AnyLayer]] = []
    index = 0
    for layer, read, modules in _row(layers, 0, maps):
        place = f"{path}{index}"
        if isinstance(layer, Residual):
            found += _places(layer.layers, f"{place}.inner.", read)
        elif layer is not None and not isinstance(layer, Dropout | Pooling):
            found.append((place, layer))
        index += len(modules)
    return found


def _weights(trainer: Trainer) -> str:
    flat, entries = trainer.parameters, []
    for place, layer in _places(trainer.plan.network.stack, ""):
        if isinstance(layer, Dense | Convolution):
            weights = layer.weights(flat).T if isinstance(layer, Dense) else layer.kernels(flat)
            entries.append((f"{place}.weight", weights))
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
    needs = "from itertools import combinations_with_replacement\n\n\n" if data.degree > 1 else ""
    docstring = '    """What the network is given for inputs (rows, inputs) as the data set has them."""'
    return "\n\n" + needs + "\n".join(["def prepare(inputs):", docstring, *lines, "    return inputs", ""])


def _answer(plan: Plan) -> str:
    """The function that answers as nnsim evaluates: nothing is dropped, running statistics are used."""
    scaling = plan.examples.scaling
    answers = "model(prepare(inputs))"
    if takes_logits(plan):
        answers = (
            f"torch.sigmoid({answers})" if isinstance(plan.output, Sigmoid) else f"torch.softmax({answers}, dim=1)"
        )
    if scaling is not None:
        deviation, mean = (f"torch.tensor({_literal(one, 2)})" for one in (scaling.deviation, scaling.mean))
        answers = f"{answers} * {deviation} + {mean}"
    return (
        "\n\ndef answer(inputs):\n"
        '    """The answers (rows, outputs) for inputs (rows, inputs), both in the unit of the data set."""\n'
        "    was_training = model.training\n"
        "    model.eval()  # nothing is dropped, running statistics are used\n"
        "    with torch.no_grad():\n"
        f"        answers = {answers}\n"
        "    model.train(was_training)\n"
        "    return answers\n"
    )


def _expected(trainer: Trainer) -> str:
    examples = trainer.plan.examples
    inputs = examples.inputs[:MOST_ROWS]
    answers = trainer.predict(inputs)
    if examples.scaling is not None:
        answers = examples.scaling.undone(answers)
    kind = trainer.parameters.dtype
    return (
        f"\n\ninputs = torch.tensor({_literal(inputs.astype(kind), 1)})\n"
        f"expected = torch.tensor({_literal(answers, 1)})\n"
    )


def _main(trains: bool) -> str:
    on = (
        "    if len(sys.argv) > 1:\n"
        "        for number, loss in train(int(sys.argv[1])):\n"
        "            print(number, repr(loss))\n"
    )
    return (
        '\n\nif __name__ == "__main__":\n'
        "    answers = answer(inputs)\n"
        "    print(answers)\n"
        '    print("largest difference from nnsim:", float((answers - expected).abs().max()))\n'
    ) + (on if trains else "")


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


def _files(request: Request) -> Iterator[tuple[str, Pieces]]:
    runs = request.runs()
    if len(runs) > 1:
        names = ", ".join(f"{one.number} ({one.timeline.name})" for one in runs[:20])
        raise NnsimError(f"--to pytorch: writes one network (allowed: --run with one of {names})")
    file = beside(request)
    found = torch_program(runs[0], file)
    tell(request, found.left_out, found.arrays, file)
    if found.arrays and request.target is not None:
        yield file, [packed(found.arrays)]
    yield "", [found.text]


PYTORCH = Exporter(".py", _files, takes_scenarios=True)
