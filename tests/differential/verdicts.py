"""What specc and Keras say of a generated case, and where they differ without a reason that is written down."""

from collections.abc import Iterator
from typing import Any

from conformance import (
    Case,
    batch_of,
    differences,
    keras_tensor,
    keras_value,
    symbolic_differences,
)
from generated_cases import Drawn
from keras_bugs import bugs_of, ends_process
from stricter import rule_of

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Inferred, Layer
from specc.program.dims import Expr
from specc.program.types import TensorType

NUMBER = 23
"""What a size that isn't known is at run time."""


def found(drawn: Drawn) -> list[str]:
    """How specc and Keras differ on a case, beyond what `stricter`, `keras_bugs` and the layer itself say."""
    try:
        case = drawn.make()
        ours = case.layer.infer(case.types)
    except Refusal as refusal:
        if rule_of(drawn, refusal) or ends_process(drawn) or not keras_takes(drawn):
            return []
        return [f"only specc refuses: {refusal.code.id} {refusal.message}"]
    except Exception as error:
        return [f"specc fails: {error!r}"]
    bugs = bugs_of(case.layer, case.types)
    known = (*(s for b in bugs for s in b.shows), *(("symbolic shape",) if case.layer.is_misjudged(case.types) else ()))
    return [f for f in differences_of(case, ours) if not f.startswith(known)]


def differences_of(case: Case, ours: Inferred) -> list[str]:
    """How specc and Keras differ on a case that specc takes."""
    try:
        return list(_compared(case, ours))
    except Refusal as refusal:
        return [f"specc refuses late: {refusal.code.id} {refusal.message}"]
    except Exception as error:  # Keras raises all kinds
        first = (str(error).strip() or type(error).__name__).splitlines()
        return [f"only Keras refuses: {type(error).__name__} {' '.join(first)[:300]}"]


def _compared(case: Case, ours: Inferred) -> Iterator[str]:
    unknown = {s.name: NUMBER for t in case.types for d in t.shape if isinstance(d, Expr) for s in d.symbols}
    if not unknown:
        yield from differences(case)
        return
    numbers = Case(tuple(t.substitute(dict(unknown)) for t in case.types), case.layer)
    try:
        known = numbers.layer.infer(numbers.types)
    except Refusal:
        return  # the size that was put in doesn't fit
    yield from symbolic_differences(case, known, unknown)
    yield from differences(numbers)


def keras_takes(drawn: Drawn) -> bool:
    """Whether Keras builds and runs a case, with the arguments as they are written."""
    try:
        built = raw_layer(drawn)
        arrange, named = _calling(drawn)
        for tensors in ([keras_tensor(t) for t in drawn.types], [_batch(t) for t in drawn.types]):
            built(*arrange(tensors), **named)
    except Exception:
        return False
    return True


def _batch(x: TensorType) -> Any:
    return batch_of(x.with_shape(*(NUMBER if isinstance(d, Expr) else d for d in x.shape)))


def raw_layer(drawn: Drawn) -> Any:
    """The Keras layer with arguments as they are written: nothing of specc's own rules in between."""
    import keras

    given = {n: v for n, v in drawn.arguments.items() if n not in CALLED}
    return getattr(keras.layers, drawn.name)(**{n: _raw(v, drawn.types) for n, v in given.items()})


CALLED = ("use_causal_mask",)
"""What specc takes at the layer and Keras at its call."""


def _raw(value: Any, types: tuple[TensorType, ...]) -> Any:
    if isinstance(value, tuple):
        return [_raw(v, types) for v in value]
    return keras_value(value, types)


def _calling(drawn: Drawn) -> tuple[Any, dict[str, Any]]:
    """How Keras takes the tensors of a case."""
    try:
        layer: Layer = drawn.declaration.make(**drawn.arguments)
        return layer.arranged, layer.call_arguments(drawn.types)
    except Refusal:
        bare = drawn.declaration.__new__(drawn.declaration)
        return bare.arranged, {}
