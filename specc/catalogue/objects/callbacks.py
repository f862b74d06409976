"""What watches a training, with Keras's names and arguments."""

from __future__ import annotations

from specc.catalogue.declare import Declaration, Refusal, show_value
from specc.catalogue.params import Choice, Either, Flag, Integer, Name, Number, Optional, Tuple
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS

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

    profile_batch = Either(
        Integer(0, minimum=0),
        Tuple(Integer(minimum=1), length=2),
        default=0,
        doc="the step, or the first and the last one, that TensorFlow's profiler looks at, 0 for none",
    )

    def check(self) -> None:
        first, last = self.profiled
        if first > last:
            found = show_value(self.profile_batch)
            message = "`profile_batch` ends before it begins"
            raise Refusal(CONFLICTING_ARGUMENTS, message, found=found, argument="profile_batch")

    @property
    def steps(self) -> int | None:
        """The steps after which something is written; None where that is at the end of an epoch only."""
        return None if self.update_freq == "epoch" else 1 if self.update_freq == "batch" else int(str(self.update_freq))

    @property
    def profiled(self) -> tuple[int, int]:
        """The first and the last step that are profiled, from 1; zeros for none."""
        given = self.profile_batch if isinstance(self.profile_batch, tuple) else (self.profile_batch,) * 2
        return int(str(given[0])), int(str(given[1]))

    def until(self, passed: int) -> int | None:
        """How many steps after some are passed there is something to do; None where there is nothing."""
        first, last = self.profiled
        moments = [moment - passed for moment in (first - 1, last) if moment > passed]
        if self.steps is not None:
            moments.append(self.steps - passed % self.steps)
        return min(moments, default=None)
