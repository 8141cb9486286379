"""Watches a torch module while another program trains it: norms by layer, and dead units, every so many steps."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

KINDS = ("gradient", "weight_norm", "update_norm", "dead")


class FigureLog(Protocol):
    """What takes the figures of a watched step."""

    def log_beside(self, figures: Mapping[str, Any]) -> None: ...


class ModuleWatch:
    """Records norms of gradients, weights and updates by layer, and dead units, of every so many steps.

    A layer is a module with parameters of its own. Its figures are

        gradient:NAME = |dL/dw|,  weight_norm:NAME = |w|,  update_norm:NAME = |w after - w before|

    as L2 norms over all its parameters, behind the step's backward pass and around its update, and

        dead:NAME = units of a ReLU that answer 0 to every row of the watched batch, a share from 0 to 1.

    Between the watched steps the layers carry no hook; the optimizer's two count the steps.
    """

    def __init__(self, recorder: FigureLog, module: Any, optimizer: Any = None, every: int = 10) -> None:
        import torch

        if every < 1:
            raise ValueError(f"every = {every} is no number of steps (allowed: from 1 on)")
        self._torch = torch
        self._recorder, self._optimizer, self._every = recorder, optimizer, every
        self._layers = {
            name or "module": [one for one in layer.parameters(recurse=False) if one.requires_grad]
            for name, layer in module.named_modules()
        }
        self._layers = {name: own for name, own in self._layers.items() if own}
        rectifiers = (torch.nn.ReLU, torch.nn.ReLU6)
        self._rectifiers = [(name, one) for name, one in module.named_modules() if isinstance(one, rectifiers)]
        self._count = 0
        self._hooks: list[Any] = []  # of the watched step
        self._dead: dict[str, Any] = {}
        self._before: dict[str, list[Any]] = {}
        self._found: dict[str, float] = {}
        self._open = False  # whether a watched step is under way
        if optimizer is None:
            self._lasting = [module.register_forward_pre_hook(self._forward)]
        else:
            before, after = self._before_update, self._after_update
            self._lasting = [optimizer.register_step_pre_hook(before), optimizer.register_step_post_hook(after)]
            self._begin()

    def close(self) -> None:
        """Ends the watch."""
        for hook in (*self._hooks, *self._lasting):
            hook.remove()
        self._hooks, self._lasting = [], []

    def __enter__(self) -> "ModuleWatch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ hooks

    def _forward(self, module: Any, inputs: Any) -> None:
        """A forward pass in training ends the step before it, where no optimizer tells."""
        if not module.training:
            return
        if self._open:
            self._measure_gradients()
            self._finish()
        if self._count % self._every == 0:
            self._begin()
        self._count += 1

    def _begin(self) -> None:
        self._open, self._found, self._dead = True, {}, {}
        for name, layer in self._rectifiers:
            self._hooks.append(layer.register_forward_hook(self._rectified(name)))

    def _rectified(self, name: str) -> Any:
        def hook(layer: Any, inputs: Any, output: Any) -> None:
            if layer.training:
                alive = (output.detach() > 0).flatten(1).any(dim=0) if output.dim() > 1 else output.detach() > 0
                known = self._dead.get(name)
                self._dead[name] = alive if known is None or known.shape != alive.shape else alive | known

        return hook

    def _before_update(self, optimizer: Any, *_: Any) -> None:
        if self._open:
            self._before = {name: [one.detach().clone() for one in own] for name, own in self._layers.items()}

    def _after_update(self, optimizer: Any, *_: Any) -> None:
        self._count += 1
        if not self._open:
            if self._count % self._every == 0:
                self._begin()  # for the step that comes
            return
        self._measure_gradients()  # here, for an optimizer with a closure computes them in its step
        for name, own in self._layers.items():
            moved = [now.detach() - before for now, before in zip(own, self._before.get(name, ()), strict=False)]
            self._found[f"update_norm:{name}"] = self._norm(moved)
        self._before = {}
        self._finish()
        if self._every == 1:
            self._begin()

    def _measure_gradients(self) -> None:
        for name, own in self._layers.items():
            gradients = [one.grad.detach() for one in own if one.grad is not None]
            if gradients:
                self._found[f"gradient:{name}"] = self._norm(gradients)

    def _finish(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._open = [], False
        for name, own in self._layers.items():
            self._found[f"weight_norm:{name}"] = self._norm([one.detach() for one in own])
        for name, alive in self._dead.items():
            self._found[f"dead:{name}"] = 1.0 - float(alive.double().mean())
        self._recorder.log_beside(self._found)

    def _norm(self, arrays: list[Any]) -> float:
        if not arrays:
            return math.nan
        if len(arrays) == 1:
            return float(self._torch.linalg.vector_norm(arrays[0]))
        norm = self._torch.linalg.vector_norm
        return float(norm(self._torch.stack([norm(one) for one in arrays])))
