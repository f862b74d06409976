"""Pictures and tables of a run: learning curves, confusion matrix, residuals."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.data.raw import Array
from specc.data.split import Split
from specc.data.stored import whole
from specc.program.plans import TrainPlan
from specc.training.loop import History
from specc.training.step.feeding import answers

_NOT_SHOWN: Final = ("seconds", "learning_rate", "phase")
"""What is logged of an epoch and is no measure of it."""


def write_reports(
    folder: Path,
    histories: list[History],
    model: Any,
    plan: TrainPlan,
    split: Split,
    classes: dict[str, tuple[str, ...]],
) -> dict[str, Array]:
    """Write ``curves.png`` and for each output ``confusion.png`` with ``confusion.csv``, or ``residuals.png``.

    With several outputs the files are called ``confusion_<output>.png`` and so on. Returns what the model answers, by
    output.
    """
    curves(folder / "curves.png", histories)
    found = answers(model, split.inputs, plan.batch_size)
    for name in plan.loss:
        suffix = "" if len(plan.loss) == 1 else f"_{name}"
        answer, target = np.asarray(found[name]), whole(split.targets[name])
        if name in classes and target.size:
            matrix = confusion(target, answer, len(classes[name]))
            confusion_csv(folder / f"confusion{suffix}.csv", matrix, classes[name])
            confusion_png(folder / f"confusion{suffix}.png", matrix, classes[name])
        elif answer.shape == target.shape:
            residuals_png(folder / f"residuals{suffix}.png", target, answer)
    return {name: np.asarray(found[name]) for name in plan.loss}


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def curves(path: Path, histories: list[History]) -> None:
    """Loss and metrics over epochs, training and validation, a row for each trained model."""
    shown = [h for h in histories if h.epochs]
    names = [n for n in shown[0].epochs[0] if not n.startswith("val_") and n not in _NOT_SHOWN][:3]
    figure = _figure(5.0 * len(names), 3.2 * len(shown))
    for row, history in enumerate(shown):
        for column, name in enumerate(names):
            if name not in history.epochs[0]:
                continue  # a member with a plan of its own may measure something else
            axes = figure.add_subplot(len(shown), len(names), row * len(names) + column + 1)
            _curve(axes, history, name)
            axes.set_title(f"{history.name}: {name}")
    figure.savefig(path, dpi=110)


def _curve(axes: Any, history: History, name: str) -> None:
    epochs = range(1, len(history.epochs) + 1)
    for key, label, style in ((name, "training", "-"), (f"val_{name}", "validation", "--")):
        if key in history.epochs[0]:
            axes.plot(epochs, [e[key] for e in history.epochs], style, label=label)
    phases = [e.get("phase") for e in history.epochs]
    for number in (n for n in epochs[1:] if phases[n - 1] != phases[n - 2]):
        axes.axvline(number - 0.5, color="0.7", linewidth=1, linestyle=":")
    if history.best_epoch is not None:
        axes.axvline(history.best_epoch, color="0.7", linewidth=1, label="kept")
    axes.set_xlabel("epoch")
    axes.grid(alpha=0.3)
    axes.legend()


def confusion(target: Array, answer: Array, count: int) -> Array:
    """How often each class (rows) was taken for each (columns), ``[classes, classes]``."""
    from sklearn.metrics import confusion_matrix

    if answer.shape[-1:] == (1,) and target.shape == answer.shape:
        given, found = target[..., 0], answer[..., 0] > 0.5
    else:
        given = target.argmax(-1) if target.shape == answer.shape else target
        found = answer.argmax(-1)
    labels = np.arange(count)
    return confusion_matrix(np.ravel(given).astype(int), np.ravel(found).astype(int), labels=labels)


def confusion_csv(path: Path, matrix: Array, classes: tuple[str, ...]) -> None:
    """The matrix as a table with class names."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["true \\ predicted", *classes])
        writer.writerows([name, *row] for name, row in zip(classes, matrix.tolist(), strict=True))


def confusion_png(path: Path, matrix: Array, classes: tuple[str, ...]) -> None:
    """The matrix as a picture with numbers, for up to 30 classes."""
    size = 2.5 + 0.45 * min(len(classes), 30)
    figure = _figure(size, size)
    axes = figure.add_subplot()
    axes.imshow(matrix, cmap="Blues")
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if len(classes) <= 30:
        axes.set_xticks(range(len(classes)), classes, rotation=90)
        axes.set_yticks(range(len(classes)), classes)
        for (row, column), value in np.ndenumerate(matrix):
            color = "white" if value > matrix.max() / 2 else "black"
            axes.text(column, row, str(value), ha="center", va="center", color=color, fontsize=8)
    figure.savefig(path, dpi=110)


def residuals_png(path: Path, target: Array, answer: Array) -> None:
    """Predicted over true values; the line is where they are equal."""
    figure = _figure(5, 5)
    axes = figure.add_subplot()
    true, predicted = np.ravel(target), np.ravel(answer)
    axes.scatter(true, predicted, s=12, alpha=0.6)
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    axes.plot(ends, ends, color="0.5", linewidth=1)
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
    figure.savefig(path, dpi=110)
