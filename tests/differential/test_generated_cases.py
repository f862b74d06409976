"""Cases that are made from the declarations, against Keras; and that wrong declarations are noticed.

`SPECC_SEED` and `SPECC_CASES` (for each layer; 0 for all single changes) say which cases are tried.
"""

import os
import subprocess
import sys

import pytest
from generated_cases import Drawn, drawn, layers, written
from keras_bugs import BUGS, Bug
from mutants import MUTANTS
from network_compare import Refused, of_text
from stricter import STRICTER, Stricter
from verdicts import found, keras_takes

from specc.catalogue.declare import Refusal
from specc.catalogue.layer import Layer
from specc.compiler import compile_text
from specc.lower.operations import operand_types

pytestmark = pytest.mark.keras

SEED = int(os.environ.get("SPECC_SEED", "1"))
CASES = int(os.environ.get("SPECC_CASES", "7"))
LEAST = 300


def failures(cases: list[Drawn]) -> str:
    """Every case on which specc and Keras differ, with its spec."""
    told = [f"{case.text}\n    {finding}" for case in cases for finding in found(case)]
    return "\n".join(told)


@pytest.mark.parametrize("name", layers())
def test_generated_cases_agree_with_keras(name: str):
    cases = drawn(layers()[name], CASES, SEED)
    told = failures(cases)
    assert not told, f"SPECC_SEED={SEED} SPECC_CASES={CASES}\n{told}"


@pytest.mark.nightly
@pytest.mark.parametrize("name", layers())
def test_all_single_changes_agree_with_keras(name: str):
    told = failures(drawn(layers()[name], 0, SEED))
    assert not told, told


def test_there_are_enough_cases():
    cases = [case for declaration in layers().values() for case in drawn(declaration, CASES, SEED)]
    assert len(cases) >= LEAST
    assert len({case.text for case in cases}) > 0.95 * len(cases)


def test_cases_are_right_and_wrong():
    """Neither nearly all are refused nor nearly all accepted."""
    cases = [case for declaration in layers().values() for case in drawn(declaration, CASES, SEED)]
    taken = sum(_is_taken(case) for case in cases)
    assert 0.25 * len(cases) < taken < 0.9 * len(cases)


def _is_taken(case: Drawn) -> bool:
    try:
        made = case.make()
        made.layer.infer(made.types)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.__name__}: {m.__doc__}")
def test_a_wrong_declaration_is_noticed(mutant: type[Layer]):
    cases = drawn(mutant, 300, SEED)
    assert any(found(case) for case in cases)


@pytest.mark.parametrize("rule", STRICTER, ids=lambda r: r.reason)
def test_only_specc_refuses_it(rule: Stricter):
    case = written(rule.line)
    with pytest.raises(Refusal) as refused:
        made = case.make()
        made.layer.infer(made.types)
    assert rule.holds(case, refused.value), refused.value.message
    assert keras_takes(case), "Keras refuses it too: the rule can go, or needs another case"


@pytest.mark.parametrize("bug", BUGS, ids=lambda b: b.does)
def test_a_known_bug_is_still_there(bug: Bug):
    text = f"model Shown {{ {bug.spec} }}"
    graph = compile_text(text).program.models["Shown"]
    nodes = [node for node in graph.nodes if node.layer is not None]
    assert any(bug.concerns(n.layer, operand_types(graph, n)) for n in nodes)
    shown = of_text(text, "Shown", ["C"] if "C]" in text else [])
    assert not isinstance(shown, Refused)
    assert any(line.startswith(bug.shows) for line in shown), "Keras does it right: the entry can go"


def test_what_ends_the_process_still_does():
    code = "import keras, numpy as np; keras.layers.AdaptiveMaxPooling1D(1)(np.ones((2, 7, 3), 'float32'))"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert ended.returncode < 0, "TensorFlow refuses it now: `ends_process` can go"
