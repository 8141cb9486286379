"""Writes the small logs in `files/` with the libraries whose formats they have, and what each library had logged.

Not run by the suite: it needs torch, tensorboard, lightning, keras (with torch below it), mlflow, trackio, wandb
and transformers in an environment of its own.  python make_files.py [FOLDER]
"""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ.update(KERAS_BACKEND="torch", WANDB_MODE="offline", WANDB_SILENT="true", TRACKIO_DIR="")
HERE = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "files")
STEPS = 40
TRUTH = {}


def figures(step, seed=0):
    """A loss that falls, a rate, two norms; a NaN at step 13 and an infinity at step 17."""
    loss = math.exp(-step / 15) + 0.05 * math.sin(7 * step + seed)
    if step == 13:
        loss = math.nan
    if step == 17:
        loss = math.inf
    return {
        "train/loss": loss,
        "lr": 0.1 * 0.97**step,
        "grad_norm/fc1": 0.5 * math.exp(-step / 9),
        "grad_norm/fc2": 1e-46,
    }


def told(rows):
    """What JSON can hold of rows of figures by step."""
    return {str(step): {name: repr(value) for name, value in row.items()} for step, row in rows.items()}


def tensorboard():
    import numpy as np
    from torch.utils.tensorboard import SummaryWriter

    folder = HERE / "tensorboard"
    rows = {}
    first = SummaryWriter(folder / "run")
    for step in range(0, 25):
        for name, value in figures(step).items():
            first.add_scalar(name, value, step, walltime=1.7e9 + step)
    first.close()
    again = SummaryWriter(folder / "run", purge_step=20)
    for step in range(20, STEPS):
        for name, value in figures(step, seed=1).items():
            again.add_scalar(name, value, step, walltime=1.7e9 + 100 + step)
        if step % 10 == 0:
            again.add_histogram("fc1/weights", np.linspace(-1, 1 + step, 50), step, walltime=1.7e9 + 100 + step)
    again.add_hparams({"lr": 0.1, "layers": "8-8"}, {"hparam/loss": 0.5}, run_name=".")
    again.close()
    for step in range(STEPS):
        rows[step] = {name: float(np.float32(value)) for name, value in figures(step, seed=int(step >= 20)).items()}
    TRUTH["tensorboard/run"] = told(rows)
    from tensorboard import summary

    writer = summary.Writer(str(folder / "tensors"))
    for step in range(10):
        writer.add_scalar("loss", 1 / (step + 1), step)
    writer.close()
    TRUTH["tensorboard/tensors"] = told({step: {"loss": float(np.float32(1 / (step + 1)))} for step in range(10)})


def lightning():
    import lightning
    import torch
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger

    folder = HERE / "lightning"
    heard = []

    class Net(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(3, 2)

        def loss(self, batch):
            return torch.nn.functional.cross_entropy(self.fc(batch[0]), batch[1])

        def training_step(self, batch, index):
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            heard.append((self.global_step, float(loss)))
            return loss

        def validation_step(self, batch, index):
            self.log("val_loss", self.loss(batch))

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 0.02)

    def train(epochs, checkpoint=None):
        trainer = lightning.Trainer(
            max_epochs=epochs, logger=CSVLogger(folder, name="logs"), log_every_n_steps=2, accelerator="cpu",
            callbacks=[LearningRateMonitor()], default_root_dir=folder, enable_progress_bar=False,
            enable_model_summary=False, enable_checkpointing=False, num_sanity_val_steps=0,
        )  # fmt: skip
        trainer.fit(net, loader, held_out, ckpt_path=checkpoint)
        return trainer

    lightning.seed_everything(3)
    x = torch.randn(48, 3)
    data = torch.utils.data.TensorDataset(x, (x.sum(1) > 0).long())
    loader, held_out = torch.utils.data.DataLoader(data, 8), torch.utils.data.DataLoader(data, 48)
    net = Net()
    train(2).save_checkpoint(folder / "two.ckpt")
    net2_steps = len(heard)
    trainer_path = folder / "two.ckpt"
    net = Net()
    train(4)
    shutil.rmtree(folder / "logs" / "version_1")
    net = Net()
    train(4, trainer_path)
    trainer_path.unlink()
    TRUTH["lightning/first"] = [[step, repr(loss)] for step, loss in heard[:net2_steps]]
    for found in folder.rglob("hparams.yaml"):
        found.unlink()


def keras():
    import keras
    import numpy as np

    folder = HERE / "keras"
    folder.mkdir(parents=True)
    keras.utils.set_random_seed(5)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    y = (x.sum(axis=1) > 0).astype("float32")
    heard = {}

    class Ear(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            heard[epoch] = {name: repr(float(value)) for name, value in logs.items()}

    def fit(metrics, first, last, append):
        model = keras.Sequential([keras.layers.Dense(4, "tanh"), keras.layers.Dense(1, "sigmoid")])
        model.compile("sgd", "binary_crossentropy", metrics=metrics)
        model.fit(
            x, y, batch_size=16, epochs=last, initial_epoch=first, verbose=0,
            validation_data=(x[:8], y[:8]), validation_freq=3,
            callbacks=[keras.callbacks.CSVLogger(folder / "log.csv", append=append), Ear()],
        )  # fmt: skip

    fit(["accuracy"], 0, 9, False)
    TRUTH["keras/log.csv"] = dict(heard)
    shutil.copy(folder / "log.csv", folder / "appended.csv")
    fit(["accuracy", "mae"], 9, 12, True)
    (folder / "log.csv").rename(folder / "shifted.csv")
    (folder / "appended.csv").rename(folder / "log.csv")


def hugging_face():
    from transformers import TrainerState

    folder = HERE / "hugging_face"
    folder.mkdir(parents=True)
    state = TrainerState(global_step=40, max_steps=40, num_train_epochs=2, logging_steps=5, train_batch_size=8)
    for step in range(5, 45, 5):
        found = figures(step)
        state.log_history.append(
            {
                "loss": math.nan if step == 15 else found["train/loss"],
                "grad_norm": found["grad_norm/fc1"],
                "learning_rate": found["lr"],
                "epoch": step / 20,
                "step": step,
            }
        )
        if step % 20 == 0:
            state.log_history.append({"eval_loss": 2 * found["train/loss"], "epoch": step / 20, "step": step})
    state.save_to_json(str(folder / "trainer_state.json"))
    TRUTH["hugging_face"] = [{key: repr(value) for key, value in one.items()} for one in state.log_history]


def trackio():
    folder = HERE / "trackio"
    code = f"""
import sys, math, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
import trackio
from make_files import figures
for _ in range(2):
    run = trackio.init(project="demo", name="same", config={{"lr": 0.1, "layers": 2}}, auto_log_gpu=False)
    for step in range(20):
        trackio.log(figures(step), step=step)
    trackio.finish()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TRACKIO_DIR": str(folder), "HF_HOME": str(folder / "hf")},
        check=False,
    )
    done.check_returncode()
    shrink(folder / "demo.db", {"metrics", "configs"})
    (folder / "demo.lock").unlink(missing_ok=True)
    TRUTH["trackio"] = told({step: figures(step) for step in range(20)})


def mlflow():
    import mlflow

    folder = HERE / "mlflow"
    folder.mkdir(parents=True)
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.set_experiment("demo")
    for name, seed in (("calm", 0), ("other", 1)):
        with mlflow.start_run(run_name=name):
            mlflow.log_params({"lr": 0.1, "seed": seed})
            for step in range(20):
                mlflow.log_metrics(
                    {key.replace("/", "."): value for key, value in figures(step, seed).items()}, step=step
                )
    shrink(folder / "mlflow.db", {"runs", "metrics", "params"})
    TRUTH["mlflow"] = {str(seed): told({step: figures(step, seed) for step in range(20)}) for seed in (0, 1)}


def shrink(path, tables):
    """Drops the tables that the readers never look at, most of which are empty."""
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA foreign_keys = OFF")
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in found:
            if name not in tables and not name.startswith("sqlite_"):
                connection.execute(f"DROP TABLE {name}")
        if "runs" in tables:
            connection.execute("UPDATE runs SET artifact_uri = '', user_id = ''")
    connection.execute("VACUUM")
    connection.close()


def without_machine(path):
    """Leaves out the records that tell of the machine, its folders and its packages; the file is of one block."""
    import struct
    import zlib

    content = path.read_bytes()
    kept, at = content[:7], 7
    while at + 7 <= len(content):
        length, kind = struct.unpack_from("<HB", content, at + 4)
        fragment = content[at + 7 : at + 7 + length]
        assert kind == 1
        if not any(word in fragment for word in (b"/tmp", b"Linux", b"AMD", b"requirements", b"python")):
            kept += struct.pack("<IHB", zlib.crc32(bytes([kind]) + fragment), length, kind) + fragment
        at += 7 + length
    path.write_bytes(kept)


def wandb():
    import wandb

    folder = HERE / "wandb"
    folder.mkdir(parents=True)
    run = wandb.init(
        project="demo", name="calm", config={"lr": 0.1, "net": {"layers": 2}}, dir=str(folder), mode="offline"
    )
    for step in range(STEPS):
        run.log(figures(step), step=step)
    run.finish()
    found = next((folder / "wandb").rglob("*.wandb"))
    shutil.copy(found, folder / "calm.wandb")
    shutil.rmtree(folder / "wandb")
    without_machine(folder / "calm.wandb")
    TRUTH["wandb"] = told({step: figures(step) for step in range(STEPS)})


if __name__ == "__main__":
    for make in (tensorboard, lightning, keras, hugging_face, trackio, mlflow, wandb):
        shutil.rmtree(HERE / make.__name__, ignore_errors=True)
        try:
            make()
        except Exception as error:  # one library's trouble is not the others'
            print(make.__name__, type(error), error)
    (HERE / "truth.json").write_text(json.dumps(TRUTH, indent=1))
