"""Every layer's declaration against Keras: arguments, shapes, dtypes, weights; and that the comparison notices."""

import inspect
from typing import Any

import pytest
from conformance import (
    Case,
    call,
    differences,
    example_of,
    keras_takes,
    keras_tensor,
    read,
    refused,
    symbolic_differences,
    with_symbols,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import ACCEPTED, REFUSED_BY_BOTH, REFUSED_BY_SPECC
from layer_cases_data import OTHER_DTYPES

from specc.catalogue.bind import positional
from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer, Weight
from specc.catalogue.layers import convolution, dense, normalization, pooling
from specc.catalogue.registry import declarations
from specc.diagnostics.codes import SHAPE_MISMATCH, UNKNOWN_SIZE
from specc.lower.objects import to_keras
from specc.program.types import TensorType

pytestmark = pytest.mark.keras

LAYERS = {name: d for name, d in declarations("layer").items() if issubclass(d, Layer)}
LINES = [example_of(d) for d in LAYERS.values()] + [line for lines in ACCEPTED.values() for line in lines]

# ── Shapes, dtypes, weights ──────────────────────────────────────────────────────────────────────


def test_every_layer_has_cases():
    assert set(ACCEPTED) == set(LAYERS)


@pytest.mark.parametrize("line", LINES)
def test_agrees_with_keras(line: str):
    case = read(line)
    assert {d for d in differences(case) if d.partition(":")[0] not in misjudged(case)} == set()


def misjudged(case: Case) -> set[str]:
    """What Keras's symbolic tensor is known to say otherwise than what it computes; that is what a declaration says."""
    shape = {"symbolic shape"} if case.layer.is_misjudged(case.types) else set[str]()
    return shape | ({"symbolic dtype"} if type(case.layer).__name__ in OTHER_DTYPES else set())


@pytest.mark.parametrize("line", [line for line in LINES if read(line).layer.is_misjudged(read(line).types)])
def test_a_misjudged_layer_is_lowered_with_its_shape(line: str):
    case = read(line)
    built = to_keras(case.layer, case.types, name="here")
    symbolic = call(case.layer, case.types, built, [keras_tensor(t) for t in case.types])
    assert built.name == "here"
    assert [tuple(o.shape[1:]) for o in symbolic] == [t.shape for t in case.layer.infer(case.types).outputs]


@pytest.mark.parametrize("line", LINES)
def test_symbols_agree_with_numbers_and_with_keras(line: str):
    case = read(line)
    known = case.layer.infer(case.types)
    for symbolic, values in with_symbols(case):
        try:
            found = list(symbolic_differences(symbolic, known, values))
        except Refusal as refusal:
            # An argument says a number for this size, or the layer must know it.
            assert refusal.code in (SHAPE_MISMATCH, UNKNOWN_SIZE), refusal
            continue
        assert not found, symbolic.types


# ── The comparison notices ───────────────────────────────────────────────────────────────────────


class Conv2D(convolution.Conv2D, abstract=True):
    """One row too many."""

    def output(self, x: TensorType) -> TensorType:
        y = super().output(x)
        return y.with_shape(y.shape[0] + 1, *y.shape[1:])


class Dense(dense.Dense, abstract=True):
    """Weights in the wrong order."""

    def weights(self, x: TensorType) -> list[Weight]:
        return list(super().weights(x))[::-1]


class BatchNormalization(normalization.BatchNormalization, abstract=True):
    """Moving statistics that are trained."""

    def weights(self, x: TensorType) -> list[Weight]:
        return [Weight(w.name, w.shape, True, w.dtype) for w in super().weights(x)]


class MaxPooling2D(pooling.MaxPooling2D, abstract=True):
    """Another dtype than what it computes in."""

    def output(self, x: TensorType) -> TensorType:
        return super().output(x).with_dtype("float16")


class AveragePooling2D(pooling.AveragePooling2D, abstract=True):
    """Height and width exchanged."""

    def output(self, x: TensorType) -> TensorType:
        height, width, channels = super().output(x).shape
        return self.result(width, height, channels)


@pytest.mark.parametrize(
    ("wrong", "noticed"),
    [
        (Conv2D.make(filters=5, kernel_size=3), ["symbolic shape", "run shape"]),
        (Dense.make(units=5), ["weights"]),
        (BatchNormalization.make(), ["trainable", "trainable weights", "other weights"]),
        (MaxPooling2D.make(), ["symbolic dtype", "run dtype"]),
        (AveragePooling2D.make(pool_size=2), ["symbolic shape", "run shape"]),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Layer) else "",
)
def test_a_wrong_rule_is_noticed(wrong: Layer, noticed: list[str]):
    case = Case((TensorType("float32", (13, 17, 3)),), wrong)
    assert [d.partition(":")[0] for d in differences(case)] == noticed


def test_a_wrong_symbolic_rule_is_noticed():
    class Conv1D(convolution.Conv1D, abstract=True):
        """Forgets the stride where the size is a symbol."""

        def output(self, x: TensorType) -> TensorType:
            y = super().output(x)
            return y if isinstance(x.shape[0], int) else y.with_shape(x.shape[0] - 2, *y.shape[1:])

    case = Case((TensorType("float32", (17, 3)),), Conv1D.make(filters=5, kernel_size=3, strides=2))
    symbolic, values = next(c for c in with_symbols(case) if c[1] == {"N": 17})
    known = case.layer.infer(case.types)
    assert [d.partition(":")[0] for d in symbolic_differences(symbolic, known, values)] == [
        "at that size",
        "flops at that size",
    ]


# ── What is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("line", REFUSED_BY_BOTH)
def test_keras_refuses_it_too(line: str):
    assert refused(line)
    assert not keras_takes(line)


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule, lines in REFUSED_BY_SPECC.items() for line in lines])
def test_only_specc_refuses_it(rule: str, line: str):
    assert refused(line), rule
    assert keras_takes(line), f"Keras refuses it too, move it: {rule}"


# ── Arguments ────────────────────────────────────────────────────────────────────────────────────

OMITTED = {
    "lora_rank": "fine-tuning of a loaded model, not part of an architecture",
    "lora_alpha": "as lora_rank",
    "quantization_config": "quantization happens at export",
    "gptq_unpacked_column_size": "as quantization_config",
    "weights": "an array; weights come from files",
    "backward_layer": "given by name only, as it stands behind `weights`",
    "sparse": "sparse tensors have no type in a spec",
    "name": "every layer takes it, never by position",
    "dtype": "as name",
}
"""Arguments of Keras's constructors that declarations don't have among their own, with the reason."""

ADDED = {"use_causal_mask": "in Keras an argument of the call"}
"""Arguments that Keras's constructors don't have."""

OTHER_DEFAULTS = {
    ("CategoryEncoding", "num_tokens"): "Keras's default None is refused by Keras itself",
}


def keras_parameters(name: str) -> list[inspect.Parameter]:
    import keras

    signature = inspect.signature(getattr(keras.layers, name).__init__)
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [p for p in list(signature.parameters.values())[1:] if p.kind not in variable]


@pytest.mark.parametrize("name", LAYERS)
def test_names_and_positions_are_keras(name: str):
    theirs = [p.name for p in keras_parameters(name)]
    ours = [n for n in positional(LAYERS[name]) if n not in ADDED]
    assert ours == theirs[: len(ours)], "same names at the same positions"
    assert set(theirs[len(ours) :]) <= set(OMITTED)


@pytest.mark.parametrize("name", LAYERS)
def test_defaults_are_keras(name: str):
    declaration = LAYERS[name]
    for theirs in keras_parameters(name):
        param = declaration.params.get(theirs.name)
        if param is None or theirs.name in ("name", "dtype") or (name, theirs.name) in OTHER_DEFAULTS:
            continue
        assert param.required == (theirs.default is inspect.Parameter.empty), theirs.name
        if not param.required:
            default = theirs.default.lower() if isinstance(theirs.default, str) else theirs.default
            assert param.default in (theirs.default, param.accept(default)), theirs.name


def test_no_reason_is_left_over():
    used = {p.name for name in LAYERS for p in keras_parameters(name)}
    assert set(OMITTED) <= used
    assert set(ADDED) <= {n for d in LAYERS.values() for n in d.params}


# ── Convolutions and poolings of any arguments ───────────────────────────────────────────────────

SIZES = st.integers(1, 12)
WINDOWS = [
    "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D",
    "Conv1DTranspose", "Conv2DTranspose", "MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D",
]  # fmt: skip


@st.composite
def windowed(draw: st.DrawFn, name: str) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Arguments of a convolution or pooling, mostly right, and a shape."""
    declaration = LAYERS[name]
    axes: int = getattr(declaration, "axes")  # noqa: B009
    each = st.tuples(*[st.integers(1, 5)] * axes)
    window = "kernel_size" if "kernel_size" in declaration.params else "pool_size"
    arguments: dict[str, Any] = {window: draw(each), "strides": draw(each)}
    arguments["padding"] = draw(st.sampled_from(declaration.params["padding"].words))
    if "filters" in declaration.params:
        arguments["filters"] = draw(st.integers(1, 6))
    if "dilation_rate" in declaration.params and draw(st.booleans()):
        arguments["dilation_rate"] = draw(st.tuples(*[st.integers(1, 3)] * axes))
        arguments["strides"] = draw(st.sampled_from([(1,) * axes, arguments["strides"]]))
    if "groups" in declaration.params:
        arguments["groups"] = draw(st.integers(1, 3))
    if "depth_multiplier" in declaration.params:
        arguments["depth_multiplier"] = draw(st.integers(1, 3))
    return arguments, draw(st.tuples(*[SIZES] * axes, st.integers(1, 6)))


@pytest.mark.parametrize("name", WINDOWS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_windows_of_any_arguments(name: str, data: st.DataObject):
    import keras

    arguments, shape = data.draw(windowed(name))
    try:
        layer = LAYERS[name].make(**arguments)
        (ours,) = layer.infer((TensorType("float32", shape),)).outputs
        mine: Any = ours.shape
    except Refusal:
        mine = "refused"
    try:
        built = getattr(keras.layers, name)(**arguments)
        built.build((None, *shape))
        theirs: Any = tuple(built.compute_output_shape((None, *shape)))[1:]
    except ValueError:
        theirs = "refused"
    assert mine == theirs
