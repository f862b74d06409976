"""Plans: what a program does with its models. Plain validated data; the places they come from are kept apart."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Annotated, Any, Literal

# No plugin of the environment has a say in how plans are validated; looking for one costs 15 ms.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    model_validator,
)

from specc.catalogue.declare import Declaration


def _instance(value: Any) -> Declaration:
    if not isinstance(value, Declaration):
        raise ValueError("not a declared object")
    return value


Declared = Annotated[
    Declaration,
    PlainValidator(_instance),
    PlainSerializer(lambda d: d.record(), return_type=dict[str, Any]),
]
"""An instance of a declaration (a loss, an optimizer, …); its JSON form is its record."""


def epochs_of(phases: Iterable[Any]) -> int:
    """The epochs of all phases together."""
    return sum(int(phase.epochs) for phase in phases)


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _none_for(default: str) -> BeforeValidator:
    """What is by default is not written, so that a plan of an older spec has the hash that it had."""
    return BeforeValidator(lambda value: None if value == default else value)


class DataPlan(Plan):
    """Where examples come from and how they are split."""

    name: str
    source: Declared


class TrainPlan(Plan):
    """How one model, or all members of an ensemble, are trained. The dicts are by output or input name."""

    target: str
    data: str
    loss: dict[str, Declared]
    loss_weights: dict[str, float] = {}
    class_weight: dict[str, tuple[float, ...] | Literal["balanced"]] | None = None
    metrics: dict[str, tuple[Declared | str, ...]] = {}
    weighted_metrics: dict[str, tuple[Declared | str, ...]] | None = None
    optimizer: Declared
    augment: dict[str, tuple[Declared, ...]] = {}
    phases: tuple[Declared, ...] | None = None
    """The parts of a training that freezes and unfreezes layers."""
    epochs: int = Field(default=1, ge=1)
    """How often all examples are seen; with phases, in all of them together."""
    batch_size: int = Field(default=32, ge=1)
    early_stopping: Declared | None = None
    reduce_lr: Declared | None = None
    tensorboard: Declared | Literal["off"] | None = None
    seed: int = Field(default=0, ge=0)
    dtype_policy: Annotated[Literal["mixed_bfloat16", "mixed_float16"] | None, _none_for("float32")] = None
    jit: Annotated[Literal["xla", "off"] | None, _none_for("auto")] = None
    """Whether XLA compiles the step; None leaves that to a measurement."""
    checkpoint: Declared | None = None
    on_nan: Annotated[Literal["skip", "halve_learning_rate"] | None, _none_for("stop")] = None
    """What follows on a step that gives numbers that are not finite; None stops."""

    @model_validator(mode="before")
    @classmethod
    def _with_epochs(cls, values: dict[str, Any]) -> dict[str, Any]:
        phases = values.get("phases")
        return {**values, "epochs": epochs_of(phases)} if phases else values


class Member(Plan):
    """One member of an ensemble: its node's name and the model it is."""

    name: str
    model: str


class EnsemblePlan(Plan):
    """Several models that answer together."""

    name: str
    members: tuple[Member, ...]
    combine: Declared
    sample: Declared | None = None


class TunePlan(Plan):
    """A search over the parameters of a model and its training."""

    target: str
    direction: Literal["max", "min"]
    metric: str
    trials: int = Field(default=20, ge=1)
    pruner: Declared | None = None


class ExportPlan(Plan):
    """What is written besides the artifact, and under which version."""

    target: str
    formats: tuple[str, ...] = ("keras", "saved_model")
    version: str = "0.1.0"
