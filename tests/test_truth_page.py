"""The page of truth names every method there is: one that is added without a comparison is missed here."""

from pathlib import Path

from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.architecture import LAYERS
from nnsim.nn.losses import LOSSES
from nnsim.optim.optimizers import OPTIMIZERS

PAGE = (Path(__file__).parent.parent / "docs" / "truth.md").read_text(encoding="utf-8")


def test_every_layer_loss_activation_and_optimizer_has_a_row():
    for layer in LAYERS:
        assert f"| layers: {layer} " in PAGE, layer
    for loss in LOSSES:
        assert f"| loss: {loss} " in PAGE, loss
    for activation in ACTIVATIONS:
        assert f"| activation: {activation} |" in PAGE, activation
    for optimizer in OPTIMIZERS:
        assert f"\n| {optimizer} |" in PAGE, optimizer
