"""A hand-written ``jax.jit`` step with optax, on the same networks.

Weights have Keras's paths; networks are functions of those that are trained, of moving averages, and of a batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from training.workloads import Array, Workload

Weights = dict[str, Any]


def _dense(p: Weights, name: str, x: Any) -> Any:
    return x @ p[f"{name}/kernel"] + p[f"{name}/bias"]


def _conv_bn(p: Weights, s: Weights, name: str, x: Any, stride: int = 1) -> Any:
    """Convolution and normalization; the new moving averages go into ``s``."""
    kernel = p[f"{name}.conv/kernel"]
    x = lax.conv_general_dilated(x, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    for moving, new in (("mean", mean), ("variance", variance)):
        key = f"{name}.bn/moving_{moving}"
        s[key] = 0.9 * s[key] + 0.1 * lax.stop_gradient(new)
    return (x - mean) * (lax.rsqrt(variance + 1e-3) * p[f"{name}.bn/gamma"]) + p[f"{name}.bn/beta"]


def _max_pool(x: Any, size: int) -> Any:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, size, size, 1), (1, 2, 2, 1), "SAME")


def _convnet(p: Weights, s: Weights, x: Any) -> Any:
    x = x / 16
    for first, second in (("conv_bn", "conv_bn_1"), ("conv_bn_2", "conv_bn_3")):
        x = jax.nn.relu(_conv_bn(p, s, first, x))
        x = _max_pool(jax.nn.relu(_conv_bn(p, s, second, x)), 2)
    return _dense(p, "dense_1", jax.nn.relu(_dense(p, "dense", x.reshape(len(x), -1))))


def _mlp(p: Weights, s: Weights, x: Any) -> Any:
    for name in ("dense", "dense_1", "dense_2"):
        x = jax.nn.relu(_dense(p, name, x))
    return _dense(p, "dense_3", x)


def _lstm(p: Weights, s: Weights, x: Any) -> Any:
    cell = "lstm/lstm_cell"
    projected = x.swapaxes(0, 1) @ p[f"{cell}/kernel"] + p[f"{cell}/bias"]

    def step(carry: Any, now: Any) -> Any:
        h, c = carry
        i, f, g, o = jnp.split(now + h @ p[f"{cell}/recurrent_kernel"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zero = jnp.zeros((len(x), p[f"{cell}/recurrent_kernel"].shape[0]))
    (h, _), _ = lax.scan(step, (zero, zero), projected)
    return _dense(p, "dense", h)


def _normal(p: Weights, name: str, x: Any) -> Any:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-6) * p[f"{name}/gamma"] + p[f"{name}/beta"]


def _attention(p: Weights, name: str, x: Any) -> Any:
    q, k, v = (
        jnp.einsum("btc,chd->bthd", x, p[f"{name}/{part}/kernel"]) + p[f"{name}/{part}/bias"]
        for part in ("query", "key", "value")
    )
    mixed = jax.nn.dot_product_attention(q, k, v, is_causal=True)
    return jnp.einsum("bthd,hdc->btc", mixed, p[f"{name}/attention_output/kernel"]) + p[f"{name}/attention_output/bias"]


def _transformer(p: Weights, s: Weights, x: Any) -> Any:
    both = "token_and_position.embedding"
    x = p[f"{both}_1/embeddings"][x] + p[f"{both}/embeddings"]
    for block in ("decoder", "decoder_1"):
        x = x + _attention(p, f"{block}.attention", _normal(p, f"{block}.layer_normalization", x))
        y = _normal(p, f"{block}.layer_normalization_1", x)
        y = jax.nn.gelu(_dense(p, f"{block}.feed_forward.dense", y), approximate=False)
        x = x + _dense(p, f"{block}.feed_forward.dense_1", y)
    return _dense(p, "dense", _normal(p, "layer_normalization", x))


def _resnet(p: Weights, s: Weights, x: Any) -> Any:
    x = _max_pool(jax.nn.relu(_conv_bn(p, s, "conv_bn", x, 2)), 3)
    for number in range(8):
        name = f"residual_{number}" if number else "residual"
        stride = 2 if number in (2, 4, 6) else 1
        skip = x if stride == 1 else _conv_bn(p, s, f"{name}.skip", x, 2)
        x = jax.nn.relu(_conv_bn(p, s, f"{name}.conv_1", x, stride))
        x = jax.nn.relu(skip + _conv_bn(p, s, f"{name}.conv_2", x))
    return _dense(p, "dense", x.mean((1, 2)))


_NETWORKS: dict[str, Callable[[Weights, Weights, Any], Any]] = {
    "convnet": _convnet,
    "mlp": _mlp,
    "lstm": _lstm,
    "transformer": _transformer,
    "resnet": _resnet,
}


class Jax:
    """The faster of a loop in Python over a compiled step, and of ``lax.scan`` over an epoch's steps."""

    def __init__(self, workload: Workload, weights: Mapping[str, Array]) -> None:
        self.network, self.batch = _NETWORKS[workload.network], workload.batch
        adam = workload.optimizer == "Adam"
        self.optimizer = optax.adam(workload.rate, eps=1e-7) if adam else optax.sgd(workload.rate, momentum=0.9)
        self.initial = {k: np.asarray(v) for k, v in weights.items()}
        self.inputs, self.targets = (jnp.asarray(a) for a in workload.arrays())
        self.orders = np.random.default_rng(1)
        self.step = jax.jit(self._step, donate_argnums=0)
        self.scan = jax.jit(lambda state, rows, x, y: lax.scan(lambda s, r: self._step(s, r, x, y), state, rows))
        self.scans = False
        self.restore()
        self._choose()

    def _step(self, state: Any, rows: Any, inputs: Any, targets: Any) -> Any:
        trained, moving, optimizing = state

        def loss_of(p: Weights) -> Any:
            s = dict(moving)
            logits = self.network(p, s, inputs[rows])
            return optax.softmax_cross_entropy_with_integer_labels(logits, targets[rows]).mean(), s

        (loss, moving), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained)
        updates, optimizing = self.optimizer.update(gradients, optimizing, trained)
        return (optax.apply_updates(trained, updates), moving, optimizing), loss

    def _choose(self) -> None:
        took = {}
        for self.scans in (False, True):
            self.train(1)
            took[self.scans] = self.train(1)
        self.scans = took[True] < took[False]
        self.note = "lax.scan over an epoch" if self.scans else "a call per step"

    def restore(self) -> None:
        """See `Contender`."""
        trained = {k: jnp.array(v) for k, v in self.initial.items() if "/moving_" not in k}
        moving = {k: jnp.array(v) for k, v in self.initial.items() if "/moving_" in k}
        self.state = (trained, moving, self.optimizer.init(trained))

    def losses(self, steps: tuple[int, ...]) -> list[float]:
        """See `Contender`."""
        self.restore()
        found, first = [], 0
        for count in steps:
            rows = np.arange(first * self.batch, (first + count) * self.batch, dtype=np.int32)
            found.append(self._epoch(rows.reshape(count, self.batch)))
            first += count
        return found

    def _epoch(self, rows: Array) -> float:
        """The mean loss of a step for each of the rows."""
        if self.scans:
            self.state, losses = self.scan(self.state, rows, self.inputs, self.targets)
            return float(losses.mean())
        total = jnp.zeros(())
        for now in rows:
            self.state, loss = self.step(self.state, now, self.inputs, self.targets)
            total = total + loss
        return float(total) / len(rows)

    def train(self, epochs: int) -> float:
        """See `Contender`."""
        began = time.perf_counter()
        for _ in range(epochs):
            rows = self.orders.permutation(len(self.inputs)).astype(np.int32)
            self._epoch(rows.reshape(-1, self.batch))
        jax.block_until_ready(self.state)
        return time.perf_counter() - began
