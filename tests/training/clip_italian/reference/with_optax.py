"""Writes optax.npz: numbers of the libraries that trained the published model.

Not run by the tests. Python 3.11, Linux x86-64, in an environment of its own, from this folder:

    pip install optax==0.0.9 jax==0.4.13 jaxlib==0.4.13 chex==0.1.7 numpy==1.24.4 scipy==1.10.1 \
        typing_extensions
    python with_optax.py

optax 0.0.9 is of July 2021, as the published run; 0.0.8 has the same functions, to the letter. The
jax of that time has no wheels for Python 3.11. What optax 0.0.9 asks of a later one and does not
find is `jax.tree_multimap`, another name of `tree_map`.
"""

from __future__ import annotations

from pathlib import Path

import inputs
import jax
import jax.numpy as jnp
import numpy as np

jax.tree_multimap = jax.tree_util.tree_map

import optax  # noqa: E402


def belief() -> dict[str, np.ndarray]:
    """Return AdaBelief's updates at some steps, [seen steps, scales, kinds], and their sums up to
    each, float64."""
    optimizer = optax.scale_by_belief()
    update = jax.jit(optimizer.update)
    state = optimizer.init(jnp.zeros(inputs.gradient(0).shape))
    total, updates, totals = 0.0, [], []
    for step in range(inputs.STEPS):
        one, state = update(jnp.asarray(inputs.gradient(step)), state)
        total = total + np.asarray(one, np.float64)
        if step + 1 in inputs.SEEN:
            updates.append(np.asarray(one))
            totals.append(total)
    return {"belief_updates": np.array(updates), "belief_totals": np.array(totals)}


def schedule(peak: float, steps: int, warmup: int, decay: str = "cosine"):
    """Return the two schedules that the script joins: linear from 0 to the peak, then the decay to
    0."""
    fall = (
        optax.cosine_decay_schedule(peak, steps - warmup)
        if decay == "cosine"
        else optax.linear_schedule(peak, 0.0, steps - warmup)
    )
    return optax.join_schedules([optax.linear_schedule(0.0, peak, warmup), fall], [warmup])


def rates() -> dict[str, np.ndarray]:
    """Return the rates of stage 1 (50 epochs), of stage 2 (15) and of a linear decay, at some
    steps."""
    found = {}
    for name, peak, epochs, decay in (
        ("stage1", 5e-5, 50, "cosine"),
        ("stage2", 1e-5, 15, "cosine"),
        ("linear", 5e-5, 100, "linear"),
    ):
        steps = epochs * 1_298
        warmup = int(0.1 * steps)
        at = [0, 1, warmup - 1, warmup, warmup + 1, steps // 3, steps // 2, steps - 2, steps - 1]
        rate = schedule(peak, steps, warmup, decay)
        found[f"rates_{name}"] = np.array([[step, float(rate(step))] for step in at])
    return found


def chain(name: str, optimizer: optax.GradientTransformation) -> dict[str, np.ndarray]:
    """Return the weights after every step, [steps, ...] each."""
    weights = {key: jnp.asarray(value) for key, value in inputs.parameters().items()}
    state = optimizer.init(weights)
    after: dict[str, list[np.ndarray]] = {key: [] for key in weights}
    for step in range(inputs.CHAIN_STEPS):
        moved, state = optimizer.update(inputs.gradients(step), state, weights)
        weights = optax.apply_updates(weights, moved)
        for key, value in weights.items():
            after[key].append(np.asarray(value))
    return {f"{name}_{key}": np.array(values) for key, values in after.items()}


def loss() -> dict[str, np.ndarray]:
    """Return the loss of each block, and the mean of the blocks' gradients, as the cores average
    them."""

    def of_block(photos, captions):
        x = photos / jnp.linalg.norm(photos, axis=-1, keepdims=True)
        y = captions / jnp.linalg.norm(captions, axis=-1, keepdims=True)
        logits = 20 * x @ y.T
        right = [jnp.diag(jax.nn.log_softmax(logits, axis=axis)) for axis in (0, 1)]
        return -(right[0].mean() + right[1].mean()) / 2

    def mean(photos, captions):
        blocks = (inputs.BLOCKS, inputs.BLOCK, inputs.WIDTH)
        losses = jax.vmap(of_block)(photos.reshape(blocks), captions.reshape(blocks))
        return losses.mean(), losses

    found = jax.value_and_grad(mean, argnums=(0, 1), has_aux=True)
    (_, losses), (by_photos, by_captions) = found(*inputs.rows())
    return {
        "losses": np.asarray(losses),
        "loss_by_photos": np.asarray(by_photos),
        "loss_by_captions": np.asarray(by_captions),
    }


if __name__ == "__main__":
    rate = schedule(5e-3, inputs.CHAIN_STEPS, 4)
    published = optax.chain(
        optax.adaptive_grad_clip(0.01, eps=0.001),
        optax.scale_by_belief(),
        optax.scale_by_schedule(rate),
        optax.scale(-1.0),
    )
    first = optax.adamw(schedule(5e-3, inputs.CHAIN_STEPS, 4, "linear"), weight_decay=0.1)
    numbers = belief() | rates() | chain("published", published) | chain("adamw", first) | loss()
    np.savez_compressed(Path(__file__).with_name("optax.npz"), **numbers)
