"""The parts of a training, each with its own layers that learn."""

from __future__ import annotations

from specc.catalogue.declare import Declaration, Refusal, Value
from specc.catalogue.params import Either, Number, Object, Optional, Text, Tuple, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS


class LayerName(Text):
    """What a phase freezes: a name that the spec gives to a layer, a block or a model, or a path of such names."""

    expects = 'the name of a layer, block or model, or a path such as `"backbone/block5"`'

    def accept(self, value: Value) -> str:
        if not isinstance(value, str):
            raise self.refuse(value, help=["write the name that it has in the model, in quotes"])
        if not value:
            raise self.refuse(value)
        return super().accept(value)


def _names(doc: str) -> Optional[tuple[str, ...]]:
    return Optional(Tuple(LayerName(), at_least=1, single=True), doc=doc)


class Phase(Declaration):
    """A part of a training, with layers that it freezes or lets learn again, and a learning rate of its own.

    What an earlier phase froze stays frozen until a later one takes it back, as ``layer.trainable`` stays between two
    calls of Keras's ``compile``; the first phase begins with what the spec says. Each phase begins with a new
    optimizer, at the weights that the one before left.

    A name is that of a layer or model; of a block, for all layers in it; or the beginning of names before ``_``. A
    ``BatchNormalization`` that is frozen computes as in inference, by its moving mean and variance. Source:
    https://keras.io/guides/transfer_learning/.
    """

    kind = "phase"

    freeze = _names("what learns nothing from here on")
    unfreeze = _names("what learns from here on; it counts after `freeze`")
    learning_rate = Optional(
        Either(Number(low=0.0, open_low=True), Object("schedule")),
        doc="learning rate of this phase, or how it changes with time; none for that of the optimizer",
    )
    epochs = positive(1, doc="how often all examples are seen")
    optimizer = Optional(Object("optimizer"), doc="optimizer of this phase, none for that of the training")

    def check(self) -> None:
        if self.optimizer is not None and self.learning_rate is not None:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`learning_rate` and `optimizer` both say how fast this phase learns",
                help=[f"write `optimizer={type(self.optimizer).__name__}(learning_rate)`"],
                argument="learning_rate",
            )

    def optimizer_after(self, optimizer: Declaration) -> Declaration:
        """The optimizer of this phase in a training that has another one."""
        if self.learning_rate is None:
            return self.optimizer or optimizer
        return type(optimizer).make(**{**optimizer.given, "learning_rate": self.learning_rate})
