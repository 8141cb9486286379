"""Networks with one hidden layer, trained with nothing but NumPy: many starts at once, or one to the last bit."""

import numpy as np

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
FOUR_BITS = np.array([[int(bit) for bit in f"{number:04b}"] for number in range(16)], dtype=float)


def parity(inputs):
    return inputs.sum(axis=1, keepdims=True) % 2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def train_one(inputs, seed, epochs, hidden, first_weight_moved_by=0.0):
    """Weights after so many epochs, as a plain program computes them: (inputs, hidden), (hidden, 1)."""
    random = np.random.RandomState(seed)
    w0 = 2 * random.random_sample((inputs.shape[1], hidden)) - 1
    w1 = 2 * random.random_sample((hidden, 1)) - 1
    w0[0, 0] += first_weight_moved_by
    targets = parity(inputs)
    for _ in range(epochs):
        a1 = sigmoid(np.dot(inputs, w0))
        a2 = sigmoid(np.dot(a1, w1))
        delta2 = (targets - a2) * (a2 * (1 - a2))
        delta1 = delta2.dot(w1.T) * (a1 * (1 - a1))
        w1 += a1.T.dot(delta2)
        w0 += inputs.T.dot(delta1)
    return w0, w1


def answers(inputs, w0, w1):
    return sigmoid(sigmoid(inputs @ w0) @ w1)[..., 0]


def train_many(inputs, seeds, epochs, hidden, bias):
    """The same for many seeds side by side: hidden weights (seeds, inputs, hidden), answers (seeds, rows)."""
    features = inputs.shape[1]
    first, second = [], []
    for seed in seeds:
        random = np.random.RandomState(seed)
        first.append(2 * random.random_sample((features, hidden)) - 1)
        second.append(2 * random.random_sample((hidden, 1)) - 1)
    w0, w1 = np.array(first), np.array(second)
    b0, b1 = np.zeros((len(w0), 1, hidden)), np.zeros((len(w0), 1, 1))
    targets = parity(inputs)
    for _ in range(epochs):
        a1 = sigmoid(inputs @ w0 + b0)
        a2 = sigmoid(a1 @ w1 + b1)
        delta2 = (targets - a2) * a2 * (1 - a2)
        delta1 = (delta2 @ w1.transpose(0, 2, 1)) * a1 * (1 - a1)
        w1 += a1.transpose(0, 2, 1) @ delta2
        w0 += inputs.T @ delta1
        if bias:
            b1 += delta2.sum(axis=1, keepdims=True)
            b0 += delta1.sum(axis=1, keepdims=True)
    return w0, sigmoid(sigmoid(inputs @ w0 + b0) @ w1 + b1)[..., 0]
