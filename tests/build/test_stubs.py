"""What editors know of the builder: a stub for all of the catalogue, and types that say what a program gets wrong."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import specc.build
from specc.build.catalogue import MODULES
from specc.build.stubs import FOLDER, formatted, stub
from specc.catalogue.ops.base import Operation
from specc.catalogue.registry import declarations, names

ROOT = Path(__file__).parent.parent.parent
DECLARED = [(kind, name) for kind in MODULES for name in names(kind)]


def read(kind: str) -> str:
    return (FOLDER / f"{MODULES[kind]}.pyi").read_text()


# ── Stubs ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", MODULES)
def test_the_stub_is_fresh(kind: str) -> None:
    assert read(kind) == formatted(stub(kind)), "run `python -m specc.build.stubs`"


def test_every_kind_of_the_catalogue_has_a_module() -> None:
    from specc.catalogue.registry import WHERE

    assert set(WHERE) == set(MODULES)


@pytest.mark.parametrize("kind", MODULES)
def test_a_module_lists_its_names(kind: str) -> None:
    module = import_module(f"specc.build.{MODULES[kind]}")
    assert dir(module) == module.__all__ == names(kind)
    assert all(getattr(module, name).__doc__ for name in names(kind))


def written(kind: str, name: str) -> ast.arguments:
    """The arguments of a name in its stub."""
    found = {n.name: n for n in ast.parse(read(kind)).body if isinstance(n, ast.ClassDef | ast.FunctionDef)}[name]
    if isinstance(found, ast.FunctionDef):
        return found.args
    (init,) = (n for n in found.body if isinstance(n, ast.FunctionDef))
    return init.args


@pytest.mark.parametrize(("kind", "name"), DECLARED, ids=lambda v: v)
def test_all_arguments_are_there_with_type_and_default(kind: str, name: str) -> None:
    declared = declarations(kind)[name]
    arguments = written(kind, name)
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    both = zip([*positional, *arguments.kwonlyargs], [*defaults, *arguments.kw_defaults], strict=True)
    known = {a.arg: (a.annotation, default) for a, default in both if a.arg != "self"}
    others: set[str] = set()
    if issubclass(declared, Operation):  # its tensors, or where there are none the model
        others = {"model"} if declared.implied else set() if declared.variadic else set(declared.operands)
    assert set(known) == {*declared.params, *others}
    for argument, param in declared.params.items():
        annotation, default = known[argument]
        assert annotation is not None and (param.required == (default is None)), argument
        if not param.required and not (isinstance(default, ast.Constant) and default.value is ...):
            assert default is not None and ast.literal_eval(default) == param.default, argument


def test_an_argument_of_any_value_is_a_rare_thing() -> None:
    text = "".join(map(read, MODULES))
    assert [line.strip() for line in text.splitlines() if "Any]" in line] == [
        "def getitem(x: Tensor | float, items: Sequence[Any]) -> Tensor:"
    ]
    assert ": Any" not in text


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(specc.build.__file__).parent.parent / "py.typed").exists()


# ── Type checkers ────────────────────────────────────────────────────────────────────────────────

RIGHT = '''
"""A program that uses all of the builder."""

from specc.build import Layer, Model, Program, Tensor, block, data, ensemble, export, float32, int32, ops, train, tune
from specc.build.callbacks import EarlyStopping
from specc.build.combiners import SoftVote
from specc.build.layers import LSTM, Bidirectional, Concatenate, Conv2D, Dense, Embedding, Flatten, MaxPooling2D, ReLU
from specc.build.losses import MeanSquaredError, SparseCategoricalCrossentropy
from specc.build.metrics import Precision
from specc.build.optimizers import Adam
from specc.build.pruners import Hyperband
from specc.build.regularizers import L2
from specc.build.schedules import CosineDecay
from specc.build.sources import CSV, Sklearn


@block
def Conv(x: Tensor, /, filters: int, act: Layer | None = None) -> Tensor:
    x = x >> Conv2D(filters, (3, 3), padding="same", kernel_regularizer=L2(1e-4))
    return x if act is None else x >> act


@block
def Both(a: Tensor, b: Tensor, /, *, scale: float = 1.0) -> Tensor:
    return ops.concatenate([a, scale * b], axis=-1)


model = Model("M", parameters={"width": 8})
image = model.input("image", float32[8, 8, 1])
text = model.input("text", int32["T"])
x: Tensor = image >> Conv(8, act=ReLU()) * 2 >> MaxPooling2D(2) >> Flatten()
read: Tensor = text >> Embedding(257, 16) >> Bidirectional(LSTM(4))
y: Tensor = (x, read) >> Both(scale=0.5)
steps = ops.reshape(text, [text.shape[0], 1])
deep = Dense(16, activation="relu") >> Dense(3).named("last")
z: Tensor = (y, -y[..., 1:] * 2 + 1) >> Concatenate() >> deep
model.output("label", z >> Dense(3, activation="softmax"), float32[3])
model.output("value", ops.mean(steps, keepdims=True))

other = Model("N")
other.output("y", other.input("x", "float32[4]") >> Dense(1))
bags = ensemble("E", members=[other * 2, other()], combine=SoftVote(weights=[1, 1, 2]))
iris = data("Iris", Sklearn("iris", test=0.2))
plan = train(
    model,
    data=CSV("a.csv", inputs=["a"], targets={"label": "b", "value": "c"}),
    loss={"label": SparseCategoricalCrossentropy(), "value": MeanSquaredError()},
    metrics={"label": ["accuracy", Precision()]},
    weighted_metrics={"label": [Precision()]},
    optimizer=Adam(CosineDecay(1e-3, 100)),
    epochs=3,
    early_stopping=EarlyStopping(monitor="val_loss"),
)
search = tune(model, objective="max(val_accuracy)", trials=3, pruner=Hyperband())
program = Program(model, plan, search, train(bags, data=iris, loss=MeanSquaredError()), export(model, version="1.0.0"))
if program.compile().report.ok:
    program.save("m.json")
'''

WRONG = """
from specc.build import Model, Program, Tensor, block, float32, ops, train
from specc.build.layers import Conv2D, Dense, Flatten, Conv3d  # wrong
from specc.build.losses import MeanSquaredError
from specc.build.optimizers import Adam
from specc.build.sources import Sklearn

model = Model("M")
image = model.input("image", float32[8, 8, 1])
Dense(10, activaton="relu")  # wrong
Dense(10, activation="rleu")  # wrong
Dense()  # wrong
Dense(10, use_bias="no")  # wrong
Conv2D(8, 3, padding="sane")  # wrong
Conv2D(8, 2.5)  # wrong
Dense(3, kernel_regularizer=Adam())  # wrong
image >> 3  # wrong
image >> Dense  # wrong
"image" >> Flatten()  # wrong
image + "a"  # wrong
image @ image  # wrong
Dense(3)(image)  # wrong
Dense(3) * 2.5  # wrong
ops.softmax(image, axs=1)  # wrong
ops.softmax("image")  # wrong
ops.reshape(image, newshape=64)  # wrong
model.input("a", 3)  # wrong
model.output("y", Flatten())  # wrong
model(image)  # wrong
Adam(lr=3)  # wrong
Sklearn("irsi")  # wrong
Sklearn("iris", test="much")  # wrong
train(model, data=Sklearn("iris"))  # wrong
train(model, data=Sklearn("iris"), loss=MeanSquaredError(), epoch=3)  # wrong
train(model, data=Sklearn("iris"), loss=MeanSquaredError(), jit="cuda")  # wrong
Program(3)  # wrong


@block
def Wide(x: Tensor, /, units: int) -> Tensor:
    return x >> Dense(units)


image >> Wide("a")  # wrong
image >> Wide(3, unit=3)  # wrong
image >> Wide()  # wrong
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="pyright runs on Node.js, and its package would download one")
def test_pyright_takes_what_is_right_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)], "reportUnusedExpression": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(tmp_path), "--outputjson"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    in_right = [d for d in found if Path(d["file"]).name == "right.py"]
    assert not in_right, in_right
    lines = WRONG.splitlines()
    refused = {d["range"]["start"]["line"] for d in found if d["severity"] == "error"}
    wanted = {n for n, line in enumerate(lines) if line.endswith("# wrong")}
    assert [lines[n] for n in sorted(wanted ^ refused)] == []


# ── What is loaded ───────────────────────────────────────────────────────────────────────────────

PROBE = """
import sys
{program}
print(sorted({{m.split(".")[0] for m in sys.modules}} & {{"tensorflow", "keras", "jax", "torch"}}))
"""

USED = """
from specc.build import *
from specc.build.layers import *
from specc.build.losses import *
from specc.build.optimizers import *
from specc.build.sources import *
model = Model("M")
image = model.input("image", float32[8, 8, 1])
model.output("digit", image >> Conv2D(8, 3) >> Flatten() >> Dense(10, activation="softmax"))
plan = train(model, data=Sklearn("digits"), loss=SparseCategoricalCrossentropy(), optimizer=Adam())
program = Program(plan)
assert program.compile().report.ok
program.to_json(), program.to_text(), program.hash
try:
    image >> Dense(3, activaton="relu")
except BuildError as error:
    str(error)
"""


@pytest.mark.parametrize(
    ("program", "loaded"),
    [
        pytest.param("import specc.build", "[]", id="imported"),
        pytest.param(USED, "[]", id="used"),
        pytest.param("import sys; sys.modules['keras'] = sys", "['keras']", id="the-probe-would-see-it"),
    ],
)
def test_the_builder_loads_no_tensorflow(program: str, loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(program=program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == loaded
