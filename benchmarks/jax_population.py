"""Many seeds of a small network in JAX, as its users write them: vmap over members, scan over steps.

    python benchmarks/jax_population.py MEMBERS EPOCHS      xor: trains, and prints how the losses spread

It draws the starts that nnsim draws, and keeps the loss and both gradient norms of every step.
"""

import sys
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def population(bits: int, members: int, epochs: int, precision: str) -> Callable[[], object]:
    """Trains so many seeds of the parity of so many bits; the function is compiled when it is first called."""
    rows = (np.arange(2**bits)[:, None] >> np.arange(bits)) & 1
    inputs, targets = jnp.asarray(rows, precision), jnp.asarray(rows.sum(axis=1, keepdims=True) % 2, precision)

    def loss(weights):
        outputs = jax.nn.sigmoid(jax.nn.sigmoid(inputs @ weights[0]) @ weights[1])
        return 0.5 * jnp.sum((outputs - targets) ** 2)

    def step(weights, _):
        value, slopes = jax.value_and_grad(loss)(weights)
        norms = [jnp.sqrt(jnp.sum(one**2)) for one in slopes]
        return [one - slope for one, slope in zip(weights, slopes, strict=True)], (value, *norms)

    train = jax.jit(jax.vmap(lambda weights: jax.lax.scan(step, weights, None, length=epochs)))
    starts = [start(bits, seed) for seed in range(members)]
    weights = [jnp.asarray(np.stack(one), precision) for one in zip(*starts, strict=True)]
    return lambda: jax.block_until_ready(train(weights))


def start(bits: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.RandomState(seed)
    return 2 * rng.random_sample((bits, bits)) - 1, 2 * rng.random_sample((bits, 1)) - 1


if __name__ == "__main__":
    _, (losses, *_) = population(2, int(sys.argv[1]), int(sys.argv[2]), "float64")()
    print("lowest, quartiles, highest:", *np.quantile(np.asarray(losses)[:, -1], [0, 0.25, 0.5, 0.75, 1]))
