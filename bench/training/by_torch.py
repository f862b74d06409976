"""A hand-written loop in PyTorch, eager or with ``torch.compile``, on the same networks.

Data are tensors in memory, from which a batch is taken by its row numbers: less work than a ``DataLoader``'s. Pictures
lie with channels last, which is faster on CPUs, and the optimizer is fused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  (PyTorch's documentation calls it so)

from training.workloads import Array, Workload

Weights = Mapping[str, Array]


def _to(parameter: Any, value: Array) -> None:
    parameter.data.copy_(torch.from_numpy(value.copy()).reshape(parameter.shape))


def _dense(weights: Weights, name: str) -> nn.Linear:
    kernel = weights[f"{name}/kernel"]
    made = nn.Linear(*kernel.shape)
    _to(made.weight, kernel.T)
    _to(made.bias, weights[f"{name}/bias"])
    return made


class _ConvBN(nn.Module):
    """With Keras's padding ``same``, which has more at the end where a stride leaves an odd rest."""

    def __init__(self, weights: Weights, name: str, size: int, stride: int = 1) -> None:
        super().__init__()
        kernel = weights[f"{name}.conv/kernel"]
        _, _, ins, outs = kernel.shape
        kernel_size = kernel.shape[0]
        rest = max(kernel_size - stride if size % stride == 0 else kernel_size - size % stride, 0)
        self.pad = (rest // 2, rest - rest // 2) * 2 if rest % 2 else None
        self.conv = nn.Conv2d(ins, outs, kernel_size, stride, padding=0 if rest % 2 else rest // 2, bias=False)
        self.bn = nn.BatchNorm2d(outs, eps=1e-3, momentum=0.1)
        _to(self.conv.weight, kernel.transpose(3, 2, 0, 1))
        for own, keras in (("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean")):
            _to(getattr(self.bn, own), weights[f"{name}.bn/{keras}"])

    def forward(self, x: Any) -> Any:
        return self.bn(self.conv(x if self.pad is None else F.pad(x, self.pad)))


class _Convnet(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        sizes = {"conv_bn": 8, "conv_bn_1": 8, "conv_bn_2": 4, "conv_bn_3": 4}
        self.convs = nn.ModuleList(_ConvBN(weights, name, size) for name, size in sizes.items())
        self.hidden, self.last = _dense(weights, "dense"), _dense(weights, "dense_1")

    def forward(self, x: Any) -> Any:
        x = x / 16
        for number, conv in enumerate(self.convs):
            x = F.relu(conv(x))
            x = F.max_pool2d(x, 2) if number % 2 else x
        x = x.permute(0, 2, 3, 1).flatten(1)  # in Keras's order
        return self.last(F.relu(self.hidden(x)))


class _MLP(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.hidden = nn.ModuleList(_dense(weights, name) for name in ("dense", "dense_1", "dense_2"))
        self.last = _dense(weights, "dense_3")

    def forward(self, x: Any) -> Any:
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.last(x)


class _LSTM(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        kernel, recurrent, bias = (weights[f"lstm/lstm_cell/{k}"] for k in ("kernel", "recurrent_kernel", "bias"))
        self.lstm = nn.LSTM(kernel.shape[0], recurrent.shape[0], batch_first=True)
        _to(self.lstm.weight_ih_l0, kernel.T)
        _to(self.lstm.weight_hh_l0, recurrent.T)
        _to(self.lstm.bias_ih_l0, bias)
        self.lstm.bias_hh_l0.data.zero_()
        self.lstm.bias_hh_l0.requires_grad_(False)  # Keras has one bias
        self.last = _dense(weights, "dense")

    def forward(self, x: Any) -> Any:
        return self.last(self.lstm(x)[0][:, -1])


def _layer_norm(weights: Weights, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(len(weights[f"{name}/gamma"]), eps=1e-6)
    _to(made.weight, weights[f"{name}/gamma"])
    _to(made.bias, weights[f"{name}/beta"])
    return made


class _Block(nn.Module):
    def __init__(self, weights: Weights, name: str, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.normal_1 = _layer_norm(weights, f"{name}.layer_normalization")
        self.normal_2 = _layer_norm(weights, f"{name}.layer_normalization_1")
        width = len(weights[f"{name}.layer_normalization/gamma"])
        self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)
        for number, part in enumerate(("query", "key", "value")):
            rows = slice(number * width, (number + 1) * width)
            _to(self.inward.weight[rows], weights[f"{name}.attention/{part}/kernel"].reshape(width, width).T)
            _to(self.inward.bias[rows], weights[f"{name}.attention/{part}/bias"].reshape(width))
        kernel = weights[f"{name}.attention/attention_output/kernel"]
        _to(self.outward.weight, kernel.reshape(width, width).T)
        _to(self.outward.bias, weights[f"{name}.attention/attention_output/bias"])
        self.wide = _dense(weights, f"{name}.feed_forward.dense")
        self.narrow = _dense(weights, f"{name}.feed_forward.dense_1")

    def forward(self, x: Any) -> Any:
        batch, length, width = x.shape
        parts = self.inward(self.normal_1(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.outward(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.narrow(F.gelu(self.wide(self.normal_2(x))))


class _Transformer(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        both = "token_and_position.embedding"
        self.places = nn.Parameter(torch.from_numpy(weights[f"{both}/embeddings"].copy()))
        self.tokens = nn.Embedding(*weights[f"{both}_1/embeddings"].shape)
        _to(self.tokens.weight, weights[f"{both}_1/embeddings"])
        self.blocks = nn.Sequential(_Block(weights, "decoder"), _Block(weights, "decoder_1"))
        self.normal, self.last = _layer_norm(weights, "layer_normalization"), _dense(weights, "dense")

    def forward(self, x: Any) -> Any:
        return self.last(self.normal(self.blocks(self.tokens(x) + self.places)))


class _Residual(nn.Module):
    def __init__(self, weights: Weights, name: str, size: int, stride: int) -> None:
        super().__init__()
        self.skip = _ConvBN(weights, f"{name}.skip", size, stride) if stride > 1 else None
        self.first = _ConvBN(weights, f"{name}.conv_1", size, stride)
        self.second = _ConvBN(weights, f"{name}.conv_2", size // stride)

    def forward(self, x: Any) -> Any:
        skip = x if self.skip is None else self.skip(x)
        return F.relu(skip + self.second(F.relu(self.first(x))))


class _ResNet(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.stem = _ConvBN(weights, "conv_bn", 64, 2)
        blocks, size = [], 16
        for number in range(8):
            stride = 2 if number in (2, 4, 6) else 1
            blocks.append(_Residual(weights, f"residual_{number}" if number else "residual", size, stride))
            size //= stride
        self.blocks, self.last = nn.Sequential(*blocks), _dense(weights, "dense")

    def forward(self, x: Any) -> Any:
        x = F.relu(self.stem(x))
        x = F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2)  # nothing is below 0
        return self.last(self.blocks(x).mean((2, 3)))


_NETWORKS = {"convnet": _Convnet, "mlp": _MLP, "lstm": _LSTM, "transformer": _Transformer, "resnet": _ResNet}


class Torch:
    """Trains with PyTorch.

    Args:
        compiled: whether network and loss are compiled by ``torch.compile``.
    """

    def __init__(self, workload: Workload, weights: Weights, *, compiled: bool) -> None:
        torch.manual_seed(1)
        self.batch = workload.batch
        inputs, targets = (torch.from_numpy(a) for a in workload.arrays())
        self.inputs = inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else inputs
        self.targets = targets.long()
        self.network = _NETWORKS[workload.network](weights)
        if inputs.ndim == 4:
            self.network = self.network.to(memory_format=torch.channels_last)
        self.initial = {k: v.clone() for k, v in self.network.state_dict().items()}
        parameters = [p for p in self.network.parameters() if p.requires_grad]
        if workload.optimizer == "Adam":
            self.optimizer: Any = torch.optim.Adam(parameters, workload.rate, eps=1e-7, fused=True)
        else:
            self.optimizer = torch.optim.SGD(parameters, workload.rate, momentum=0.9, fused=True)
        self.loss = torch.compile(self._loss) if compiled else self._loss
        self.note = "network and loss compiled" if compiled else "eager"

    def _loss(self, x: Any, y: Any) -> Any:
        logits = self.network(x)
        return F.cross_entropy(logits.flatten(0, -2), y.flatten())

    def restore(self) -> None:
        """See `Contender`."""
        self.network.load_state_dict(self.initial)
        for state in self.optimizer.state.values():
            for value in state.values():
                value.zero_()

    def losses(self, steps: tuple[int, ...]) -> list[float]:
        """See `Contender`."""
        found, first = [], 0
        for count in steps:
            rows = torch.arange(first * self.batch, (first + count) * self.batch)
            found.append(self._epoch(rows.view(count, self.batch)))
            first += count
        return found

    def _epoch(self, rows: Any) -> float:
        """The mean loss of a step for each of the rows."""
        total = torch.zeros(())
        for now in rows:
            loss = self.loss(self.inputs[now], self.targets[now])
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            total += loss.detach()
        return float(total) / len(rows)

    def train(self, epochs: int) -> float:
        """See `Contender`."""
        began = time.perf_counter()
        for _ in range(epochs):
            self._epoch(torch.randperm(len(self.inputs)).view(-1, self.batch))
        return time.perf_counter() - began
