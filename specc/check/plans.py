"""What the rules ask of training plans: which models they train, which numbers they compute, which way is better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from specc.catalogue.declare import Declaration
from specc.program.graph import ModelGraph
from specc.program.names import snake_case
from specc.program.program import Program

if TYPE_CHECKING:
    from specc.catalogue.objects.losses import Loss
    from specc.catalogue.objects.metrics import Metric


def trained_models(program: Program, target: str) -> list[ModelGraph]:
    """The models that a plan for ``target`` trains: the target itself, or the members of the ensemble."""
    ensemble = program.ensembles.values_of.get(target)
    names = [target] if ensemble is None else dict.fromkeys(m["model"] for m in ensemble["members"])
    return [program.models[n] for n in names if n in program.models]


def computed_names(plan: dict[str, Any]) -> list[str]:
    """The names under which training logs losses and metrics, as Keras's ``fit`` does."""
    return list(_directions(plan))


def better(plan: dict[str, Any], name: str) -> Literal["min", "max"] | None:
    """Whether less or more of a computed number is better; None where nothing says so."""
    return _directions(plan).get(name)


def _directions(plan: dict[str, Any]) -> dict[str, Literal["min", "max"] | None]:
    several = len(plan["loss"]) > 1
    found: dict[str, Literal["min", "max"] | None] = {"loss": "min"}
    if several:
        found |= {f"{output}_loss": "min" for output in plan["loss"]}
    for output, metrics in plan.get("metrics", {}).items():
        for name, metric in _named(metrics).items():
            found.setdefault(f"{output}_{name}" if several else name, _direction(metric))
    for output, metrics in (plan.get("weighted_metrics") or {}).items():
        for name, metric in _named(metrics).items():
            before = f"{output}_" if several else ""
            # As in Keras, one that is measured without weights, too, has another name.
            name = f"{before}weighted_{name}" if f"{before}{name}" in found else before + name
            found.setdefault(name, _direction(metric))
    return {**found, **{f"val_{n}": d for n, d in found.items()}}


def _named(metrics: Iterable[Declaration | str]) -> dict[str, Declaration | str]:
    """The metrics of one output by their names; a name that Keras makes is numbered where it is taken."""
    found: dict[str, Declaration | str] = {}
    for metric in metrics:
        given = metric if isinstance(metric, str) else getattr(metric, "name", None)
        name = str(given or snake_case(type(metric).__name__))
        if given is None:
            name = next(n for n in (name, *(f"{name}_{i}" for i in range(1, len(found) + 1))) if n not in found)
        found.setdefault(name, metric)
    return found


def is_loss(value: object) -> TypeGuard[Loss]:
    """Whether a value is a loss; a spec without any needn't load them."""
    return isinstance(value, Declaration) and value.kind == "loss"


def kind_of(metric: Declaration | str) -> type[Metric] | None:
    """The class of a metric or of what a word stands for; None for `accuracy`, which hangs on the output."""
    from specc.catalogue.objects.metrics import METRIC_WORDS, Metric

    kind = METRIC_WORDS.get(metric) if isinstance(metric, str) else type(metric)
    return kind if kind is not None and issubclass(kind, Metric) else None


def _direction(metric: Declaration | str) -> Literal["min", "max"] | None:
    kind = kind_of(metric)
    if kind is None:
        return "max"  # `accuracy` and `acc`, whatever they are for the output
    if kind.direction is None:
        return None
    return "max" if kind.direction == "up" else "min"
