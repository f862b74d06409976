"""Binding of arguments as written; a problem is compared as text, in full."""

import ast
import re

import pytest

from specc.catalogue.bind import Given, bind, bind_params, diagnostic_of, positional
from specc.catalogue.declare import Refusal, Value, Word
from specc.catalogue.layers.dense import Dense
from specc.catalogue.objects.constraints import NonNeg, UnitNorm
from specc.catalogue.objects.initializers import HeNormal, RandomUniform
from specc.catalogue.objects.losses import Huber
from specc.catalogue.objects.metrics.accuracy import BinaryAccuracy
from specc.catalogue.objects.optimizers import Adam
from specc.catalogue.objects.regularizers import L1L2, L2
from specc.catalogue.objects.schedules import ExponentialDecay
from specc.diagnostics.codes import BAD_ARGUMENT
from specc.diagnostics.diagnostic import Diagnostic, SpecError
from specc.source import Source, Span

ARGUMENT = re.compile(r"(?:(\w+)=)?([^\s,()]+)")


def value_of(text: str) -> Value:
    """A literal, or the bare word."""
    try:
        return ast.literal_eval(text)
    except ValueError:
        return {"none": None, "true": True, "false": False}.get(text, Word(text))


def bind_text(declaration, text):
    """Bind the arguments of ``Name(1, key=word)``."""
    source = Source("a.model", text)
    inside = text.index("(") + 1
    given = [
        Given(m[1], value_of(m[2]), Span(source, *m.span(2)), Span(source, *m.span(1)) if m[1] else None)
        for m in ARGUMENT.finditer(text, inside)
    ]
    return bind(declaration, given, Span(source, 0, len(text)))


def show(diagnostic: Diagnostic) -> str:
    lines = [f"{diagnostic.code.name} at {diagnostic.span.text}: {diagnostic.message}"]
    for part in ("label", "expected", "found"):
        lines += [f"{part}: {getattr(diagnostic, part)}"] if getattr(diagnostic, part) else []
    lines += [f"see {r.span.text}: {r.message}" for r in diagnostic.related]
    lines += [f"help: {h}" for h in diagnostic.help]
    lines += [f"fix: {diagnostic.fix.span.text} -> {diagnostic.fix.replacement}"] if diagnostic.fix else []
    return "\n".join(lines)


def problems(declaration, text) -> str:
    with pytest.raises(SpecError) as error:
        bind_text(declaration, text)
    return "\n".join(map(show, error.value.diagnostics))


def test_positional_and_keyword_arguments():
    bound = bind_text(Dense, "Dense(8, relu, use_bias=false, name='top')")
    assert bound == Dense.make(units=8, activation=Word("relu"), use_bias=False, name="top")


def test_nothing_given():
    assert bind_text(Huber, "Huber()") == Huber.make()


def test_inherited_common_arguments_are_never_positional():
    assert "name" not in positional(Dense) and "trainable" not in positional(Dense)
    assert positional(BinaryAccuracy) == ["threshold"]
    assert positional(NonNeg) == []


CASES = [
    (
        Dense,
        "Dense(unit=3)",
        """\
unknown-argument at unit: `Dense` has no argument `unit`
help: did you mean `units`?
fix: unit -> units""",
    ),
    (
        L1L2,
        "L1L2(0.1, weight=2)",
        """\
unknown-argument at weight: `L1L2` has no argument `weight`
help: its arguments are `l1` and `l2`""",
    ),
    (
        L2,
        "L2(l=2)",
        """\
unknown-argument at l: `L2` has no argument `l`
help: did you mean `l2`?
help: its argument is `l2`
fix: l -> l2""",
    ),
    (
        NonNeg,
        "NonNeg(axis=1)",
        """\
unknown-argument at axis: `NonNeg` has no argument `axis`
help: `NonNeg` takes no arguments""",
    ),
    (
        Dense,
        "Dense(3, unit=4)",
        """\
unknown-argument at unit: `Dense` has no argument `unit`""",
    ),
    (
        Dense,
        "Dense(foo=3)",
        """\
unknown-argument at foo: `Dense` has no argument `foo`
missing-argument at Dense(foo=3): `Dense` needs `units`
expected: units: an integer of at least 1""",
    ),
    (
        ExponentialDecay,
        "ExponentialDecay(0.1)",
        """\
missing-argument at ExponentialDecay(0.1): `ExponentialDecay` needs `decay_steps` and `decay_rate`
expected: decay_steps: an integer of at least 1, decay_rate: a number above 0""",
    ),
    (
        Dense,
        "Dense(0)",
        """\
out-of-range at 0: `units` must be an integer of at least 1
expected: an integer of at least 1
found: 0""",
    ),
    (
        Dense,
        "Dense(n)",
        """\
unknown-name at n: unknown name `n`
label: `units` must be an integer of at least 1""",
    ),
    (
        Dense,
        "Dense(3, kernel_regularizer=OrthogonalRegulariser)",
        """\
unknown-object at OrthogonalRegulariser: `kernel_regularizer` must be a regularizer
expected: a regularizer
found: OrthogonalRegulariser
help: did you mean `OrthogonalRegularizer`?
fix: OrthogonalRegulariser -> OrthogonalRegularizer""",
    ),
    (
        Dense,
        "Dense(3, use_bias=yes)",
        """\
bad-argument at yes: `use_bias` must be true or false
expected: true or false
found: yes""",
    ),
    (
        Huber,
        "Huber(reduction=summ)",
        """\
bad-argument at summ: `reduction` must be one of sum_over_batch_size, sum, mean, mean_with_sample_weight
expected: one of sum_over_batch_size, sum, mean, mean_with_sample_weight
found: summ
help: did you mean `sum`?
fix: summ -> sum""",
    ),
    (
        Huber,
        "Huber(reduction='summ')",
        """\
bad-argument at 'summ': `reduction` must be one of sum_over_batch_size, sum, mean, mean_with_sample_weight
expected: one of sum_over_batch_size, sum, mean, mean_with_sample_weight
found: "summ"
help: did you mean `sum`?
fix: 'summ' -> "sum\"""",
    ),
    (
        Dense,
        "Dense(3, units=4)",
        """\
repeated-argument at units: `units` of `Dense` is given twice
see 3: `units` is already given here by position""",
    ),
    (
        Dense,
        "Dense(units=3, units=4)",
        """\
repeated-argument at units: `units` of `Dense` is given twice
see units: `units` is already given here""",
    ),
    (
        L1L2,
        "L1L2(0.1, true, 3, 4)",
        """\
too-many-arguments at 3, 4: `L1L2` takes at most 2 arguments by position
expected: at most 2 arguments by position
found: 4 arguments by position
help: its arguments are `l1` and `l2`""",
    ),
    (
        NonNeg,
        "NonNeg(1)",
        """\
too-many-arguments at 1: `NonNeg` takes no arguments
expected: no arguments
found: 1 argument by position""",
    ),
    (
        RandomUniform,
        "RandomUniform(maxval=-1)",
        """\
conflicting-arguments at -1: `minval` must be at most `maxval`
expected: at most -1
found: -0.05""",
    ),
    (
        Adam,
        "Adam(clipnorm=1, clipvalue=2)",
        """\
conflicting-arguments at 2: `clipnorm` and `clipvalue` exclude each other
expected: at most one of `clipnorm`, `clipvalue` and `global_clipnorm`""",
    ),
    (
        Adam,
        "Adam(0, beta_1=2, beta2=3, epsilon=-1)",
        """\
unknown-argument at beta2: `Adam` has no argument `beta2`
help: did you mean `beta_2`?
fix: beta2 -> beta_2
out-of-range at 0: `learning_rate` must be a number above 0
expected: a number above 0
found: 0
out-of-range at 2: `beta_1` must be a number of at least 0 and below 1
expected: a number of at least 0 and below 1
found: 2
out-of-range at -1: `epsilon` must be a number of at least 0
expected: a number of at least 0
found: -1""",
    ),
]


@pytest.mark.parametrize(("declaration", "text", "expected"), CASES, ids=[text for _, text, _ in CASES])
def test_problems(declaration, text, expected):
    assert problems(declaration, text) == expected


def test_a_name_of_another_kind_is_refused():
    source = Source("a.model", "Dense(3)")
    place = Span(source, 6, 7)
    given = [Given("kernel_initializer", UnitNorm, place), Given("units", 3, place)]
    with pytest.raises(SpecError) as error:
        bind(Dense, given, place)
    assert [d.code for d in error.value.diagnostics] == [BAD_ARGUMENT]
    given[0] = Given("kernel_initializer", HeNormal, place)
    assert bind(Dense, given, place).kernel_initializer == HeNormal.make()


def test_a_refusal_without_a_known_argument_is_at_the_call():
    source = Source("a.model", "Dense(3)")
    call, value = Span(source, 0, 8), Span(source, 6, 7)
    at_units = Refusal(BAD_ARGUMENT, "no", argument="units")
    assert diagnostic_of(at_units, call, {"units": value}).span == value
    assert diagnostic_of(at_units, call, {}).span == call
    assert diagnostic_of(Refusal(BAD_ARGUMENT, "no"), call).span == call


def test_parameters_of_a_definition_bind_alike():
    source = Source("a.model", "Block(3)")
    call, value = Span(source, 0, 8), Span(source, 6, 7)
    assert bind_params("Block", L1L2.params, [Given(None, 3, value)], call) == {"l1": 3.0}
    with pytest.raises(SpecError) as error:
        bind_params("Block", L1L2.params, [Given(None, -3, value), Given("l3", 1, value)], call)
    assert [d.code.name for d in error.value.diagnostics] == ["unknown-argument", "out-of-range"]
    assert error.value.diagnostics[0].message == "`Block` has no argument `l3`"
