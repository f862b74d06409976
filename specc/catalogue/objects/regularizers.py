"""Penalties on weights or outputs that are added to the loss, with Keras's names, arguments and defaults.

Source: https://keras.io/api/layers/regularizers/.
"""

from __future__ import annotations

from specc.catalogue.declare import Declaration
from specc.catalogue.params import Choice, Number


class Regularizer(Declaration, abstract=True):
    """A penalty that is added to the loss."""

    kind = "regularizer"


class L1(Regularizer):
    """Penalty on absolute values: ``l1 * sum(|w|)``."""

    aliases = ("l1",)

    l1 = Number(0.01, low=0.0, doc="weight of the penalty")


class L2(Regularizer):
    """Penalty on squares: ``l2 * sum(w^2)``."""

    aliases = ("l2",)

    l2 = Number(0.01, low=0.0, doc="weight of the penalty")


class L1L2(Regularizer):
    """Penalty on absolute values and squares: ``l1 * sum(|w|) + l2 * sum(w^2)``."""

    aliases = ("l1_l2",)

    l1 = Number(0.0, low=0.0, doc="weight of the absolute values")
    l2 = Number(0.0, low=0.0, doc="weight of the squares")


class OrthogonalRegularizer(Regularizer):
    """Penalty on a matrix's rows or columns that aren't orthogonal: ``factor * mean(|cos|)`` over all pairs."""

    aliases = ("orthogonal_regularizer",)

    factor = Number(0.01, low=0.0, doc="weight of the penalty")
    mode = Choice("rows", "columns", default="rows", doc="what is to be orthogonal")
