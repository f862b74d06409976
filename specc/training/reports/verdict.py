"""What the curves of a training say about it, and what the spec could change: overfitting, or learning cut short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan

_RISE: Final = 0.05
"""How much of the least validation loss a later one must be above it to count as risen."""

_FALL: Final = 0.02
"""How much the validation loss must have fallen over the last epochs to count as still falling."""

_EPOCHS: Final = 3
"""Over how many epochs a loss must rise or fall; less may be chance."""

_NOISE: Final = frozenset(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
    "GaussianDropout", "GaussianNoise"))  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """A finding about a training: what it is called, what was seen, and what the spec could change."""

    name: str
    seen: str
    ways: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.seen}"


def verdict(
    logs: Sequence[Mapping[str, float]], plan: TrainPlan, graphs: Iterable[ModelGraph], *, kept: int | None = None
) -> Verdict | None:
    """What the losses of a training say; None where they say nothing.

    Args:
        logs: of each epoch.
        graphs: the model that was trained and those in it.
        kept: the epoch whose weights were kept, from 1; None for the last.
    """
    if not logs:
        return None
    if "val_loss" not in logs[-1]:
        seen = "the data have no validation split, so that nothing says whether it overfits"
        return Verdict("not validated", seen, ("set `validation=0.1` in the data",))
    checked = [epoch["val_loss"] for epoch in logs]
    best, last = min(range(len(checked)), key=checked.__getitem__), len(checked) - 1
    if last - best >= _EPOCHS and _rose(logs, best):
        return _overfitting(logs, best, plan, list(graphs), kept)
    if last >= _EPOCHS and best == last and checked[last] < checked[last - _EPOCHS] * (1 - _FALL):
        seen = (
            f"the validation loss was still falling, from {checked[last - _EPOCHS]:.4g} to {checked[last]:.4g} in the "
        )
        seen += f"last {_EPOCHS} epochs"
        return Verdict("underfitting", seen, (_more_epochs(plan), "raise the learning rate"))
    return None


def _more_epochs(plan: TrainPlan) -> str:
    if not plan.phases:
        return f"raise `epochs`, now {plan.epochs}"
    last: Any = plan.phases[-1]
    return f"raise the `epochs` of the last phase, now {last.epochs}"


def _rose(logs: Sequence[Mapping[str, float]], best: int) -> bool:
    """Whether the validation loss rose above its least value and above the training loss, which fell.

    The median of the last epochs stands for them: one alone may be chance.
    """
    late, training = (median(epoch[name] for epoch in logs[-_EPOCHS:]) for name in ("val_loss", "loss"))
    above = max(logs[best]["val_loss"], training) * (1 + _RISE)
    return late > above and logs[-1]["loss"] < logs[best]["loss"]


def _overfitting(
    logs: Sequence[Mapping[str, float]], best: int, plan: TrainPlan, graphs: list[ModelGraph], kept: int | None
) -> Verdict:
    first, last = logs[best], logs[-1]
    seen = f"since epoch {best + 1} the validation loss rose from {first['val_loss']:.4g} to {last['val_loss']:.4g}, "
    seen += f"while the training loss fell from {first['loss']:.4g} to {last['loss']:.4g}"
    if kept is not None:
        seen += f"; the weights of epoch {kept} were kept"
    return Verdict("overfitting", seen, tuple(_ways(plan, graphs)))


def _ways(plan: TrainPlan, graphs: list[ModelGraph]) -> Iterator[str]:
    """What a spec that overfits doesn't have yet."""
    nodes = [node for graph in graphs for node in graph.nodes]
    if plan.early_stopping is None:
        yield "`early_stopping = EarlyStopping(patience=3)` ends in time and keeps the best weights"
    if not plan.augment and any(t.rank == 3 for graph in graphs[:1] for t in graph.inputs.values()):
        yield "`augment = RandomFlip(horizontal) -> RandomRotation(0.05)` makes more pictures of those that there are"
    if not any(node.type_name in _NOISE for node in nodes):
        yield "`Dropout(0.3)` before the last layer"
    if not any(getattr(node.layer, "kernel_regularizer", None) is not None for node in nodes):
        yield "`kernel_regularizer=L2(1e-4)` in large layers, or `AdamW(…, weight_decay=1e-4)`"
    yield "a smaller model, or more data"
