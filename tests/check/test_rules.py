"""Rules over the whole program: what they must not say. What they say is in ``tests/golden/bad``."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from specc.compiler import Compilation, compile_text
from specc.program.json import pretty
from specc.source import Source

ROOT = Path(__file__).parent.parent.parent
SHIPPED = sorted([*(ROOT / "specs").rglob("*.model"), *(ROOT / "specc" / "library").rglob("*.model")])

WINES = "data Wines = Sklearn(wine)"
CLASSES = "SparseCategoricalCrossentropy()"
CANCER = {"data": "data B = Sklearn(breast_cancer)", "type_": "float32[30]"}


def codes(text: str, path: Path | None = None) -> list[str]:
    """The codes of all findings of a spec."""
    return [d.code.id for d in Compilation(Source("main.model", text, path)).report]


def trained(layers: str, loss: str = CLASSES, *more: str, data: str = WINES, type_: str = "float32[13]") -> str:
    """A model of layers after its input `x` that is trained."""
    name = data.split()[1]
    settings = "".join(f"    {m}\n" for m in more)
    model = f"model Net {{\n    input x: {type_}\n    output y = {layers}\n}}\n"
    return f"{model}\n{data}\n\ntrain Net {{\n    data = {name}\n    loss = {loss}\n{settings}}}\n"


def net(body: str, *inputs: str) -> str:
    """A model with a body and inputs such as ``x: float32[8]``."""
    lines = [*(f"input {i}" for i in inputs or ("x: float32[8]",)), *body.strip().splitlines()]
    return "model Net {\n" + "".join(f"    {line.strip()}\n" for line in lines) + "}\n"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_specs_get_no_finding(path: Path) -> None:
    assert [str(d.message) for d in Compilation.of_file(path).report] == []


LOSSES = {
    "softmax": trained("x -> Dense(3, activation=softmax) -> Reshape([3])"),
    "logits": trained("x -> Dense(3) -> Reshape([3])", "SparseCategoricalCrossentropy(from_logits=true)"),
    "softmax function": trained("softmax(x -> Dense(3))"),
    "log_softmax as logits": trained("log_softmax(x -> Dense(3))", "SparseCategoricalCrossentropy(from_logits=true)"),
    "sigmoid": trained("sigmoid(x -> Dense(1))", "BinaryCrossentropy()", **CANCER),
    "unknown maker": trained("x -> Dense(3) -> Rescaling(2)"),
    "average of unlike": trained("(x -> Dense(3, activation=softmax), x -> Dense(3) * 1 -> Softmax) -> Average"),
    "sum of probabilities": trained("(x -> Dense(3, activation=softmax)) * 0.5 + (x -> Dense(3) -> Softmax) * 0.5"),
    "exponential": trained("x -> Dense(3, activation=exponential)"),
    "one weight 0": trained("x -> Dense(3, activation=softmax)", CLASSES, "loss_weights = 0.5"),
    "mean over steps": trained("x -> Reshape([13, 1]) -> Dense(3, activation=softmax) -> GlobalAveragePooling1D"),
}

TARGETS = {
    "as many columns": trained("x -> Dense(2)", "Huber()", data='data D = CSV("d.csv", targets=[a, b])'),
    "linnerud": trained("x -> Dense(3)", "Huber()", data="data D = Sklearn(linnerud)", type_="float32[3]"),
    "one-hot of a column": trained("x -> Dense(3, activation=softmax)", "CategoricalCrossentropy()"),
    "one-hot columns": trained(
        "x -> Dense(2, activation=softmax)", "CategoricalCrossentropy()", data='data D = CSV("d.csv", targets=[a, b])'
    ),
    "a class per position": trained(
        "x -> Reshape([2, 1]) -> Dense(3, activation=softmax)",
        data='data D = CSV("d.csv", targets=[a, b])',
        type_="float32[2]",
    ),
    "arrays": trained("x -> Reshape([13, 1])", "Huber()", data='data D = NPZ("d.npz", targets=a)'),
    "a scalar": trained("sum(x)", "Huber()", data="data D = Sklearn(diabetes)", type_="float32[10]"),
    "texts of two classes": trained(
        "x -> Reshape([13, 1]) -> Dense(1, activation=sigmoid)", "BinaryCrossentropy()", data='data D = CSV("d.csv")'
    ),
    "no target": trained("sum(x)", "AddLoss()", data='data D = CSV("d.csv", targets=[a, b])'),
    "accuracy of a square loss over classes": trained(
        "x -> Dense(3)", "MeanSquaredError()", "metrics = [accuracy]", data='data D = NPZ("d.npz")'
    ),
    "accuracy of bounded numbers": trained(
        "x -> Dense(1, activation=sigmoid)", "MeanSquaredError()", "metrics = [accuracy]", data='data D = CSV("d.csv")'
    ),
    "sparse metric": trained(
        "x -> Dense(3, activation=softmax)", CLASSES, "metrics = [accuracy, sparse_categorical_crossentropy]"
    ),
    "distance of one-hot": trained(
        "x -> Dense(3, activation=softmax)", "CategoricalCrossentropy()", "metrics = [accuracy, mse]"
    ),
}

SOFTMAX = "x -> Dense(3, activation=softmax)"
WATCHED = {
    "less of a loss": trained(SOFTMAX, CLASSES, "early_stopping = EarlyStopping(monitor=val_loss, mode=min)"),
    "auto": trained(SOFTMAX, CLASSES, "metrics = [accuracy]", "early_stopping = EarlyStopping(monitor=val_accuracy)"),
    "training loss without a validation split": trained(
        SOFTMAX, CLASSES, "early_stopping = EarlyStopping(monitor=loss)", data="data W = Sklearn(wine, validation=0)"
    ),
    "the second of a kind": trained(
        "x -> Dense(1, activation=sigmoid)",
        "BinaryCrossentropy()",
        "metrics = [recall, Recall(thresholds=0.9)]",
        "early_stopping = EarlyStopping(monitor=val_recall_1, mode=max)",
        **CANCER,
    ),
    "neither way is better": trained(
        "x -> Dense(1, activation=sigmoid)",
        "BinaryCrossentropy()",
        "metrics = [TruePositives()]",
        "early_stopping = EarlyStopping(monitor=val_true_positives, mode=max)",
        **CANCER,
    ),
}

OUTPUTS = {
    "dropout before the last layer": trained("x -> Dense(9, activation=relu) -> Dropout(0.2) -> Dense(3) -> Softmax"),
    "dropout in a part": "model Features {\n    input x: float32[8]\n    output y = x -> Dense(4) -> Dropout(0.5)\n}\n",
    "dropout before pooling": trained(
        "x -> Reshape([13, 1]) -> Dense(3) -> Dropout(0.1) -> GlobalAveragePooling1D -> Softmax"
    ),
    "softmax over the other axis": net("output y = x -> Reshape([8, 1]) -> Softmax(1)"),
    "attention over one step": net(
        'scores = softmax(einsum("bij,bkj->bik", x, x))\noutput y = matmul(scores, x)', "x: float32[1, 8]"
    ),
}

STACKS = {
    "relu and softmax apart": net("output y = x -> Dense(4, activation=relu) -> Dense(3) -> Softmax"),
    "relu after normalization": net("output y = x -> Dense(4, activation=relu) -> BatchNormalization -> ReLU"),
    "softmax along both axes": net("output y = x -> Softmax -> Permute([2, 1]) -> Softmax", "x: float32[8, 8]"),
    "a relu with a bound": net("output y = x -> Dense(4, activation=relu) -> ReLU(max_value=1)"),
    "tanh after relu": net("output y = x -> Dense(4, activation=relu) -> Activation(tanh)"),
    "residuals": net("a = x -> Dense(8) -> ReLU\noutput y = x + a -> ReLU"),
    "gate": net("h = x -> Dense(8)\noutput y = h * sigmoid(h)"),
    "bottleneck": net("output y = x -> Dense(2) -> Dense(8)"),
    "two on purpose": net("output y = x -> Dense(16, activation=linear) -> Dense(3)"),
    "an embedding that is an output": net("e = x -> Dense(16)\noutput e\noutput y = e -> Dense(3)"),
    "used twice": net("e = x -> Dense(16)\noutput y = (e -> Dense(3)) + (e -> ReLU -> Dense(3))"),
    "random projection": net("output y = x -> Dense(16, trainable=false) -> Dense(3)"),
    "shared": net("d = Dense(8)\noutput y = x -> d -> ReLU -> d -> Dense(9)"),
    "flattened": net("output y = x -> Dense(8) -> Flatten -> Dense(3)", "x: float32[4, 8]"),
    "all frozen": net("output y = x -> Dense(9, trainable=false) -> BatchNormalization(trainable=false) -> Dense(3)"),
    "all trained": net("output y = x -> Dense(9) -> BatchNormalization -> Dense(3)"),
    "head after a frozen part": net(
        "output y = x -> Conv1D(4, 3, trainable=false) -> ReLU -> GlobalAveragePooling1D -> BatchNormalization",
        "x: float32[8, 3]",
    ),
}

DIGITS = "data Handwriting = Sklearn(digits)"
PICTURES = 'data Pets = Images("pets", 8)'


def reads(layers: str, *more: str, data: str = DIGITS, channels: int = 1) -> str:
    return trained(layers, CLASSES, *more, data=data, type_=f"float32[8, 8, {channels}]")


HEAD = "Flatten -> Dense(10, activation=softmax)"
PART = """model Part {
    input p: float32[8, 8, 1]
    output f = p -> Rescaling(1 / 16) -> Conv2D(4, 3)
}
"""
PIXELS = {
    "scaled": reads(f"x -> Rescaling(1 / 16) -> {HEAD}"),
    "divided": reads(f"x / 16 -> {HEAD}"),
    "shifted": reads(f"x - 8 -> {HEAD}"),
    "normalized": reads(f"x -> BatchNormalization -> {HEAD}"),
    "normalized after the first layer": reads(f"x -> Conv2D(4, 3) -> BatchNormalization -> ReLU -> {HEAD}"),
    "normalized by numbers": reads(f"x -> Normalization(mean=5, variance=9) -> {HEAD}"),
    "flipped and scaled": reads(
        f"x -> RandomFlip(horizontal) -> Rescaling(1 / 255) -> {HEAD}", data=PICTURES, channels=3
    ),
    "spread again": reads(f"x -> Rescaling(1 / 16) -> Rescaling(2, offset=-1) -> {HEAD}"),
    "by channel": reads(f"x -> Rescaling(1 / 16) -> Rescaling([4.5], offset=[-2]) -> {HEAD}"),
    "scaled after a layer": reads(f"x -> Rescaling(1 / 16) -> Conv2D(4, 3) -> Rescaling(0.1) -> {HEAD}"),
    "a table": trained(SOFTMAX),
    "two branches": reads(
        f"(x -> Rescaling(1 / 16) -> Conv2D(4, 3), x -> Rescaling(1 / 16) -> Conv2D(4, 3)) -> Concatenate -> {HEAD}"
    ),
    "a nested model scales": PART + reads(f"x -> Part -> {HEAD}"),
    "augmented": reads(f"x -> Rescaling(1 / 16) -> {HEAD}", "augment = RandomRotation(0.1)"),
}

PAIR = ("a: float32[8]", "b: float32[8]")
SHARING = {
    "shared": net("e = Dense(4)\noutput y = (a -> e) - (b -> e)", *PAIR),
    "one input": net("output y = (x -> Dense(4)) - (x -> Dense(4))"),
    "unlike layers": net("output y = (a -> Dense(4)) - (b -> Dense(4, activation=tanh))", *PAIR),
    "unlike types": net("output y = (a -> Dense(4)) - (b -> Dense(4))", "a: float32[8]", "b: float32[9]"),
    "added": net("output y = (a -> Dense(4)) + (b -> Dense(4))", *PAIR),
    "one layer each, joined": net("output y = (a -> Dense(4), b -> Dense(4)) -> Concatenate -> ReLU", *PAIR),
    "no weights": net("output y = (a -> ReLU) - (b -> ReLU)", *PAIR),
    "mixed": net("c = a + b\noutput y = (c -> Dense(4)) - (c -> Dense(4))", *PAIR),
    "three": net(
        "output y = (a -> Dense(4, relu) -> Dense(4), b -> Dense(4, relu) -> Dense(4), c -> Dense(4)) -> Concatenate",
        *PAIR,
        "c: float32[8]",
    ),
    "towers with a shared part": net("e = Dense(4)\noutput y = (a -> e -> ReLU) - (b -> e -> ReLU)", *PAIR),
}

ENSEMBLE = """ensemble Two {
    members = Net() * 2
    combine = SoftVote()
}
"""

TEXTS = {
    "loops": net("for i in range(2) { x = x -> Dense(4, activation=relu) }\noutput y = x"),
    "in a message": """block B(n: int, m: int = 2) {
    input x: float[C]
    assert n > 1, "not {m}"
    output y = x -> Dense(n)
}
""",
    "in a type": "block B(n: int) {\n    input x: float[n]\n    output y: float[n] = x -> ReLU\n}\n",
    "in a default": "block B(n: int = 2, m: int = 2 * n) = Dense(m)\n",
    "bare output": net("y = x -> Dense(3)\noutput y"),
    "several results": net("y, h, c = x -> LSTM(4, return_state=true)\noutput y", "x: float32[8, 3]"),
    "underscores": "block B(_n: int = 3) {\n    input x: float[C]\n    _h = Dense(3)\n    _z = x -> Dense(5)\n"
    "    output y = x -> Dense(2)\n}\n" + net("_d = x -> Dense(4)\noutput y = x -> B"),
    "for other files": "block A = Dense(3)\n\nblock B = Dense(4)\n",
    "shown by a test": """block A = Dense(3)

test "a" {
    input x: float32[2]
    output y: float32[3] = x -> A
}
"""
    + trained(SOFTMAX),
    "a member": trained(SOFTMAX).replace("train Net", f"{ENSEMBLE}\ntrain Two"),
}

SILENT = {
    f"{theme}: {name}": text
    for theme, cases in {
        "losses": LOSSES,
        "targets": TARGETS,
        "watched": WATCHED,
        "outputs": OUTPUTS,
        "stacks": STACKS,
        "pixels": PIXELS,
        "sharing": SHARING,
        "texts": TEXTS,
    }.items()
    for name, text in cases.items()
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_right_specs_get_no_finding(text: str) -> None:
    assert [f"{d.code} {d.message}" for d in compile_text(text).report] == []


def test_an_imported_file_is_its_own_matter(tmp_path: Path) -> None:
    part = net("output y = x -> Own(2) -> Dense(8) -> Dense(8, activation=relu) -> ReLU").replace("Net", "Part")
    part = f"block Own(n: int) = Dense(8, activation=relu)\n\n{part}"
    (tmp_path / "part.model").write_text(part, encoding="utf-8")
    main = f'from "part" import Part\n\n{net("output y = x -> Part")}'
    assert codes(main, tmp_path / "main.model") == []
    assert codes(part, tmp_path / "part.model") == ["W507", "W542", "W541"]


def test_the_json_form_is_checked_as_well() -> None:
    text = trained("x -> Dense(3, activation=softmax) -> Softmax -> Dropout(0.1)", CLASSES, "metrics = [mae]")
    compilation = compile_text(text)
    form = pretty(compilation.elaborated.program)
    found = Compilation(Source("form.json", form)).report
    assert {d.code.id for d in found} == {d.code.id for d in compilation.report} == {"W541", "W540", "E513"}


def test_a_scale_in_a_model_and_around_it_is_found_once() -> None:
    assert codes(PART + reads(f"x / 16 -> Part -> {HEAD}")) == ["W544"]


@pytest.mark.parametrize("layer", ["Reshape([8])", "Rescaling(0.1)", "Dense(8, activation=relu)"])
def test_models_that_stand_for_more_than_can_be_walked(layer: str) -> None:
    models = [f"model M0 {{ input x: float32[8]  output y = x -> {layer} }}\n"]
    for i in range(1, 50):
        models.append(f"model M{i} {{ input x: float32[8]  a = M{i - 1}()  output y = x -> a -> a }}\n")
    train = f"train M49 {{ data = W  loss = {CLASSES} }}\ndata W = Sklearn(wine)\n"
    start = time.process_time()
    codes("".join(models) + train)
    assert time.process_time() - start < 2
