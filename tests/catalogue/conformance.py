"""One harness for all layers: what a declaration says of a layer against what Keras makes of the same arguments.

A case is a line such as ``[13, 17, 3] -> Conv2D(5, 3)``; types are float32 where no dtype is written. Its sizes are
pairwise distinct primes where the layer allows it: equal sizes hide swapped axes.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, Refusal, Word
from specc.catalogue.layer import Inferred, Layer
from specc.catalogue.learned import Learning
from specc.catalogue.registry import find, kinds_of
from specc.lower.model import settle
from specc.lower.objects import in_a_row, inner_inputs
from specc.program.dims import Dim, Expr, substitute, symbol
from specc.program.types import FLOATS, TensorType

BATCH = 2
WORDS = {"true": True, "false": False, "none": None}


@dataclass(frozen=True)
class Case:
    """Input types and the layer that is applied to them."""

    types: tuple[TensorType, ...]
    layer: Layer


def read(text: str) -> Case:
    """The case that a line says."""
    inputs, _, call = text.partition("->")
    return Case(read_types(inputs), layer(call))


def read_types(text: str) -> tuple[TensorType, ...]:
    """The types ``[7, 11], int32[N]``."""
    return tuple(_type(m) for m in re.finditer(r"(\w*)\[([^\]]*)\]", text))


def _type(match: re.Match[str]) -> TensorType:
    sizes = [s.strip() for s in match[2].split(",") if s.strip()]
    return TensorType(match[1] or "float32", tuple(int(s) if s.isdigit() else symbol(s) for s in sizes))


def example_of(declaration: type[Layer]) -> str:
    """A declaration's example as a line: ``input x: float32[7]  output y = x -> ReLU`` is ``float32[7] -> ReLU``."""
    inputs = dict(re.findall(r"input (\w+): (\w+\[[^\]]*\])", declaration.example))
    taken, _, call = declaration.example.partition(" = ")[2].partition("  output")[0].partition(" -> ")
    names = re.findall(r"\w+", taken)
    assert call and names and set(names) == set(inputs), declaration.example
    return f"{', '.join(inputs[n] for n in names)} -> {call}"


def layer(call: str) -> Layer:
    """The layer that ``Name(argument, name=argument)`` makes.

    Raises:
        Refusal: an argument isn't accepted.
    """
    made = value_of(ast.parse(call.strip(), mode="eval").body)
    return made.make() if isinstance(made, type) else made


def value_of(node: ast.expr) -> Any:
    """The value that an expression of a case stands for."""
    match node:
        case ast.Name(id=name) if name in WORDS:
            return WORDS[name]
        case ast.Name(id=name):
            return _declaration(name) or Word(name)
        case ast.List(elts=items):
            return tuple(value_of(i) for i in items)
        case ast.Dict(keys=keys, values=values):
            return {ast.literal_eval(k): value_of(v) for k, v in zip(keys, values, strict=True) if k}
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            declaration = _declaration(name)
            assert declaration, name
            by_position = dict(zip(positional(declaration), map(value_of, args), strict=False))
            return declaration.make(**by_position, **{k.arg: value_of(k.value) for k in keywords if k.arg})
        case _:
            return eval(ast.unparse(node))  # numbers, strings and arithmetic over them


def _declaration(name: str) -> type[Declaration] | None:
    kinds = kinds_of(name) if name[:1].isupper() else []
    return find("layer" if "layer" in kinds else kinds[0], name) if kinds else None


# ── Keras ────────────────────────────────────────────────────────────────────────────────────────


def keras_layer(layer: Layer, types: tuple[TensorType, ...]) -> Any:
    """The Keras layer of the same name with the same arguments."""
    import keras

    inner = inner_inputs(layer, types)
    arguments = {name: keras_value(value, inner) for name, value in layer.keras_arguments(types).items()}
    return getattr(keras.layers, type(layer).__name__)(**arguments)


def keras_value(value: Any, types: tuple[TensorType, ...]) -> Any:
    """An argument as Keras takes it, for a layer that is applied to ``types``."""
    import keras

    match value:
        case Layer():
            return keras_layer(value, types)
        case tuple():
            return tuple(keras_value(v, given) for v, given in in_a_row(value, types))
        case Declaration():
            module = getattr(keras, f"{value.kind}s")
            return getattr(module, type(value).__name__)(**value.given)
        case _:
            return value


def call(layer: Layer, types: tuple[TensorType, ...], built: Any, tensors: list[Any]) -> list[Any]:
    """The outputs of a Keras layer, as specc would call it."""
    import keras

    return keras.tree.flatten(built(*layer.arranged(tensors), **layer.call_arguments(types)))


def keras_tensor(type_: TensorType) -> Any:
    """A symbolic tensor: an unknown batch, and None for each size that isn't a number."""
    import keras

    shape = tuple(None if isinstance(d, Expr) else d for d in type_.shape)
    return keras.KerasTensor((None, *shape), dtype=type_.dtype)


def batch_of(type_: TensorType) -> Any:
    """A batch of small positive numbers."""
    import keras
    import numpy as np

    values = np.random.default_rng(7).integers(0, 2, (BATCH, *type_.shape))
    if type_.dtype in FLOATS:
        return keras.ops.cast(values + 0.5, type_.dtype)
    if type_.dtype == "string":
        return tf_strings(values)
    return keras.ops.cast(values, type_.dtype)


# ── Comparing ────────────────────────────────────────────────────────────────────────────────────


def differences(case: Case, *, dtypes: bool = True) -> Iterator[str]:
    """Every way in which the declaration and Keras differ on a case of known sizes."""
    ours = case.layer.infer(case.types)
    built = keras_layer(case.layer, case.types)
    symbolic = call(case.layer, case.types, built, [keras_tensor(t) for t in case.types])
    yield from _unlike("symbolic shape", [t.shape for t in ours.outputs], [tuple(o.shape[1:]) for o in symbolic])
    batch = [batch_of(t) for t in case.types]
    if isinstance(case.layer, Learning) and not case.layer.is_learned:
        built.adapt(batch[0])
    eager = call(case.layer, case.types, built, batch)
    yield from _unlike("run shape", [(BATCH, *t.shape) for t in ours.outputs], [tuple(o.shape) for o in eager])
    if dtypes:
        yield from _unlike("symbolic dtype", [t.dtype for t in ours.outputs], [o.dtype for o in symbolic])
        yield from _unlike("run dtype", [t.dtype for t in ours.outputs], [o.dtype.name for o in eager])
    if not case.layer.trainable:
        settle(built)
    yield from _weights(_as_trained(case.layer, ours), built)


def _as_trained(layer: Layer, ours: Inferred) -> Inferred:
    """Of a layer that isn't trained no weight is."""
    return ours if layer.trainable else replace(ours, weights=tuple(replace(w, trainable=False) for w in ours.weights))


def _weights(ours: Inferred, built: Any) -> Iterator[str]:
    yield from _unlike("weights", [w.shape for w in ours.weights], [tuple(w.shape) for w in built.weights])
    yield from _unlike("weights' dtypes", [w.dtype for w in ours.weights], [w.dtype for w in built.weights])
    yield from _unlike("trainable", [w.trainable for w in ours.weights], [w.trainable for w in built.weights])
    yield from _unlike("parameters", sum(_number(w.size) for w in ours.weights), built.count_params())
    trainable = len([w for w in ours.weights if w.trainable])
    yield from _unlike("trainable weights", trainable, len(built.trainable_weights))
    yield from _unlike("other weights", len(ours.weights) - trainable, len(built.non_trainable_weights))


def _number(size: Dim) -> int:
    assert isinstance(size, int)
    return size


def _unlike(what: str, ours: Any, keras: Any) -> Iterator[str]:
    if ours != keras:
        yield f"{what}: specc {ours}, Keras {keras}"


def with_symbols(case: Case) -> Iterator[tuple[Case, dict[str, int]]]:
    """The case with each size in turn replaced by a symbol, everywhere it stands; and what the symbol stands for."""
    for size in sorted({d for t in case.types for d in t.shape if isinstance(d, int) and d > 1}):
        types = tuple(t.with_shape(*(symbol("N") if d == size else d for d in t.shape)) for t in case.types)
        yield Case(types, case.layer), {"N": size}


def symbolic_differences(case: Case, known: Inferred, values: dict[str, int]) -> Iterator[str]:
    """Ways in which a shape rule over symbols differs from the same over numbers, and from Keras over None."""
    ours = case.layer.infer(case.types)
    for mine, theirs in zip(ours.outputs, known.outputs, strict=True):
        yield from _unlike("at that size", [substitute(d, values) for d in mine.shape], list(theirs.shape))
    sizes = [substitute(w.size, values) for w in ours.weights]
    yield from _unlike("weights at that size", sizes, [w.size for w in known.weights])
    yield from _unlike("flops at that size", substitute(ours.flops, values), known.flops)
    if any(isinstance(w.size, Expr) for w in ours.weights) or case.layer.is_misjudged(case.types):
        return  # a block may say so, a Keras layer can't be built
    built = keras_layer(case.layer, case.types)
    symbolic = call(case.layer, case.types, built, [keras_tensor(t) for t in case.types])
    for mine, theirs in zip(ours.outputs, symbolic, strict=True):
        shape = tuple(None if isinstance(d, Expr) else d for d in mine.shape)
        yield from _unlike("known sizes", shape, tuple(theirs.shape[1:]))


def refused(text: str) -> Refusal | None:
    """Why specc refuses a case, or None when it takes it."""
    try:
        case = read(text)
        case.layer.infer(case.types)
    except Refusal as refusal:
        return refusal
    return None


def tf_strings(values: Any) -> Any:
    """A batch of text."""
    import tensorflow as tf

    return tf.strings.as_string(values)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────


def keras_takes(text: str) -> bool:
    """Whether Keras builds and runs a case, with the arguments as written: nothing of specc's own rules in between."""
    inputs, _, call_text = text.partition("->")
    types = read_types(inputs)
    declaration, args, named = _written(ast.parse(call_text.strip(), mode="eval").body)
    try:
        built = _raw(declaration, args, named)
        bare = declaration.__new__(declaration)
        for tensors in ([keras_tensor(t) for t in types], [batch_of(t) for t in types]):
            built(*bare.arranged(tensors))
    except Exception:
        return False
    return True


def _written(node: ast.expr) -> tuple[type[Layer], list[Any], dict[str, Any]]:
    if isinstance(node, ast.Name):
        node = ast.Call(node, [], [])
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    declaration = _declaration(node.func.id)
    assert declaration and issubclass(declaration, Layer)
    return declaration, [_raw_value(a) for a in node.args], {k.arg or "": _raw_value(k.value) for k in node.keywords}


def _raw_value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return _raw(*_written(node))
    if isinstance(node, ast.List):
        return [_raw_value(i) for i in node.elts]
    return value_of(node)


def _raw(declaration: type[Layer], args: list[Any], named: dict[str, Any]) -> Any:
    import keras

    return getattr(keras.layers, declaration.__name__)(*args, **named)
