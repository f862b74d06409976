"""What watches a training, with Keras's names and arguments."""

from __future__ import annotations

from specc.catalogue.declare import Declaration
from specc.catalogue.params import Choice, Either, Flag, Integer, Name, Number, Optional

_MODE = "whether lower or higher is better, auto by the name"


class Callback(Declaration, abstract=True):
    """Something that watches a training and acts on it."""

    kind = "callback"


class EarlyStopping(Callback):
    """Stops a training whose monitored value no longer gets better.

    Unlike in Keras, the weights of the best epoch are kept (``restore_best_weights=true``): whoever stops because it
    got no better doesn't want the epochs in which it got worse. Source: https://keras.io/api/callbacks/early_stopping/.
    """

    monitor = Name("val_loss", doc="the watched loss or metric, `val_` for the validation's")
    min_delta = Number(0.0, low=0.0, doc="least change that counts as better")
    patience = Integer(0, minimum=0, doc="epochs without anything better after which it stops")
    mode = Choice("auto", "min", "max", default="auto", doc=_MODE)
    baseline = Optional(Number(), doc="value that must be beaten for an epoch to count as better")
    restore_best_weights = Flag(True, doc="whether the weights of the best epoch are kept (Keras's default is false)")
    start_from_epoch = Integer(0, minimum=0, doc="epochs at the start that aren't watched")


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate of a training whose monitored value no longer gets better.

    Source: https://keras.io/api/callbacks/reduce_lr_on_plateau/.
    """

    monitor = Name("val_loss", doc="the watched loss or metric, `val_` for the validation's")
    factor = Number(
        0.1, low=0.0, high=1.0, open_low=True, open_high=True, doc="what the learning rate is multiplied by"
    )
    patience = Integer(10, minimum=0, doc="epochs without anything better after which it is lowered")
    mode = Choice("auto", "min", "max", default="auto", doc=_MODE)
    min_delta = Number(1e-4, low=0.0, doc="least change that counts as better")
    cooldown = Integer(0, minimum=0, doc="epochs after a lowering that aren't counted")
    min_lr = Number(0.0, low=0.0, doc="least learning rate")


class TensorBoard(Callback):
    """What a run writes for TensorBoard besides losses and metrics by epoch.

    The graph has a node per layer of the spec. Histograms have the paths of the weights, as they stand in an artifact.
    Source: https://keras.io/api/callbacks/tensorboard/.
    """

    histogram_freq = Integer(0, minimum=0, doc="epochs from one histogram of each weight to the next, 0 for none")
    write_graph = Flag(True, doc="whether the graph of the model is written")
    update_freq = Either(
        Choice("batch", "epoch"),
        Integer(minimum=1),
        default="epoch",
        doc="steps after which loss and metrics of the epoch so far are written; `batch` is 1",
    )

    @property
    def steps(self) -> int | None:
        """The steps after which something is written; None where that is at the end of an epoch only."""
        return None if self.update_freq == "epoch" else 1 if self.update_freq == "batch" else int(str(self.update_freq))
