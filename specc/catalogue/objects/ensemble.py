"""How ensembles are made: what combines the members' answers, and what each member is trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.layer import known
from specc.catalogue.ops.arithmetic import add, multiply
from specc.catalogue.ops.creation import one_hot
from specc.catalogue.ops.reductions import argmax
from specc.catalogue.params import Integer, Number, Object, Optional, Tuple
from specc.catalogue.registry import find
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, MEMBER_MISMATCH

Apply = Callable[..., Any]
"""Adds a node to the ensemble's graph: ``layer(instance, name, *tensors)`` or ``operation(instance, *operands)``."""


class Combiner(Declaration, abstract=True):
    """Makes one answer of the members' answers."""

    kind = "combiner"

    def combined(self, votes: Sequence[Any], layer: Apply, operation: Apply) -> Any:
        """The tensor that the ensemble answers with; adds what it needs to the graph.

        Raises:
            Refusal: the answers can't be combined in this way.
        """
        raise NotImplementedError(type(self).__name__)


def _layer(name: str, **arguments: Any) -> Any:
    declaration = find("layer", name)
    assert declaration is not None
    return declaration.make(**arguments)


class Averaged(Combiner, abstract=True):
    """The mean of the answers, weighted on request."""

    weights = Optional(
        Tuple(Number(low=0.0), at_least=2),
        doc="how much each member counts, in the order of the members; none for equally",
    )

    def combined(self, votes: Sequence[Any], layer: Apply, operation: Apply) -> Any:
        if self.weights is None:
            return layer(_layer("Average"), "vote", *votes)
        total = sum(self.weights)
        if len(self.weights) != len(votes) or total == 0:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"{len(self.weights)} weights for {len(votes)} members",
                expected=f"{len(votes)} weights, not all 0",
                argument="weights",
            )
        parts = [operation(multiply.make(), v, w / total) for v, w in zip(votes, self.weights, strict=True)]
        answer = parts[0]
        for part in parts[1:]:
            answer = operation(add.make(), answer, part)
        return answer


class SoftVote(Averaged):
    """The mean of the members' class probabilities; the class with the highest mean wins.

    Source: L. Kuncheva, Combining Pattern Classifiers (2004), section 5.2 (mean rule).
    """


class Mean(Averaged):
    """The mean of the members' values, for regression."""


class HardVote(Combiner):
    """Each member votes for its most probable class; the answer is the share of votes of each class.

    Source: L. Kuncheva, Combining Pattern Classifiers (2004), section 4.2 (plurality vote).
    """

    def combined(self, votes: Sequence[Any], layer: Apply, operation: Apply) -> Any:
        classes = [known(v.type.channels, "the number of classes") for v in votes]
        if classes[0] < 2:
            raise Refusal(
                MEMBER_MISMATCH,
                "`HardVote` counts votes for classes, but the members answer with one value",
                help=("combine values with `Mean()`",),
            )
        ballots = [operation(one_hot.make(num_classes=classes[0]), operation(argmax.make(), v)) for v in votes]
        return layer(_layer("Average"), "vote", *ballots)


class Stack(Combiner):
    """A layer learns to combine the members' answers, from predictions on examples that they were not trained on.

    Source: D. Wolpert, Stacked Generalization, Neural Networks 5 (1992).
    """

    layer = Object("layer", doc="the layer that combines the answers, joined on their last axis")
    folds = Integer(5, minimum=2, maximum=100, doc="number of folds that out-of-fold predictions are made on")

    def combined(self, votes: Sequence[Any], layer: Apply, operation: Apply) -> Any:
        joined = layer(_layer("Concatenate"), "answers", *votes)
        return layer(self.layer, "stack", joined)


class Sampler(Declaration, abstract=True):
    """Draws the examples that a member is trained on."""

    kind = "sampler"


class Bootstrap(Sampler):
    """Draws examples with replacement, anew for each member: with `SoftVote`, bagging.

    Source: L. Breiman, Bagging Predictors, Machine Learning 24 (1996).
    """

    fraction = Number(1.0, low=0.0, high=1.0, open_low=True, doc="number of draws, as a share of the training split")


class Pruner(Declaration, abstract=True):
    """Ends trials of a search that promise little."""

    kind = "pruner"


class Hyperband(Pruner):
    """Gives many trials few epochs and the best ever more.

    Source: L. Li et al., Hyperband, JMLR 18 (2018).
    """

    reduction_factor = Integer(3, minimum=2, doc="of how many trials one goes on")


class MedianPruner(Pruner):
    """Ends a trial that is worse than the median of the trials before at the same epoch."""

    startup_trials = Integer(5, minimum=0, doc="number of trials before any is ended")
    warmup_epochs = Integer(0, minimum=0, doc="number of epochs before a trial may be ended")
