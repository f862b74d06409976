"""What is done with models: data, training, ensembles, searches, exports, with the settings that a spec has."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Required, TypeAlias, TypedDict, Unpack, cast

from specc.build.errors import raising
from specc.build.model import Model
from specc.build.objects import (
    Callback,
    Combiner,
    Held,
    Keeper,
    Loss,
    Metric,
    Optimizer,
    Pruner,
    Sampler,
    Source,
    Stage,
    plain,
)
from specc.build.places import Written, caller
from specc.build.types import expression, value_node
from specc.build.values import Applicable, ManyLayer, described, require_name
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import WRONG_KIND
from specc.elaborate.values import fresh
from specc.source import Span
from specc.syntax import nodes

MetricLike: TypeAlias = "Metric | str"
Metrics: TypeAlias = "MetricLike | Sequence[MetricLike]"
ClassWeight: TypeAlias = "Sequence[float] | Literal['balanced']"


class TrainSettings(TypedDict, total=False):
    """The settings of `train`; a mapping has a value for each output (or input) by name."""

    data: Required[Source | Data]
    loss: Required[Loss | Mapping[str, Loss]]
    augment: ManyLayer | Mapping[str, ManyLayer]
    loss_weights: float | Mapping[str, float]
    class_weight: ClassWeight | Mapping[str, ClassWeight]
    metrics: Metrics | Mapping[str, Metrics]
    weighted_metrics: Metrics | Mapping[str, Metrics]
    optimizer: Optimizer
    phases: Stage | Sequence[Stage]
    epochs: int
    batch_size: int
    early_stopping: Callback | None
    reduce_lr: Callback | None
    tensorboard: Callback | Literal["off"] | None
    seed: int
    dtype_policy: Literal["float32", "mixed_bfloat16", "mixed_float16"]
    jit: Literal["auto", "xla", "off"]
    checkpoint: Keeper | None
    on_nan: Literal["stop", "skip", "halve_learning_rate"]


class TuneSettings(TypedDict, total=False):
    """The settings of `tune`; the objective is written as in a spec: ``"max(val_accuracy)"``."""

    objective: Required[str]
    trials: int
    pruner: Pruner


class ExportSettings(TypedDict, total=False):
    """The settings of `export`."""

    formats: Sequence[Literal["keras", "saved_model"]]
    version: str


class EnsembleSettings(TypedDict, total=False):
    """The settings of `ensemble`; ``model * n`` counts for ``n`` members."""

    members: Required[Applicable | Sequence[Applicable]]
    combine: Required[Combiner]
    sample: Sampler


@dataclass(frozen=True, eq=False)
class Data:
    """Examples that have a name, so that several plans may share them."""

    name: str
    source: Source
    span: Span

    def __repr__(self) -> str:
        return f"<the data {self.name}>"


@dataclass(frozen=True, eq=False)
class Section:
    """A section of a program: its keyword, what it is about, its settings as they were given."""

    keyword: Literal["train", "ensemble", "tune", "export"]
    name: str
    settings: Mapping[str, Any]
    span: Span
    target: Model | Section | None = field(default=None)

    def __repr__(self) -> str:
        return f"<the {self.keyword} {self.name}>"

    def node(self) -> nodes.Section:
        """The section as it stands in the tree of a spec.

        Raises:
            SpecError: a setting is written in the language, and isn't right in it.
        """
        call = Written(self.span)
        keywords = {k.arg: k for k in call.tree.keywords} if isinstance(call.tree, ast.Call) else {}
        settings = tuple(_setting(name, value, call, keywords.get(name)) for name, value in self.settings.items())
        identifier = nodes.Identifier(span=self.span, text=self.name)
        return nodes.Section(span=self.span, keyword=self.keyword, name=identifier, parameters=(), settings=settings)


Target: TypeAlias = "Model | Section"


def data(name: str, source: Source) -> Data:
    """Give examples a name."""
    span = caller()
    with raising(span):
        require_name(name, span)
        if not isinstance(source, Source):  # pyright: ignore[reportUnnecessaryIsInstance]
            hint = "take one of `specc.build.sources`, such as `CSV`"
            raise SpecError(Diagnostic(WRONG_KIND, "this is no source of data", span, help=(hint,)))
    return Data(name, source, span)


def train(target: Target, **settings: Unpack[TrainSettings]) -> Section:
    """How a model or ensemble is trained."""
    return _about("train", target, settings)


def tune(target: Target, **settings: Unpack[TuneSettings]) -> Section:
    """A search over the parameters of a model and its training."""
    return _about("tune", target, settings)


def export(target: Target, **settings: Unpack[ExportSettings]) -> Section:
    """What is written besides the artifact, and under which version."""
    return _about("export", target, settings)


def ensemble(name: str, **settings: Unpack[EnsembleSettings]) -> Section:
    """Several models that answer together."""
    span = caller()
    with raising(span):
        require_name(name, span)
        plain(settings)  # refuses what contains itself
    return Section("ensemble", name, settings, span)


def _about(keyword: Literal["train", "tune", "export"], target: Any, settings: Mapping[str, Any]) -> Section:
    span = caller()
    with raising(span):
        if not isinstance(target, Model) and not (isinstance(target, Section) and target.keyword == "ensemble"):
            message = f"`{keyword}` is about a model or an ensemble, not {described(target)}"
            raise SpecError(Diagnostic(WRONG_KIND, message, span))
        plain(settings)
    return Section(keyword, target.name, settings, span, target)


def data_node(name: str, source: Source, span: Span) -> nodes.Data:
    """Named examples as they stand in the tree of a spec."""
    return nodes.Data(
        span=span, name=nodes.Identifier(span=span, text=name), value=value_node(source.held, source.span)
    )


def _setting(name: str, value: Any, call: Written, keyword: ast.keyword | None) -> nodes.Setting:
    name_span = call.name(keyword) if keyword is not None else call.span
    value_tree = keyword.value if keyword is not None else None
    if name == "objective" and isinstance(value, str):
        made = expression(value, call.place(value_tree))
    else:
        made = _node(value, call, value_tree)
    identifier = nodes.Identifier(span=name_span, text=name)
    return nodes.Setting(span=name_span.to(made.span), name=identifier, value=made)


def _node(value: Any, call: Written, tree: ast.expr | None) -> nodes.Expression:
    """A setting's value as an expression: lists and mappings item by item, each at its place."""
    span = call.place(tree)
    match value:
        case Data():
            return nodes.Name(span=span, text=value.name)
        case Applicable():
            return value_node(fresh(value.instance), span)  # a plan may be compiled several times
        case Held():
            return value_node(value.held, span)
        case Mapping():
            items = cast("Mapping[str, Any]", value)
            trees = list(zip(tree.keys, tree.values, strict=True)) if isinstance(tree, ast.Dict) else []
            trees = trees if len(trees) == len(items) else [(tree, tree)] * len(items)
            settings = (_item(str(k), v, call, *t) for (k, v), t in zip(items.items(), trees, strict=True))
            return nodes.Record(span=span, settings=tuple(settings))
        case list() | tuple():
            listed = cast("Sequence[Any]", value)
            written = tree.elts if isinstance(tree, ast.List | ast.Tuple) and len(tree.elts) == len(listed) else None
            trees = written or [None] * len(listed)
            return nodes.ListLiteral(
                span=span, items=tuple(_node(v, call, t) for v, t in zip(listed, trees, strict=True))
            )
        case _:
            return value_node(plain(value), span)


def _item(name: str, value: Any, call: Written, key: ast.expr | None, tree: ast.expr | None) -> nodes.Setting:
    made = _node(value, call, tree)
    return nodes.Setting(span=made.span, name=nodes.Identifier(span=call.place(key), text=name), value=made)
