"""ONNX: the network with what it has learnt, from inputs as the data have them to answers in the target's unit.

Activations are made of operators that runtimes have in float64, too: operator set 18 is the first in which all of
them are.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nnsim.errors import NnsimError
from nnsim.export.exporter import Chosen, Exporter, Extra, Request, one_file, one_run
from nnsim.nn import activations
from nnsim.nn.activations import Activation
from nnsim.nn.arrays import Array
from nnsim.nn.layers import (
    AnyLayer,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    LayerNormalization,
    Pooling,
    Residual,
)
from nnsim.training.trainer import Trainer

OPSET = 18
IR_VERSION = 9  # which every runtime since 2023 reads; onnx itself would write its newest
MOST_ROWS = 8  # that the model is tried with
INPUTS, OUTPUTS = "inputs", "outputs"
FLOAT, DOUBLE = 1, 11  # how ONNX numbers the types of elements


class ModelGraph:
    """The nodes of a model and the numbers that they hold, each under a name of its own."""

    def __init__(self, precision: Any) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.precision = precision

    def constant(self, value: Array | float, precision: Any = None) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        array = np.ascontiguousarray(np.asarray(value, precision or self.precision))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def axes(self, axis: int) -> str:
        return self.integers([axis])

    def integers(self, values: Sequence[int]) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def apply(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Adds a node.  Returns: the name of its result."""
        from onnx import helper

        name = output or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name


def model(chosen: Chosen) -> bytes:
    """The network as an ONNX model.  Raises: NnsimError where a part has no counterpart."""
    import onnx
    from onnx import helper

    trainer = chosen.trainer()
    plan, precision = trainer.plan, np.dtype(trainer.parameters.dtype)
    kind = onnx.TensorProto.DOUBLE if precision == np.float64 else onnx.TensorProto.FLOAT
    graph = ModelGraph(precision)
    value = _layers(graph, plan.network.stack, trainer, _prepared(graph, trainer))
    scaling = plan.examples.scaling
    if scaling is not None:
        value = graph.apply(
            "Add", graph.apply("Mul", value, graph.constant(scaling.deviation)), graph.constant(scaling.mean)
        )
    graph.apply("Identity", value, output=OUTPUTS)
    inputs = helper.make_tensor_value_info(INPUTS, kind, ["rows", plan.examples.inputs.shape[1]])
    outputs = helper.make_tensor_value_info(OUTPUTS, kind, ["rows", plan.network.outputs])
    made = helper.make_model(
        helper.make_graph(graph.nodes, plan.scenario or "network", [inputs], [outputs], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="nnsim",
    )
    about = {
        "run": chosen.timeline.name,
        "step": str(chosen.step),
        "input_names": ", ".join(plan.examples.input_names),
        "target_names": ", ".join(plan.examples.target_names),
        "classes": ", ".join(plan.examples.classes),
    }
    helper.set_model_props(made, {key: text for key, text in about.items() if text})
    onnx.checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString()
    return content


def _prepared(graph: ModelGraph, trainer: Trainer) -> str:
    data, inputs = trainer.plan.data, trainer.plan.examples.inputs
    if data.features or data.degree > 1:
        raise NnsimError("--to onnx: data.features and data.degree have no counterpart (allowed: --to pytorch)")
    scaling = data.scaling(inputs, trainer.rows)
    if scaling is None:
        return INPUTS
    shifted = graph.apply("Sub", INPUTS, graph.constant(scaling.mean))
    return graph.apply("Div", shifted, graph.constant(scaling.deviation))


def _layers(graph: ModelGraph, layers: Sequence[AnyLayer], trainer: Trainer, value: str) -> str:
    """Adds the layers' nodes.  Returns: the name of their answer."""
    flat = trainer.parameters
    for layer in layers:
        match layer:
            case Dense():
                biases = layer.biases(flat)
                added = [] if biases is None else [graph.constant(biases)]
                value = graph.apply("Gemm", value, graph.constant(layer.weights(flat)), *added)
            case Convolution() | Pooling():
                value = _of_pictures(graph, layer, flat, value)
            case BatchNorm():
                mean, variance = layer.running(trainer.statistics)
                gamma, beta = layer.view(flat)
                slope = gamma / np.sqrt(variance + layer.epsilon)
                value = graph.apply("Mul", value, graph.constant(slope))
                value = graph.apply("Add", value, graph.constant(beta - mean * slope))
            case LayerNormalization():
                value = _layer_normalization(graph, layer, flat, value)
            case Residual():
                value = graph.apply("Add", value, _layers(graph, layer.layers, trainer, value))
            case Dropout():
                pass
        value = _activation(graph, layer.activation, value)
    return value


def _of_pictures(graph: ModelGraph, layer: Convolution | Pooling, flat: Array, value: str) -> str:
    """A layer that reads pictures, between flat rows: in single precision, for runtimes have these in no other."""
    double, rows = graph.precision == np.float64, graph.integers([-1, *layer.before])
    value = graph.apply("Reshape", value, rows)
    value = graph.apply("Cast", value, to=FLOAT) if double else value
    if isinstance(layer, Convolution):
        biases = layer.biases(flat)
        arrays = [layer.kernels(flat), *([] if biases is None else [biases])]
        sides: dict[str, Any] = {
            "kernel_shape": [layer.kernel] * 2,
            "strides": [layer.stride] * 2,
            "pads": [layer.padding] * 4,
        }
        value = graph.apply("Conv", value, *(graph.constant(one, np.float32) for one in arrays), **sides)
    else:
        operator = "MaxPool" if layer.mode == "max" else "AveragePool"
        value = graph.apply(operator, value, kernel_shape=[layer.side] * 2, strides=[layer.side] * 2)
    value = graph.apply("Cast", value, to=DOUBLE) if double else value
    return graph.apply("Flatten", value)


def _layer_normalization(graph: ModelGraph, layer: LayerNormalization, flat: Array, value: str) -> str:
    axis = graph.axes(1)
    centred = graph.apply("Sub", value, graph.apply("ReduceMean", value, axis))
    variance = graph.apply("ReduceMean", graph.apply("Mul", centred, centred), axis)
    root = graph.apply("Sqrt", graph.apply("Add", variance, graph.constant(layer.epsilon)))
    gamma, beta = layer.view(flat)
    scaled = graph.apply("Mul", graph.apply("Div", centred, root), graph.constant(gamma))
    return graph.apply("Add", scaled, graph.constant(beta))


# ------------------------------------------------------------------ activations


def _activation(graph: ModelGraph, activation: Activation, z: str) -> str:
    write = WRITERS.get(type(activation))
    if write is None:
        kind = type(activation).__name__
        raise NnsimError(f"--to onnx: {kind} has no counterpart (allowed: the activations of nnsim itself)")
    return write(graph, activation, z)


def _plain(operator: str, **attributes: Any) -> Callable[[ModelGraph, Any, str], str]:
    return lambda graph, _, z: graph.apply(operator, z, **attributes)


def _below(graph: ModelGraph, z: str) -> str:
    """min(z, 0), as -relu(-z)."""
    return graph.apply("Neg", graph.apply("Relu", graph.apply("Neg", z)))


def _leaky(graph: ModelGraph, activation: Any, z: str) -> str:
    below = graph.apply("Mul", _below(graph, z), graph.constant(activation.slope))
    return graph.apply("Add", graph.apply("Relu", z), below)


def _elu(graph: ModelGraph, activation: Any, z: str) -> str:
    one = graph.constant(1.0)
    bent = graph.apply("Sub", graph.apply("Exp", _below(graph, z)), one)
    return graph.apply("Add", graph.apply("Relu", z), graph.apply("Mul", bent, graph.constant(activation.alpha)))


def _silu(graph: ModelGraph, _: Any, z: str) -> str:
    return graph.apply("Mul", z, graph.apply("Sigmoid", z))


def _gelu(graph: ModelGraph, activation: Any, z: str) -> str:
    half, one = graph.constant(0.5), graph.constant(1.0)
    if activation.approximate == "none":
        share = graph.apply("Erf", graph.apply("Mul", z, graph.constant(1 / math.sqrt(2))))
    else:
        cube = graph.apply("Mul", graph.apply("Mul", z, z), graph.apply("Mul", z, graph.constant(0.044715)))
        inner = graph.apply("Mul", graph.apply("Add", z, cube), graph.constant(math.sqrt(2 / math.pi)))
        share = graph.apply("Tanh", inner)
    return graph.apply("Mul", graph.apply("Mul", z, half), graph.apply("Add", share, one))


def _softplus(graph: ModelGraph, _: Any, z: str) -> str:
    small = graph.apply("Exp", graph.apply("Neg", graph.apply("Abs", z)))
    return graph.apply(
        "Add", graph.apply("Relu", z), graph.apply("Log", graph.apply("Add", small, graph.constant(1.0)))
    )


WRITERS: dict[type[Activation], Callable[[ModelGraph, Any, str], str]] = {
    activations.ELU: _elu,
    activations.GELU: _gelu,
    activations.LeakyReLU: _leaky,
    activations.Linear: lambda graph, _, z: z,
    activations.ReLU: _plain("Relu"),
    activations.Sigmoid: _plain("Sigmoid"),
    activations.SiLU: _silu,
    activations.Softmax: _plain("Softmax", axis=1),
    activations.Softplus: _softplus,
    activations.Tanh: _plain("Tanh"),
}


def _written(request: Request) -> Iterator[bytes]:
    yield model(one_run(request.runs(), "onnx"))


ONNX = Exporter(".onnx", one_file(_written), is_text=False, needs=Extra("onnx", "onnx", "onnx", "pytorch"))
