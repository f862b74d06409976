"""The step as a text: whole with its state, and enough to train from in a process without TensorFlow."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_helpers import bottles, iris, refusal

from specc.cli.main import run as cli
from specc.compiler import compile_text
from specc.diagnostics.codes import MISSING_SETTING, XLA_FAILED
from specc.training.step.stablehlo import emit_stablehlo, starting_step
from specc.training.step.training_step import order

PICTURES = """
    model Net(width: int = 5) {
        input image: float32[8, 8, 1]
        x = image -> Rescaling(1 / 16) -> Conv2D(width, 3, use_bias=false) -> BatchNormalization -> ReLU
        output digit = x -> MaxPooling2D(2) -> Flatten -> Dropout(0.3) -> Dense(10, activation=softmax)
    }
    train Net {
        data = Sklearn(digits)
        loss = SparseCategoricalCrossentropy()
        metrics = [accuracy]
        optimizer = AdamW(CosineDecay(1e-2, 100), clipnorm=1.0, use_ema=true)
        batch_size = 23
        seed = 3
    }"""

WEIGHED = iris("optimizer = SGD(0.1, momentum=0.9)  batch_size = 17  class_weight = [1, 2, 3]  on_nan = skip")

TEXTS = {
    "pictures": (PICTURES, "Net"),
    "two outputs": (bottles("batch_size = 19"), "Wine"),
    "weighed": (WEIGHED, "Iris"),
}


@pytest.mark.keras
@pytest.mark.parametrize("name", TEXTS)
def test_five_steps_from_the_text_alone(tmp_path: Path, name: str) -> None:
    pytest.importorskip("jaxlib")
    text, target = TEXTS[name]
    program = compile_text(text).program
    (tmp_path / "step.mlir").write_text(emit_stablehlo(program, target))
    step = starting_step(program, target)
    batches, losses = _trained(step, 5)
    np.savez(tmp_path / "batches.npz", **batches)

    script = Path(__file__).with_name("pjrt_steps.py")
    command = [sys.executable, str(script), str(tmp_path / "step.mlir"), str(tmp_path / "batches.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["tensorflow"] is False
    assert found["losses"] == pytest.approx(losses, rel=1e-5)
    assert len(set(found["losses"])) == 5
    iterations = [v for k, v in found["state"].items() if k.endswith("/iteration")]
    assert iterations == [5]


def _trained(step: Any, steps: int) -> tuple[dict[str, Any], list[float]]:
    """Batches as the text takes them, and the losses that TensorFlow gives with them."""
    import tensorflow as tf

    size = len(next(iter(step.targets.values())))
    made = [step.ready(tf.constant(rows)) for rows in order(step.plan.seed, 1, size, step.plan.batch_size)[:steps]]
    kinds = ("input", "target", "weight")
    batches = {
        f"{kind}/{name}": np.stack([np.asarray(batch[n][name]) for batch in made])
        for n, kind in enumerate(kinds)
        for name in made[0][n]
    }
    return batches, [float(step.compiled_step(*batch)) for batch in made]


@pytest.mark.keras
def test_every_argument_has_a_name_and_nothing_names_this_machine() -> None:
    text = emit_stablehlo(compile_text(PICTURES).program, "Net")
    main = text[text.index("@main(") : text.index("->", text.index("@main("))]
    arguments = main.strip().splitlines()[1:-1]
    assert all(re.search(r"\{specc\.(input|target|state) = \"", a) for a in arguments), arguments
    assert '%arg0: tensor<23x8x8x1xf32> {specc.input = "image"}' in main
    assert re.search(r'tensor<3x3x1x5xf32> \{specc.state = "conv2d/kernel", tf.aliasing_output = \d+ : i32\}', main)
    assert "seed_generator_state" in main and "kernel_velocity" in main and "kernel_average" in main
    assert "loc(" not in text and "mhlo.copy" not in text
    assert str(Path(__file__).parents[2]) not in text and "site-packages" not in text
    assert text == emit_stablehlo(compile_text(PICTURES).program, "Net"), "the same program, another text"


@pytest.mark.keras
def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.model").write_text(PICTURES)
    out = tmp_path / "step.mlir"
    arguments = ["compile", str(tmp_path / "net.model"), "--emit", "stablehlo", "-p", "width=3", "-o", str(out)]
    assert cli(arguments) == 0, capsys.readouterr().err
    assert out.read_text().startswith("module @Net {") and "tensor<3x3x1x3xf32>" in out.read_text()


def test_what_has_no_step_is_refused() -> None:
    text = iris(more="ensemble Two { members = Iris() * 2  combine = SoftVote() }")
    finding = refusal(lambda: emit_stablehlo(compile_text(text).program, "Two"))
    assert finding.code is MISSING_SETTING and "is an ensemble" in finding.message and "-m Iris" in finding.help[0]
    alone = compile_text("model M { input x: float32[3]  output y = x -> Dense(1) }").program
    assert "nothing says how to train `M`" in refusal(lambda: emit_stablehlo(alone, "M")).message


@pytest.mark.keras
def test_what_xla_can_not_compile_is_refused() -> None:
    text = PICTURES.replace("ReLU\n", "ReLU -> RandomRotation(0.1)\n")
    finding = refusal(lambda: emit_stablehlo(compile_text(text).program, "Net"))
    assert finding.code is XLA_FAILED
