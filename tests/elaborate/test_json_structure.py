"""Faulty documents: the compiler says what is wrong, where, and the published schema refuses them, too."""

from __future__ import annotations

import copy
import json
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from specc.compiler import Compilation
from specc.diagnostics import Diagnostic
from specc.elaborate.json_text import read_json
from specc.program.json import dump
from specc.program.schema import schema
from specc.source import Source

SPEC = """
model Inner { input x: float32[S, 6]  output y = x -> Dense(4) }
model Net {
    input x: float32[T, 5]
    hidden = Dense(5, kernel_regularizer=L2(0.01))
    a = x -> hidden -> hidden
    b = a * 2 -> Dense(6, name="wide")
    output y = b -> Inner() -> GlobalAveragePooling1D -> Dense(3, name="head", activation=softmax)
}
model A { input x: float32[4]  output y = x -> Dense(3, activation=softmax) }
model B { input x: float32[4]  output y = x -> Dense(2) -> Dense(3, activation=softmax) }
data Iris = Sklearn(iris, validation=0.2)
ensemble Both { members = [A(), B()]  combine = SoftVote() }
train A(rate: float in 0.01..0.5 = 0.1) {
    data = Iris
    loss = SparseCategoricalCrossentropy()
    metrics = [accuracy, SparseTopKCategoricalAccuracy(2)]
    optimizer = SGD(rate)
    early_stopping = EarlyStopping(monitor=val_loss, patience=3)
}
train Both { data = Iris  loss = SparseCategoricalCrossentropy()  optimizer = Adam() }
tune A { objective = max(val_accuracy)  trials = 5 }
export A { formats = [keras]  version = "1.0.0" }
"""

VALIDATOR: Final = Draft202012Validator(schema())
GOOD: Final = dump(Compilation(Source("a.model", SPEC)).program)

NET = "/models/1"
LAYER = f"{NET}/layers/0"  # hidden
AGAIN = f"{NET}/layers/1"  # hidden again
OP = f"{NET}/layers/2"
NESTED = f"{NET}/layers/4"
GONE: Final = object()


def to(pointer: str) -> tuple[Any, Any]:
    """What begins the way of a test: a copy of the good document, and what a pointer leads to in it."""
    document = copy.deepcopy(GOOD)
    here: Any = document
    for step in pointer.split("/")[1:]:
        here = here[int(step) if isinstance(here, list) else step]
    return document, here


def edited(pointer: str, value: Any) -> Any:
    """The good document with another value at a pointer, or without what is there."""
    parent, _, key = pointer.rpartition("/")
    document, here = to(parent)
    step = int(key) if isinstance(here, list) else key
    if value is GONE:
        del here[step]
    else:
        here[step] = value
    return document


def renamed(pointer: str, name: str) -> Any:
    parent, _, key = pointer.rpartition("/")
    document, here = to(parent)
    fields = {name if k == key else k: v for k, v in here.items()}
    here.clear()
    here.update(fields)
    return document


def findings(document: Any) -> list[Diagnostic]:
    return list(Compilation(Source("a.json", json.dumps(document, indent=1))).report)


def test_the_good_document_is_good() -> None:
    assert [d for d in findings(GOOD) if d.code.id.startswith("E")] == []
    assert list(VALIDATOR.iter_errors(GOOD)) == []


# What is put where, what is said, and where if not there.
FAULTY: Final[list[tuple[str, Any, str, str]]] = [
    ("/specc", GONE, "E122 this program has no `specc`", ""),
    ("/specc", 2, "E113 this file is of version 2 of the language, this specc reads version 1", "/specc"),
    ("/specc", "1", 'E113 this file is of version "1" of the language, this specc reads version 1', "/specc"),
    ("/specc", True, "E122 `specc` must be 1", "/specc"),
    ("/models", GONE, "E122 this program has no `models`", ""),
    ("/models", {}, "E122 `models` must be a list, found an object", "/models"),
    ("/models/0", "Net", "E122 each of `models` must be an object, found a text", "/models/0"),
    ("/extra", 1, "E122 unknown key `extra` of this program", "/extra"),
    (f"{NET}/name", "", "E122 `name` must not be empty", f"{NET}/name"),
    (f"{NET}/name", "../up", "E122 `name` can't be `../up`", f"{NET}/name"),
    (f"{NET}/name", "a b", "E122 `name` can't be `a b`", f"{NET}/name"),
    (f"{NET}/name", "n" * 600, "E122 `name` is longer than 64 characters", f"{NET}/name"),
    (f"{NET}/kind", "layer", "E122 `kind` can't be `layer`", f"{NET}/kind"),
    (f"{NET}/outputs", [], "E122 `outputs` must not be empty", f"{NET}/outputs"),
    (f"{NET}/outputs", {"y": "head"}, "E122 `outputs` must be a list, found an object", f"{NET}/outputs"),
    (f"{NET}/outputs/0/from", 1, "E122 `from` must be a text, found the number 1", f"{NET}/outputs/0/from"),
    (f"{NET}/outputs/0/name", "in", "E122 `name` can't be `in`", f"{NET}/outputs/0/name"),
    (f"{NET}/inputs/0/name", "x.y", "E122 `name` can't be `x.y`", f"{NET}/inputs/0/name"),
    (f"{NET}/inputs/0/dtype", "flaot32", "E122 `dtype` can't be `flaot32`", f"{NET}/inputs/0/dtype"),
    (f"{NET}/inputs/0/dtype", 32, "E122 `dtype` must be a text, found the number 32", f"{NET}/inputs/0/dtype"),
    (f"{NET}/inputs/0/shape/1", 0, "E122 each of `shape` must be at least 1, found 0", f"{NET}/inputs/0/shape/1"),
    (
        f"{NET}/inputs/0/shape/1",
        1.5,
        "E122 each of `shape` must be an integer or a text, found the number 1.5",
        f"{NET}/inputs/0/shape/1",
    ),
    (f"{NET}/inputs/0/shape", [1] * 33, "E122 `shape` has more than 32 items", f"{NET}/inputs/0/shape"),
    (f"{LAYER}/name", GONE, "E122 this layer has no `name`", LAYER),
    (f"{LAYER}/type", GONE, "E122 this layer has no `type`", LAYER),
    (f"{LAYER}/type", "Desne", "E201 unknown layer `Desne`", f"{LAYER}/type"),
    (f"{LAYER}/type", 1, "E122 `type` must be a text, found the number 1", f"{LAYER}/type"),
    (f"{LAYER}/kind", "lyaer", "E122 `kind` can't be `lyaer`", f"{LAYER}/kind"),
    (f"{LAYER}/inputs", "x", "E122 `inputs` must be a list, found a text", f"{LAYER}/inputs"),
    (f"{LAYER}/inputs", [], "E122 `inputs` must not be empty", f"{LAYER}/inputs"),
    (f"{LAYER}/inputs", [2], "E122 each of `inputs` must be a text, found the number 2", f"{LAYER}/inputs/0"),
    (f"{LAYER}/arguments", GONE, "E301 `Dense` needs `units`", LAYER),
    (f"{LAYER}/arguments", [5], "E122 `arguments` must be an object, found a list", f"{LAYER}/arguments"),
    (f"{LAYER}/arguments/units", GONE, "E301 `Dense` needs `units`", LAYER),
    (
        f"{LAYER}/arguments/units",
        -3,
        "E303 `units` must be an integer of at least 1",
        f"{LAYER}/arguments/units",
    ),
    (f"{LAYER}/arguments/use_bias", "yes", "E302 `use_bias` must be true or false", f"{LAYER}/arguments/use_bias"),
    (
        f"{LAYER}/arguments/name",
        "hidden",
        "E122 `name` stands beside `arguments`, not in it",
        f"{LAYER}/arguments/name",
    ),
    (f"{LAYER}/arguments/bias", True, "E300 `Dense` has no argument `bias`", f"{LAYER}/arguments/bias"),
    (
        f"{LAYER}/arguments/kernel_regularizer/type",
        "L3",
        "E211 unknown regularizer `L3`",
        f"{LAYER}/arguments/kernel_regularizer/type",
    ),
    (
        f"{LAYER}/arguments/kernel_regularizer/arguments/l2",
        "much",
        "E302 `l2` must be a number of at least 0",
        f"{LAYER}/arguments/kernel_regularizer/arguments/l2",
    ),
    (
        f"{LAYER}/arguments/kernel_regularizer/argument",
        {},
        "E122 unknown key `argument` of this regularizer",
        f"{LAYER}/arguments/kernel_regularizer/argument",
    ),
    (f"{AGAIN}/arguments", {}, "E122 unknown key `arguments` of this layer that shares weights", f"{AGAIN}/arguments"),
    (f"{AGAIN}/shares", None, "E122 `shares` must be a text, found null", f"{AGAIN}/shares"),
    (f"{OP}/shares", "hidden", "E122 unknown key `shares` of this operation", f"{OP}/shares"),
    (f"{OP}/type", "multipy", "E211 unknown op `multipy`", f"{OP}/type"),
    (
        f"{OP}/inputs/1",
        None,
        "E122 each of `inputs` must be a text or a number, found null",
        f"{OP}/inputs/1",
    ),
    (
        "/models/1/layers/4/arguments",
        {"units": 3},
        "E122 unknown key `units` of this start of a model",
        "/models/1/layers/4/arguments/units",
    ),
    (
        "/models/1/layers/4/arguments",
        {"trainable": "no"},
        "E122 `trainable` must be true or false, found a text",
        "/models/1/layers/4/arguments/trainable",
    ),
    ("/data/0/type", "Sklaern", "E211 unknown data `Sklaern`", "/data/0/type"),
    ("/data/0/arguments", GONE, "E301 `Sklearn` needs `name`", "/data/0"),
    ("/ensembles/0/members/0/model", GONE, "E122 this member has no `model`", "/ensembles/0/members/0"),
    ("/ensembles/0/combine/type", "Vote", "E211 unknown combiner `Vote`", "/ensembles/0/combine/type"),
    ("/train/0/data", GONE, "E122 this train record has no `data`", "/train/0"),
    ("/train/0/epochs", 0, "E122 `epochs` must be at least 1, found 0", "/train/0/epochs"),
    ("/train/0/epochs", "10", "E122 `epochs` must be an integer, found a text", "/train/0/epochs"),
    ("/train/0/jit", "on", "E122 `jit` can't be `on`", "/train/0/jit"),
    ("/train/0/loss_weights", {"y": -1}, "E122 `y` must be at least 0, found -1", "/train/0/loss_weights/y"),
    ("/train/0/loss/y/type", "MSE", "E211 unknown loss `MSE`", "/train/0/loss/y/type"),
    (
        "/train/0/metrics/y/0",
        1,
        "E122 each of `y` must be a text or an object, found the number 1",
        "/train/0/metrics/y/0",
    ),
    ("/train/0/optimizer", "SGD", "E122 `optimizer` must be an object, found a text", "/train/0/optimizer"),
    (
        "/train/0/optimizer/arguments/momentm",
        0.5,
        "E300 `SGD` has no argument `momentm`",
        "/train/0/optimizer/arguments/momentm",
    ),
    (
        "/train/0/early_stopping/arguments/patience",
        True,
        "E302 `patience` must be an integer of at least 0",
        "/train/0/early_stopping/arguments/patience",
    ),
    ("/tune/0/direction", "up", "E122 `direction` can't be `up`", "/tune/0/direction"),
    ("/tune/0/trials", False, "E122 `trials` must be an integer, found false", "/tune/0/trials"),
    ("/export/0/formats/0", "onnx", "E122 each of `formats` can't be `onnx`", "/export/0/formats/0"),
    ("/export/0/version", 1, "E122 `version` must be a text, found the number 1", "/export/0/version"),
]


@pytest.mark.parametrize(("pointer", "value", "said", "where"), FAULTY)
def test_faulty(pointer: str, value: Any, said: str, where: str) -> None:
    document = edited(pointer, value)
    assert list(VALIDATOR.iter_errors(document)) != []
    first, *others = findings(document)
    assert (f"{first.code.id} {first.message}", first.pointer) == (said, where)
    assert others == []
    text = json.dumps(document, indent=1)
    place = read_json(Source("a.json", text)).around(first.span)
    assert place.pointer == where and first.span.start >= place.start - len(where) - 4


RENAMED: Final = [
    ("/models", "model", "E122"),
    (f"{NET}/layers", "layer", "E122"),
    (f"{LAYER}/inputs", "input", "E122"),
    (f"{LAYER}/arguments/units", "unit", "E300"),
    (f"{LAYER}/arguments/kernel_regularizer", "kernel_regulariser", "E300"),
    ("/train/0/optimizer", "optimiser", "E122"),
    ("/tune/0/metric", "metrics", "E122"),
    ("/export/0/formats", "format", "E122"),
]


@pytest.mark.parametrize(("pointer", "name", "code"), RENAMED)
def test_a_misspelt_key_is_one_finding_and_its_fix_is_right(pointer: str, name: str, code: str) -> None:
    document = renamed(pointer, name)
    assert list(VALIDATOR.iter_errors(document)) != []
    (found,) = findings(document)
    assert (found.code.id, found.pointer, found.span.text) == (code, f"{pointer.rpartition('/')[0]}/{name}", name)
    assert found.fix is not None
    text, span = found.span.source.text, found.fix.span
    assert json.loads(text[: span.start] + found.fix.replacement + text[span.end :]) == GOOD


def test_validators_speak_of_the_branch_that_is_meant() -> None:
    for pointer, value, _, where in FAULTY:
        (error, *others) = VALIDATOR.iter_errors(edited(pointer, value))
        assert others == [] and error.context == []
        # A schema says of unknown keys where the object is, and of missing arguments where the others are.
        place = "".join(f"/{step}" for step in error.absolute_path)
        assert where.startswith(place) or place == f"{where}/arguments"


def test_all_findings_are_reported() -> None:
    document, net = to(NET)
    net["layers"][0]["arguments"]["units"] = 0
    net["layers"][3]["type"] = "Danse"
    net["layers"].append({"name": "more", "type": "Dense", "arguments": {"unit": 1}, "inputs": ["nothing"]})
    document["models"][2]["layers"][0]["arguments"]["units"] = "H +"
    document["train"][0]["optimizer"]["type"] = "SDG"
    document["train"][0]["loss"]["y"]["type"] = "Los"
    assert [(d.code.id, d.pointer) for d in findings(document)] == [
        ("E303", f"{LAYER}/arguments/units"),
        ("E201", f"{NET}/layers/3/type"),
        ("E300", f"{NET}/layers/{len(net['layers']) - 1}/arguments/unit"),
        ("E200", f"{NET}/layers/{len(net['layers']) - 1}/inputs/0"),
        ("E409", "/models/2/layers/0/arguments/units"),
        ("E211", "/train/0/loss/y/type"),
        ("E211", "/train/0/optimizer/type"),
    ]


TWICE = ["/models", "/data", "/ensembles", "/train", "/tune", "/export", f"{NET}/layers", f"{NET}/inputs"]


@pytest.mark.parametrize("pointer", TWICE)
def test_nothing_stands_twice(pointer: str) -> None:
    document, records = to(pointer)
    records.append(records[0])
    (found,) = [d for d in findings(document) if d.code.id.startswith("E")]
    assert found.code.name == "duplicate-name"
    assert (found.pointer or "").startswith(f"{pointer}/{len(records) - 1}")


@pytest.mark.parametrize(
    ("pointer", "value", "said"),
    [
        (f"{LAYER}/inputs/0", "nothing", "E200 there is no layer `nothing`"),
        (f"{LAYER}/inputs/0", "x:", "E200 there is no layer `x:`"),
        (f"{LAYER}/inputs/0", "x:\u00b2", "E200 there is no layer `x:\u00b2`"),
        (f"{LAYER}/inputs/0", "x:" + "9" * 5000, "E200"),
        (f"{LAYER}/inputs/0", "x:1", "E200 `x` has 1 outputs"),
        (f"{AGAIN}/shares", "nothing", "E200 there is no layer `nothing` before this one"),
        (f"{AGAIN}/type", "ReLU", "E122 `hidden` is the layer `Dense`; what shares its weights must be the same"),
        (f"{NESTED}/type", "Outer", "E200 there is no model `Outer` before this one"),
        (f"{NET}/inputs/0/shape/0", "T +", "E409"),
        (f"{NET}/inputs/0/shape/0", "3 - 5", "E303 a size must be from 1 to 2,147,483,647, this is -2"),
        (f"{NET}/inputs/0/shape/0", "(" * 1000, "E409"),
        (f"{NET}/outputs/0/from", "nothing", "E200 there is no layer `nothing`"),
        (f"{NET}/inputs/0/shape/0", "2 * T", "E200 `T` stands alone nowhere before this"),
        ("/train/0/data", "iris", "E210 there is no data called `iris`"),
        ("/tune/0/target", "C", "E210 there is no model `C`"),
    ],
)
def test_what_no_schema_can_say(pointer: str, value: Any, said: str) -> None:
    first = findings(edited(pointer, value))[0]
    assert f"{first.code.id} {first.message}".startswith(said)
    assert first.pointer == pointer


@pytest.mark.parametrize(
    ("pointer", "value", "said", "place"),
    [
        ("/models/4/layers/0/type", "B", "E520 the model `Both` is not what these members", "/ensembles/0/name"),
        (
            "/ensembles/0/combine/type",
            "HardVote",
            "E520 the model `Both` is not what these members",
            "/ensembles/0/name",
        ),
        ("/ensembles", [], "E520 `Both` is said to be an ensemble, but `ensembles` doesn't say of", "/models/4/kind"),
        ("/ensembles/0/members", [{"name": "a", "model": "A"}], "E409 an ensemble has at least two", "/ensembles/0"),
    ],
)
def test_an_ensemble_is_what_its_members_make(pointer: str, value: Any, said: str, place: str) -> None:
    first = findings(edited(pointer, value))[0]
    assert f"{first.code.id} {first.message}".startswith(said) and first.pointer == place


def pointers(value: Any, here: str = "") -> list[str]:
    """The pointers of all parts of some plain data."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(p for k, v in parts for p in pointers(v, f"{here}/{k}"))]


def concerned(published: Any) -> Any:
    """The published schema without its branches for types that the good document doesn't name: those take the time."""
    named = {to(pointer)[1] for pointer in pointers(GOOD) if pointer.endswith("/type")}
    definitions = dict(published["$defs"])
    for name, record in definitions.items():
        if branches := record.get("allOf"):
            kept = [b for b in branches if b["if"]["properties"]["type"]["const"] in named]
            definitions[name] = {**record, "allOf": kept}
    return {**published, "$defs": definitions}


CONCERNED: Final = Draft202012Validator(concerned(schema()))
VALUES: Final = (None, True, -1, 1.5, "x", "T // 0", [], {"type": []}, GONE)


@pytest.mark.parametrize("pointer", [p for p in pointers(GOOD)[1:] if not p.startswith("/models/3")])
def test_whatever_stands_anywhere(pointer: str) -> None:
    """No value breaks the reading; what the schema refuses, the compiler refuses, and its structure the schema."""
    for value in VALUES:
        document = edited(pointer, value)
        errors = [d for d in findings(document) if d.code.id.startswith("E")]
        admitted = CONCERNED.is_valid(document)
        assert errors or admitted, value
        for error in errors:
            assert error.code.id not in ("E300", "E122") or not admitted, (value, error)
            assert error.span.source.text
            assert error.pointer is not None
