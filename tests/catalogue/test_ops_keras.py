"""Every function of tensors against ``keras.ops``: names, order, defaults, shapes and dtypes, batch by batch."""

import inspect
import re
from typing import Any

import pytest

from specc.catalogue.declare import REQUIRED
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import declarations
from specc.compiler import compile_text
from specc.program.types import FLOATS

pytestmark = pytest.mark.keras

OPS: dict[str, type[Operation]] = declarations("op")  # type: ignore[assignment]

INPUTS = """
    input x: float32[7, 11]
    input y: float32[7, 11]
    input t: float32[T, 5]
    input i: int32[7, 11]
    input u: uint8[7, 11]
    input cube: float32[3, 7, 11]
    input other: float32[3, 11, 5]
    input one: float32[7, 1]
    input v: float32[13]
    input h: float16[7, 11]
    input p: float32[H, W, 4]
"""
SHAPES = dict(re.findall(r"input (\w+): (\w+\[.*\])", INPUTS))

BINARY = """add subtract multiply divide power maximum minimum arctan2 floor_divide mod
    equal not_equal less less_equal greater greater_equal""".split()  # noqa: SIM905 - read as words
UNARY = """negative abs sign square round floor ceil trunc exp expm1 log log1p log2 log10 sqrt rsqrt reciprocal sin cos
    tan arcsin arccos arctan sinh cosh tanh erf erfinv sigmoid log_sigmoid hard_sigmoid relu relu6 leaky_relu elu selu
    gelu silu hard_silu softplus softsign isnan isinf isfinite stop_gradient zeros_like ones_like
    ravel""".split()  # noqa: SIM905
REDUCED = ["sum", "prod", "mean", "var", "std", "max", "min", "logsumexp"]

CASES = [
    *(f"{f}(x, y)" for f in BINARY),
    *(f"{f}(x, one)" for f in BINARY),
    *(f"{f}(x, 2)" for f in BINARY),
    *(f"{f}(i, 3)" for f in BINARY),
    *(f"{f}(i, 0.5)" for f in BINARY),
    *(f"{f}(u, i)" for f in BINARY if f != "power"),
    *(f"{f}(h, x)" for f in BINARY),
    *(f"{f}(x)" for f in UNARY),
    *(f"{f}(t)" for f in UNARY if f != "ravel"),
    *(f"{f}(x)" for f in REDUCED),
    *(f"{f}(cube, axis=[1, -1], keepdims=true)" for f in REDUCED),
    *(f"{f}(t, axis=1)" for f in REDUCED),
    *(f"{f}(u, axis=2)" for f in ("sum", "prod", "mean", "max", "min")),
    *(f"{f}(i > 0, axis=1)" for f in ("any", "all", "sum", "mean")),
    "any(x > y)", "all(x > y, keepdims=true)",
    "abs(i)", "sign(i)", "square(i)", "negative(i)", "clip(x, 0.2, 0.7)", "round(x, 1)",
    "leaky_relu(x, 0.3)", "elu(x, alpha=0.5)", "gelu(x, approximate=false)",
    "logical_and(x > 0, y > 0)", "logical_or(x > 0, y > 0)", "logical_xor(x > 0, y > 0)", "logical_not(x > 0)",
    "where(x > y, x, y)", "where(x > y, x, 0)", "where(x > 0, 1, 0)", "where(x > 0, i, 0.5)", "where(one > 0, x, y)",
    "cast(x, int32)", "cast(i, float16)", "cast(x > 0, float32)", "cast(x, int)", "full_like(x, 3)",
    "argmax(x)", "argmax(x, axis=1)", "argmin(x, axis=1, keepdims=true)", "argmax(i)",
    "cumsum(x, axis=1)", "cumsum(i, -1)", "cumprod(x, axis=2)", "softmax(x)", "softmax(cube, axis=1)",
    "log_softmax(x, axis=1)", "normalize(x)", "normalize(x, axis=1, order=1)", "sort(x)", "sort(x, axis=1)",
    "argsort(x, axis=1)", "top_k(x, 3)[0]", "top_k(x, k=2)[1]", "flip(x)", "flip(x, axis=1)", "roll(x, 2, axis=1)",
    "reshape(x, [11, 7])", "reshape(x, [-1])", "reshape(t, [T, 5, 1])", "reshape(cube, [21, -1])",
    "reshape(t, [-1])",
    "transpose(x)", "transpose(cube, [2, 3, 1])", "transpose(t)", "swapaxes(cube, 1, 3)", "moveaxis(cube, 1, -1)",
    "expand_dims(x, 1)", "expand_dims(x, -1)", "expand_dims(x, axis=2)", "expand_dims(t, 1)",
    "squeeze(one)", "squeeze(one, axis=-1)", "squeeze(expand_dims(one, 1), axis=[1, 3])",
    "concatenate([x, y], axis=1)", "concatenate([x, one], -1)", "concatenate([t, t], axis=1)",
    "concatenate([x, i], axis=1)", "stack([x, y], axis=1)", "stack([x, y, x], -1)",
    "split(cube, 3, axis=1)[1]", "split(x, [2, 5], axis=1)[2]", "split(t, 5, axis=-1)[4]",
    "repeat(x, 3, axis=1)", "repeat(t, 2, axis=1)", "tile(x, [2, 3])", "tile(t, [2, 1])",
    "pad(x, [[1, 2], [0, 3]])", "pad(x, [[1, 2], [0, 3]], mode=reflect)", "pad(t, [[0, 0], [1, 1]])",
    "broadcast_to(one, [7, 13])", "broadcast_to(one, shape=[7, 1])", "take_along_axis(x, i, axis=2)",
    "tril(x)", "triu(cube, k=1)", "tril(x, -1)",
    "matmul(x, transpose(y))", "matmul(cube, other)", "matmul(t, transpose(t))", 
    "matmul(expand_dims(v, 1), expand_dims(v, -1))",
    'einsum("bij,bkj->bik", x, y)', 'einsum("bhij,bhjk->bihk", cube, other)', 'einsum("bij->bji", x)',
    'einsum("btc,bsc->bts", t, t)', 'einsum("bij->b", x)', 'einsum("bij, bkj, bkl -> bil", x, y, x)',
    "arange(17)", "arange(2, 17, 3)", "arange(T)", "arange(1, T + 1)", "arange(0, T)",
    "one_hot(i, 5)", "one_hot(i, 5, axis=1)", "one_hot(i, 5, dtype=int32)",
    "x[0]", "x[:, 1:3]", "t[..., 0]", "t[1:]", "cube[::2, -1]",
    "x + y * 2 - -x / 3", "x // 2", "x % 2", "x ** 2", "2 ** x", "x == y", "x != 0", "x <= y", "1 >= x",
]  # fmt: skip


def model_of(expression: str) -> str:
    names = [n for n in SHAPES if re.search(rf"\b{n}\b", expression)] or ["x"]
    if re.search(r"\bT\b", expression) and "t" not in names:
        names.append("t")
    inputs = "\n".join(f"input {n}: {SHAPES[n]}" for n in names)
    uses = " ".join(f"output used_{n} = zeros_like({n})" for n in names)
    return f"model M {{ {inputs}\n output result = {expression}\n {uses} }}"


def batch(type_: Any, seed: int) -> Any:
    import keras
    import numpy as np

    shape = (3, *(d if isinstance(d, int) else 17 for d in type_.shape))
    rng = np.random.default_rng(seed)
    values = rng.random(shape) * 0.9 if type_.dtype in FLOATS else rng.integers(1, 7, shape)
    return keras.ops.cast(values, type_.dtype)


@pytest.mark.parametrize("expression", CASES)
def test_shapes_dtypes_and_batches_are_those_of_keras(expression: str) -> None:
    import numpy as np

    from specc.lower.model import build

    compilation = compile_text(model_of(expression))
    graph = compilation.model()
    declared = graph.output_types["result"]
    built = build(compilation.program, "M")
    symbolic = built.output["result"]
    assert tuple(d if isinstance(d, int) else None for d in declared.shape) == tuple(symbolic.shape[1:])
    assert declared.dtype == symbolic.dtype
    fed = {n: batch(t, seed) for seed, (n, t) in enumerate(graph.inputs.items())}
    together = built(fed)["result"]
    values = {"T": 17}
    assert tuple(together.shape) == (3, *declared.substitute(values).shape)  # type: ignore[arg-type]
    assert together.dtype.name == declared.dtype
    for at in range(3):
        alone = built({n: v[at : at + 1] for n, v in fed.items()})["result"]
        np.testing.assert_allclose(together[at : at + 1], alone, rtol=1e-3 if declared.dtype == "float16" else 1e-5)


def test_every_function_has_a_case() -> None:
    operators = ["+", "-", "*", "/", "getitem"]
    text = " ".join([*CASES, *operators])
    assert [name for name in OPS if name != "getitem" and not re.search(rf"\b{name}\(", text)] == []


NOT_KERAS = {
    "argmax": {"axis"}, "argmin": {"axis"},  # Keras's none flattens the batch, too
    "cumsum": {"axis"}, "cumprod": {"axis"}, "concatenate": {"axis"}, "stack": {"axis"}, "split": {"axis"},
    "repeat": {"axis"}, "roll": {"axis"}, "take_along_axis": {"axis"},
}  # fmt: skip
"""Arguments whose default in Keras is the batch axis, or all axes with it: they have to be given, or are the last."""


@pytest.mark.parametrize("name", [n for n in OPS if n != "getitem"])
def test_arguments_are_named_ordered_and_defaulted_as_in_keras(name: str) -> None:
    import keras

    declared = OPS[name]
    theirs = inspect.signature(getattr(keras.ops, name)).parameters
    operands = [] if name == "arange" else list(declared.operands)
    ours = [*operands, *declared.params]
    assert [n for n in theirs if n in ours] == ours
    for argument, param in declared.params.items():
        default = theirs[argument].default
        if argument in NOT_KERAS.get(name, ()):
            continue
        assert (default is inspect.Parameter.empty) == (param.default is REQUIRED), argument
        if param.default is not REQUIRED:
            assert param.default == default, argument


WRONG = {
    "E400": ["x + transpose(x)", "matmul(x, y)", "concatenate([x, transpose(x)], axis=1)", "split(x, 2, axis=1)",
             "stack([x, cube[0, :, :5]], axis=1)", 'einsum("bij,bjk->bik", x, y)', "reshape(x, [5, 5])",
             "squeeze(x, axis=1)", "broadcast_to(x, [7, 13])", "split(x, [5, 2], axis=1)", "t + x[:, :5]",
             "where(x > 0, x, transpose(x))"],
    "E401": ["x + v", "matmul(v, v)", "x + cube", "tril(v)", "tile(x, [2])", 'einsum("bi,bj->bij", x, v)'],
    "E403": ["sqrt(i)", "logical_and(x, y)", "where(x, x, y)", "one_hot(x, 3)", "matmul(i, i)"],
    "E303": ["softmax(x, axis=0)", "softmax(x, axis=3)", "mean(x, axis=[1, 5])", "clip(x, 2, 1)", "top_k(x, 99)"],
    "E301": ["matmul(x)", "concatenate([x, y])", "split(x, 2)", "cumsum(x)", "cast(x)", "reshape(x)"],
    "E300": ["softmax(x, axes=1)", "mean(x, keep_dims=true)"],
    "E302": ['einsum("ij,jk", x, y)', 'einsum("bij,cjk->bik", x, x)', 
             "transpose(cube, [1, 1, 2])", "reshape(x, [-1, -1])"],
    "E304": ["mean(x, axis=[1, 1])", "matmul(x, x1=y)"],
    "E406": ['einsum("bij,bjk->bik", x)'],
    "E408": ["reshape(p, [H, W, 2, 2])", "broadcast_to(one, [7, T])"],
    "E409": ["concatenate(x, axis=1)", "matmul(x, Dense(3))", "x * Dense(3)"],
    "E407": ["if x > 0 then x else y"],
}  # fmt: skip


@pytest.mark.parametrize(("code", "expression"), [(c, e) for c, es in WRONG.items() for e in es])
def test_what_does_not_fit_is_refused(code: str, expression: str) -> None:
    report = compile_text(model_of(expression)).report
    assert code in {d.code.id for d in report.errors}, [str(d.message) for d in report]
