"""Callbacks by which Lightning and Keras record what they train."""

from collections.abc import Mapping
from typing import Any, Protocol


class MetricLog(Protocol):
    """What takes the figures of a training loop: a `nnsim.recorder.Recorder`."""

    def log(self, figures: Mapping[str, Any], /, *, step: int) -> None: ...

    def watch(self, module: Any, optimizer: Any, every: int) -> Any: ...

    def flush(self) -> None: ...


def lightning_callback(recorder: MetricLog, every: int) -> Any:
    """A callback of Lightning's; see `nnsim.recorder.lightning_callback`."""
    try:
        from lightning.pytorch.callbacks import Callback
    except ImportError:
        from pytorch_lightning.callbacks import Callback

    class RecordLightning(Callback):  # type: ignore[misc]
        """Records the metrics of steps and of validations at the trainer's global step."""

        def on_train_start(self, trainer: Any, module: Any) -> None:
            optimizers = trainer.optimizers
            self.watch = recorder.watch(module, optimizers[0] if optimizers else None, every) if every else None

        def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, index: int) -> None:
            found = _scalars(trainer.callback_metrics)
            loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
            if loss is not None and not any("loss" in name and not name.startswith("val") for name in found):
                found["loss"] = float(loss)
            for number, one in enumerate(trainer.optimizers):
                found["lr" if number == 0 else f"lr-{number}"] = float(one.param_groups[0]["lr"])
            found = {name: value for name, value in found.items() if not name.startswith(("val", "test"))}
            recorder.log(found, step=trainer.global_step)

        def on_validation_epoch_end(self, trainer: Any, module: Any) -> None:
            if not trainer.sanity_checking:
                found = _scalars(trainer.callback_metrics)
                found = {name: value for name, value in found.items() if name.startswith("val")}
                if found:
                    recorder.log(found, step=trainer.global_step)

        def on_train_end(self, trainer: Any, module: Any) -> None:
            if self.watch is not None:
                self.watch.close()
            recorder.flush()

    return RecordLightning()


def _scalars(metrics: Any) -> dict[str, float]:
    return {str(name): float(value) for name, value in metrics.items()}


def keras_callback(recorder: MetricLog, batches: bool) -> Any:
    """A callback of Keras's; see `nnsim.recorder.keras_callback`."""
    from keras.callbacks import Callback

    class RecordKeras(Callback):  # type: ignore[misc]
        """Records batches at the number of updates, and epochs at that of their last one."""

        def __init__(self) -> None:
            super().__init__()
            self.updates = 0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.updates += 1
            if batches:
                recorder.log(_scalars(logs or {}), step=self.updates)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            found = _scalars(logs or {})
            rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
            if rate is not None:
                found["lr"] = float(rate)
            if batches:  # those of training were recorded with the last batch
                found = {name: value for name, value in found.items() if name.startswith("val_") or name == "lr"}
                recorder.log(found, step=self.updates)
            else:
                recorder.log(found, step=epoch + 1)

        def on_train_end(self, logs: Any = None) -> None:
            recorder.flush()

    return RecordKeras()
