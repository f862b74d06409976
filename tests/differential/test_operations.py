"""Every function of tensors with arguments of its own kinds, on every dtype, against Keras."""

import random

import pytest
from hints import DIVIDES
from keras_bugs import bug_of
from network_compare import Refused, compared
from network_draw import operations, some
from networks import Network, Step

from specc.catalogue.declare import Refusal
from specc.catalogue.ops.base import Operation
from specc.program.types import DTYPES, TensorType

pytestmark = pytest.mark.keras

SHAPES = ((3, 5), (2, 3, 5), (7,))
ORDINARY = 4
"""How many networks of one function in the ordinary suite."""


@pytest.mark.parametrize("name", operations())
def test_a_function_is_the_same_in_keras(name: str):
    check(name, ORDINARY)


@pytest.mark.nightly
@pytest.mark.parametrize("name", operations())
def test_a_function_is_the_same_in_keras_for_all_dtypes(name: str):
    check(name, 4 * len(DTYPES) * len(SHAPES))


def check(name: str, count: int) -> None:
    rng = random.Random(name)
    told = [f"{n.text}\n{f}" for n in drawn(operations()[name], count, rng) if (f := compared(n))]
    assert not told, "\n".join(told)


def drawn(declaration: type[Operation], count: int, rng: random.Random) -> list[Network]:
    """Networks of one function of operands of one type."""
    found: dict[str, Network] = {}
    for _ in range(count * 10):
        operands = 2 if declaration.takes_list else 1 if declaration.variadic else len(declaration.operands)
        x = TensorType(rng.choice(DTYPES), rng.choice(SHAPES))
        network = _network(declaration, (x,) * operands, rng)
        if network is not None:
            found[network.text] = network
        if len(found) == count:
            break
    return list(found.values())


def _network(declaration: type[Operation], types: tuple[TensorType, ...], rng: random.Random) -> Network | None:
    if declaration.__name__ in DIVIDES and not types[0].is_float:
        return None
    try:
        operation = declaration.make(**some(declaration, rng, 0.4))
        made = operation.infer(types)
        operation.keras_arguments(types)
    except Refusal:
        return None
    if bug_of(operation, types):
        return None
    inputs = {f"x{i}": t for i, t in enumerate(types)}
    results = {f"v{i}": t for i, t in enumerate(made.outputs)}
    return Network("M", inputs | results, tuple(inputs), (Step(tuple(results), tuple(inputs), operation),))


def test_a_refused_program_is_told():
    """What specc takes piece by piece it takes as a whole."""
    every = [n for d in operations().values() for n in drawn(d, 1, random.Random(1))]
    assert len(every) > 0.8 * len(operations())
    assert not any(isinstance(compared(n), Refused) for n in every)
