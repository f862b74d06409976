"""Domains of parameters: what is said of all values is true of each."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specc.compiler import Compilation, compile_text
from specc.diagnostics.render import render
from specc.source import Source

STEPS = [
    "x = x -> Dense({n})", "x = x -> Dense(n)", "x = x -> Dense(n * {a})", "x = x -> Dense(max(n - {a}, 1))",
    "x = x -> Conv1D(n, {a}, padding=same)", "x = x -> Conv1D({a}, n)", "x = x -> Conv1D({a}, 3, strides=n)",
    "x = x -> MaxPooling1D({a})", "x = x -> MaxPooling1D(n, padding=same)", "x = x -> ZeroPadding1D(n)",
    "x = x -> Cropping1D({a})", "x = x -> UpSampling1D(n)", "x = x -> GroupNormalization(n)",
    "x = x -> Flatten -> Dense({a} * n) -> Reshape([{a}, n])", "x = x -> Flatten -> Dense(n * 6) -> Reshape([n, 6])",
    "x = x -> Reshape([-1, {a}])", "x = x[{a}:]", "x = x[:n]", "x = x[:, -{a}:]",
    "x = x[{a}, :] -> Dense(n) -> Reshape([n, 1])",
    "x = concatenate([x, x -> Dense(n)], axis=-1)", "x = (x, x -> Dense(n)) -> Add", "x = x + (x -> Dense(n * {a}))",
    "x = if n > {a} then x -> Dense(n - {a}) else x", "if n % {a} == 0 {{ x = x -> Dense(n) }}",
    "x = split(x, {a}, axis=-1)[0]", "x = repeat(x, n, axis=1)", "x = x -> Dropout(n / 10)", "x = x -> Dense(n) * {a}",
    "x = x -> SeparableConv1D(n, 1)", "x = (x, x) -> MultiHeadAttention(n, {a})", "x = x -> Dense({a} - n + 5)",
    "x = matmul(x, transpose(x))", "x = squeeze(expand_dims(x -> Dense(n), 1))",
    "x = x -> LSTM(n, return_sequences=true)",
]  # fmt: skip


@st.composite
def specs(draw: st.DrawFn) -> tuple[str, int, int]:
    low = draw(st.integers(-1, 6))
    high = low + draw(st.integers(0, 9))
    steps = draw(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 7)), min_size=1, max_size=3))
    body = "\n".join(step.format(a=a, n=a) for step, a in steps)
    head = f"model M(n: int in {low}..{high} = {draw(st.integers(low, high))})"
    return f"{head} {{\n input x: float32[12, 6]\n {body}\n output y = x\n}}", low, high


def proof_of(text: str, *, symbols: bool) -> Compilation:
    from specc.elaborate import domains

    few = domains._FEW
    domains._FEW = -1 if symbols else few  # type: ignore[misc]
    try:
        compilation = compile_text(text)
        assert compilation.report is not None
    finally:
        domains._FEW = few  # type: ignore[misc]
    return compilation


@given(specs(), st.booleans())
def test_what_is_proven_holds_and_what_is_refuted_fails(spec: tuple[str, int, int], symbols: bool) -> None:
    text, low, high = spec
    compilation = proof_of(text, symbols=symbols)
    if not compilation.elaborated.findings.ok:
        return
    valid = {
        n: compile_text(text.replace(re.findall(r" = -?\d+\)", text)[0], f" = {n})")).elaborated.findings.ok
        for n in range(low, high + 1)
    }
    proofs, findings = compilation.proofs.proofs, compilation.proofs.findings
    if findings:
        shown = re.search(r"n=(-?\d+)", findings[0].message)
        assert shown and not valid[int(shown[1])]
    elif proofs and "proven" in proofs[0].how and "not proven" not in proofs[0].how:
        assert all(valid.values()), (valid, proofs[0])


@pytest.mark.parametrize(
    ("parameters", "body", "said"),
    [
        ("n: int in 1..9 = 3", "x -> Dense(n)", "M: n proven, each of 9 values tried"),
        ("n: int in 1..900 = 3", "x -> Dense(n)", "M: n proven for all values, with symbols"),
        ("n: int in 1..900 = 3, p: float in 0.0..0.5 = 0.1", "x -> Dense(n) -> Dropout(p)",
         "M: n, p proven for all values, with symbols (both ends of p)"),
        ("p: float in 0.0..0.5 = 0.1", "x -> Dropout(p)",
         "M: p not proven: tried with 3 values of p, beginning at the ends of the domain"),
        ("n: int in 1..200 = 3, b: bool = true", "x -> Dense(n * n, use_bias=b)",
         "M: n, b proven for all values, with symbols"),
        ("n: int in 1..2000 = 3", "x -> Dense(1) * n",
         "M: n not proven: tried with 2 values of n, beginning at the ends of the domain"),
    ],
)  # fmt: skip
def test_it_says_how_a_domain_was_tried(parameters: str, body: str, said: str) -> None:
    compilation = compile_text(f"model M({parameters}) {{ input x: float32[7]  output y = {body} }}")
    assert compilation.report.ok, list(compilation.report)
    assert [str(p) for p in compilation.proofs.proofs] == [said]


def test_all_values_are_tried_when_asked_for() -> None:
    text = "model M(n: int in 1..2000 = 3) { input x: float32[7]  output y = if n == 1234 then x[9] else x[0] }"
    assert compile_text(text).report.ok
    (finding,) = Compilation(Source("<text>", text), exhaustive=True).report
    assert "n=1234" in finding.message


def test_a_default_that_uses_another_parameter_follows_it() -> None:
    text = "model M(n: int in 1..9 = 3, k: int = n + 1) { input x: float32[9]  output y = x[k - 1] }"
    (finding,) = compile_text(text).report
    assert "n=9" in finding.message


def test_a_model_without_defaults_is_left_to_who_uses_it() -> None:
    assert compile_text("model M(n: int) { input x: float32[9]  output y = x -> Dense(n) }").report.ok


def test_a_block_that_demands_something_of_its_callers_is_valid() -> None:
    text = """block B(heads: int in 1..64) {
        input x: float[T, C]
        assert C % heads == 0, "{C} channels can't be shared by {heads} heads"
        output y: float[T, C] = reshape(reshape(x, [T, heads, C // heads]), [T, C])
    }"""
    compilation = compile_text(text)
    assert compilation.report.ok
    assert "proven for all values" in str(compilation.proofs.proofs[0])


# ── What blocks came to is remembered from trial to trial ────────────────────────────────────────

PARTS = """
block Part(n: int) {
    input x: float[c]
    output y = x -> Dense(n) -> LayerNormalization
}
model Net(deep: bool = false, pool: string in ["avg", "max"] = "avg", units: int in 1..99 = 3) {
    input x: float32[4]
    part = Part(5)
    h = x -> part
    if deep {
        h = h -> LAST
    }
    output y = h -> Part(5) -> Dense(units)
}
"""


@pytest.mark.parametrize("last", ["Part(7)", "Part(5) -> part", "Dense(4) -> part", "Part(-1)", "Part(0)"])
def test_remembering_changes_no_finding(last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from specc.elaborate import elaborator

    text = PARTS.replace("LAST", last)
    found = compile_text(text)
    shown = [render(found.report, "full"), *map(str, found.proofs.proofs)]
    monkeypatch.setattr(elaborator, "key_of", lambda *_: None)
    again = compile_text(text)
    assert [render(again.report, "full"), *map(str, again.proofs.proofs)] == shown
    assert bool(found.report.errors) is (last not in ("Part(7)", "Dense(4) -> part"))


def test_equal_blocks_are_carried_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from specc.elaborate.elaborator import Elaborator

    carried: list[str] = []
    carry_out = Elaborator._carry_out

    def noted(self: Elaborator, frame: Any, block: Any, *others: Any) -> Any:
        if self.memory is not None:
            carried.append(block.definition.name)
        return carry_out(self, frame, block, *others)

    monkeypatch.setattr(Elaborator, "_carry_out", noted)
    assert compile_text(PARTS.replace("LAST", "Part(5)")).report.ok
    assert carried == ["Part", "Part"], "for tensors of 4 and of 5"
