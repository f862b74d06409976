"""Overlap of predicted and true regions: ``IoU = TP / (TP + FP + FN)`` per class.

Source: https://keras.io/api/metrics/segmentation_metrics/.
"""

from __future__ import annotations

from specc.catalogue.declare import Refusal, show_value
from specc.catalogue.objects.metrics.base import Metric, axis
from specc.catalogue.params import Flag, Integer, Number, Optional, Tuple, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS
from specc.program.dims import Dim


def _num_classes() -> Integer:
    return positive(doc="number of classes")


def _target_class_ids() -> Tuple[Dim]:
    return Tuple(Integer(minimum=0), at_least=1, doc="classes whose overlaps are averaged")


def _ignore_class() -> Optional[Dim]:
    return Optional(Integer(), doc="class id that counts nothing, such as the border's")


def _sparse_y_true() -> Flag:
    return Flag(True, doc="whether targets are class ids instead of one-hot")


def _sparse_y_pred(default: bool) -> Flag:
    return Flag(default, doc="whether outputs are class ids instead of scores per class")


def _refuse_unknown_classes(ids: tuple[Dim, ...], classes: Dim) -> None:
    if isinstance(classes, int) and any(isinstance(i, int) and i >= classes for i in ids):
        raise Refusal(
            CONFLICTING_ARGUMENTS,
            f"`target_class_ids` must be below the number of classes, {classes}",
            expected=f"class ids below {classes}",
            found=show_value(ids),
            argument="target_class_ids",
        )


class IoU(Metric):
    """Mean overlap of some classes: ``mean(TP / (TP + FP + FN))``."""

    targets = "classes"

    num_classes = _num_classes()
    target_class_ids = _target_class_ids()
    ignore_class = _ignore_class()
    sparse_y_true = _sparse_y_true()
    sparse_y_pred = _sparse_y_pred(True)
    axis = axis()

    def check(self) -> None:
        _refuse_unknown_classes(self.target_class_ids, self.num_classes)


class BinaryIoU(Metric):
    """Mean overlap of no (class 0) and yes (class 1), with outputs above ``threshold`` as yes."""

    target_class_ids = Tuple(Integer(minimum=0), (0, 1), at_least=1, doc="which of 0 and 1 count")
    threshold = Number(0.5, doc="outputs above count as yes")

    def check(self) -> None:
        _refuse_unknown_classes(self.target_class_ids, 2)


class MeanIoU(Metric):
    """Mean overlap of all classes: ``mean(TP / (TP + FP + FN))``."""

    targets = "classes"

    num_classes = _num_classes()
    ignore_class = _ignore_class()
    sparse_y_true = _sparse_y_true()
    sparse_y_pred = _sparse_y_pred(True)
    axis = axis()


class OneHotIoU(Metric):
    """Mean overlap of some classes, for one-hot targets."""

    targets = "one_hot"

    num_classes = _num_classes()
    target_class_ids = _target_class_ids()
    ignore_class = _ignore_class()
    sparse_y_pred = _sparse_y_pred(False)
    axis = axis()

    def check(self) -> None:
        _refuse_unknown_classes(self.target_class_ids, self.num_classes)


class OneHotMeanIoU(Metric):
    """Mean overlap of all classes, for one-hot targets."""

    targets = "one_hot"

    num_classes = _num_classes()
    ignore_class = _ignore_class()
    sparse_y_pred = _sparse_y_pred(False)
    axis = axis()
