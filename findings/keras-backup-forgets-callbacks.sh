#!/usr/bin/env bash
# Keras 3.15.1 (on JAX), callbacks.BackupAndRestore.
# Guess: a run that was killed and is started again with BackupAndRestore ends as the uninterrupted one.
# Instead: weights, optimizer and epoch come back, what the other callbacks counted does not. EarlyStopping and
#   ReduceLROnPlateau start with no best value and no patience used, and with a seed set at the start
#   the shuffles begin anew. A run that is preempted more often than its patience never stops and never lowers its rate,
#   and restore_best_weights forgets a better epoch before the kill.
# Matters: cheap machines that are taken away every few epochs; the history looks seamless.
# Do: keep the callbacks' state in a file of your own, or decide from CSVLogger's table of all epochs.
# Seen (no epoch improves, killed at the start of epoch 5 of 12): EarlyStopping(patience=7) ends uninterrupted
#   after epoch 7, resumed after epoch 11; ReduceLROnPlateau(patience=4) lowers uninterrupted after epochs 3 and 7,
#   resumed after 3 and 8
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys
import tempfile

import keras
import numpy as np

x = np.random.default_rng(0).standard_normal((32, 4)).astype(np.float32)
y = x.sum(1, keepdims=True)


class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 5:
            raise KeyboardInterrupt


class Rates(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        table[epoch] = float(self.model.optimizer.learning_rate.numpy())


def model():
    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    net.compile(keras.optimizers.SGD(0.01), "mse")
    return net


def train(make_callback, kill):
    global table
    table = {}
    folder = tempfile.mkdtemp(dir=".")
    if kill:
        try:
            model().fit(x, y, epochs=12, verbose=0, callbacks=[
                keras.callbacks.BackupAndRestore(folder), make_callback(), Rates(), Kill()])
        except KeyboardInterrupt:
            pass
    model().fit(x, y, epochs=12, verbose=0, callbacks=[
        keras.callbacks.BackupAndRestore(folder), make_callback(), Rates()])
    lowered = [epoch for epoch in range(1, max(table) + 1) if table[epoch] < table[epoch - 1] * 0.99]
    return max(table), [epoch - 1 for epoch in lowered]


def stop():  # min_delta: no epoch counts as better
    return keras.callbacks.EarlyStopping(monitor="loss", patience=7, min_delta=1e9)


def lower():
    return keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=4, min_delta=1e9)


print("keras", keras.__version__)
ends = train(stop, False)[0], train(stop, True)[0]
drops = train(lower, False)[1], train(lower, True)[1]
print("EarlyStopping(patience=7), last epoch: uninterrupted", ends[0], "resumed", ends[1])
print("ReduceLROnPlateau(patience=4), rate lowered after epoch: uninterrupted", drops[0], "resumed", drops[1])
if not (ends[1] > ends[0] and drops[0] != drops[1]):
    sys.exit("CHANGED: a resumed run now carries the state of its callbacks")
PY
