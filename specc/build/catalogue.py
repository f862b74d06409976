"""The names of the catalogue as attributes of modules: classes of layers and objects, functions of tensors."""

from __future__ import annotations

import dis
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from specc.build import objects
from specc.build.errors import BuildError, raising
from specc.build.graph import current_graph
from specc.build.model import Model
from specc.build.objects import located, operand, sized
from specc.build.places import caller, calling_frame
from specc.build.values import Layer, ManyLayer, Tensor, described, graph_of, results
from specc.catalogue.bind import Given
from specc.catalogue.declare import Declaration
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import find, kinds_of, names
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import MISSING_ARGUMENT, UNKNOWN_LAYER, UNKNOWN_OBJECT, WRONG_KIND
from specc.elaborate import tensor_functions
from specc.source import Span

MODULES: Final = {
    "callback": "callbacks",
    "checkpoint": "checkpoints",
    "combiner": "combiners",
    "constraint": "constraints",
    "data": "sources",
    "filling": "fillings",
    "initializer": "initializers",
    "layer": "layers",
    "loss": "losses",
    "metric": "metrics",
    "op": "ops",
    "optimizer": "optimizers",
    "phase": "phases",
    "pruner": "pruners",
    "regularizer": "regularizers",
    "rule": "rules",
    "sampler": "samplers",
    "schedule": "schedules",
}
"""The module that has the declarations of a kind."""

BASES: Final[dict[str, type[objects.Object]]] = {
    "callback": objects.Callback,
    "checkpoint": objects.Keeper,
    "combiner": objects.Combiner,
    "constraint": objects.Constraint,
    "data": objects.Source,
    "filling": objects.Filling,
    "initializer": objects.Initializer,
    "loss": objects.Loss,
    "metric": objects.Metric,
    "optimizer": objects.Optimizer,
    "phase": objects.Stage,
    "pruner": objects.Pruner,
    "regularizer": objects.Regularizer,
    "rule": objects.Rule,
    "sampler": objects.Sampler,
    "schedule": objects.Schedule,
}
"""The class that those of a kind derive from."""


class UnknownAttributeError(BuildError, AttributeError):
    """`layers.Conv2d`: there is no such name."""


class UnknownImportError(BuildError, ImportError):
    """`from specc.build.layers import Conv2d`: there is no such name."""


UnknownAttributeError.__module__ = UnknownImportError.__module__ = "specc.build"


def attributes(kind: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of the module of a kind."""

    def get(name: str) -> Any:
        if name == "__all__":
            return names(kind)
        if name.startswith("__"):
            raise AttributeError(name)
        declared = find(kind, name)
        if declared is None:
            raise _unknown(kind, name)
        return _made(declared)

    return get, lambda: names(kind)


def _unknown(kind: str, name: str) -> BuildError:
    frame = calling_frame()
    importing = dis.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"
    elsewhere = [MODULES[k] for k in kinds_of(name) if k in MODULES]
    hint = did_you_mean(name, names(kind)) or tuple(f"it is in `specc.build.{m}`" for m in elsewhere)
    message = f"unknown {kind} `{name}`"
    code = UNKNOWN_LAYER if kind == "layer" else UNKNOWN_OBJECT
    # Python turns an attribute error of an import into one of its own, without the way out.
    error = UnknownImportError if importing else UnknownAttributeError
    return error(Diagnostic(code, message, caller(), help=hint))


@cache
def _made(declared: type[Declaration]) -> Any:
    """The class or function of a declaration."""
    name, module = declared.__name__, f"specc.build.{MODULES[declared.kind]}"
    if issubclass(declared, Operation):
        return _function(declared, module)
    base = (ManyLayer if may_split(declared) else Layer) if declared.kind == "layer" else BASES[declared.kind]
    return type(name, (base,), {"declared": declared, "__doc__": declared.__doc__, "__module__": module})


def may_split(declared: type[Declaration]) -> bool:
    """Whether a layer or function may give several tensors, by what its shape rule says."""
    rule = getattr(declared, "outputs", None) or getattr(declared, "output", None)
    return "tuple" in str(getattr(rule, "__annotations__", {}).get("return", ""))


def _function(operation: type[Operation], module: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        return _call(operation, args, kwargs, caller())

    function.__name__ = function.__qualname__ = operation.__name__
    function.__doc__, function.__module__ = operation.__doc__, module
    return function


def _call(operation: type[Operation], args: Sequence[Any], kwargs: Mapping[str, Any], span: Span) -> Any:
    with raising(span):
        named = {k: v for k, v in kwargs.items() if k != "model" or not operation.implied}
        given = [Given(None, _argument(operation, a, span), span) for a in args]
        given += [Given(n, _argument(operation, v, span), span, span) for n, v in named.items()]
        model = kwargs.get("model") if operation.implied else None
        if not isinstance(model, Model | None):
            raise SpecError(Diagnostic(WRONG_KIND, "this is no model", span, found=described(model)))
        graph = current_graph() if model is None else model.graph
        if tensors := _tensors([*args, *named.values()]):
            graph = graph_of(tensors, span)
        if graph is None or not (tensors or operation.implied):
            raise SpecError(_without_tensors(operation, span))
        try:
            made = tensor_functions.call(graph.frame(), operation, given, span)
        except SpecError:
            at = located(given, args, kwargs, span)
            made = tensor_functions.call(graph.frame(), operation, at, span)
        return results(graph, made if isinstance(made, tuple) else [made])


def _argument(operation: type[Operation], value: Any, span: Span) -> Any:
    """An argument or operand; a text is a size where no argument is a text."""
    made = operand(value, span)
    texts = any(not p.takes_sizes for p in operation.params.values())
    return made if texts else sized(made, span)


def _tensors(items: Sequence[Any]) -> list[Tensor]:
    found: list[Tensor] = []
    for item in items:
        if isinstance(item, Tensor):
            found.append(item)
        elif isinstance(item, tuple | list):
            found += _tensors(item)
    return found


def _without_tensors(operation: type[Operation], span: Span) -> Diagnostic:
    name = operation.__name__
    if operation.implied:
        message = f"`{name}` needs to know the model"
        return Diagnostic(MISSING_ARGUMENT, message, span, help=(f"write `{name}(…, model=model)`",))
    operands = ", ".join(operation.operands) or "tensors"
    message = f"`{name}` is given no tensor"
    return Diagnostic(MISSING_ARGUMENT, message, span, help=(f"write `{name}({operands}, …)`",))
