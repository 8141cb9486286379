#!/usr/bin/env bash
# Keras 3.15.1 (on JAX), save_weights and load_weights of a .weights.h5 file.
# Guess: layers that were given names find their weights by those names, as in Keras 2's by_name, torch's state_dict and
#   every checkpoint of a dictionary.
# Instead: a functional model's file holds the class and a count: layers/dense, layers/dense_1. The given names are not
#   in it. Layers are counted in the order in which the graph is walked, so two branches of equal shape, written in
#   the other order (Dot()([b, a]) for Dot()([a, b]), the same function), load each other's weights, without a word.
#   With skip_mismatch=True a new layer takes the weights of the next old one, and that stays as it was drawn.
# Matters: code tidied between training and use gives a model that runs and answers wrongly; a fine-tuned net with one layer
#   more starts from the wrong layers. The warning names the layer that got nothing, not the one that got another's.
# Do: load the whole model from .keras, or go by name yourself: new.get_layer(n).set_weights(old.get_layer(n).get_weights()).
# Seen: after loading, encode_question holds encode_answer's kernel and the other way round; paths in the file: dense, dense_1;
#   with a layer more: "first" right, "new" has the kernel of "last", "last" is as it was drawn
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 h5py==3.16.0
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys
import warnings

import h5py
import keras
import numpy as np

warnings.simplefilter("ignore")  # the one about "last" below


def two_towers(order):
    question, answer = keras.Input((4,), name="question"), keras.Input((4,), name="answer")
    encoded = {"encode_question": keras.layers.Dense(4, name="encode_question")(question),
               "encode_answer": keras.layers.Dense(4, name="encode_answer")(answer)}
    return keras.Model([question, answer], keras.layers.Dot(1)([encoded[name] for name in order]))


def chain(*names):
    return keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4, name=name) for name in names)])


def origin(model, name, saved):
    """Name of the saved layer whose kernel this layer holds."""
    kernel = np.asarray(model.get_layer(name).kernel)
    same = [layer.name for layer in saved.layers
            if layer.weights and np.array_equal(np.asarray(layer.kernel), kernel)]
    return same[0] if same else "none"


saved = two_towers(["encode_question", "encode_answer"])
saved.save_weights("towers.weights.h5")
again, turned = two_towers(["encode_question", "encode_answer"]), two_towers(["encode_answer", "encode_question"])
for model in (again, turned):
    model.load_weights("towers.weights.h5")
with h5py.File("towers.weights.h5") as file:
    paths = [name for name in file["layers"] if "dense" in name or "encode" in name]
print("keras", keras.__version__, "paths in the file:", *paths)
names = ["encode_question", "encode_answer"]
same, swapped = ([origin(model, name, saved) for name in names] for model in (again, turned))
print("written in the same order: ", *names, "hold the kernels of", *same)
print("written in the other order:", *names, "hold the kernels of", *swapped)
short, longer = chain("first", "last"), chain("first", "new", "last")
short.save_weights("chain.weights.h5")
longer.load_weights("chain.weights.h5", skip_mismatch=True)
grown = [origin(longer, name, short) for name in ("first", "new", "last")]
print("a layer more, skip_mismatch: first new last hold the kernels of", *grown)
if not (paths == ["dense", "dense_1"] and same == names and swapped == names[::-1] and grown == ["first", "last", "none"]):
    sys.exit("CHANGED: weight files now go by other names")
PY
