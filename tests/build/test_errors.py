"""What a program gets wrong is said at the place where it stands, in the words of Python, with a code."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from specc.build import BuildError

ROOT = Path(__file__).parent.parent.parent

HEAD = """
from specc.build import *
from specc.build import layers, ops
from specc.build.layers import *
from specc.build.losses import *
from specc.build.optimizers import Adam
from specc.build.sources import Sklearn
model = Model("M")
image = model.input("image", float32[8, 8, 1])
x = image >> Flatten()
"""


def error(code: str, tmp_path: Path) -> BuildError:
    """What the last lines of a program raise."""
    file = tmp_path / "program.py"
    file.write_text(HEAD + textwrap.dedent(code))
    with pytest.raises(BuildError) as raised:
        exec(compile(file.read_text(), str(file), "exec"), {"__name__": "program"})
    return raised.value


CASES = [
    # what is wrong, its code, what the carets are under
    ("Dense(10, activaton='relu')", "E300", "activaton"),
    ("Dense()", "E301", "Dense()"),
    ("Dense(10, 'relu', use_bias=3)", "E302", "3"),
    ("Dense(\n    -1,\n    'relu')", "E303", "-1"),
    ("'é'; Dense(units='é é')", "E409", "Dense(units='é é')"),
    ("x >> Conv2D(3, 5)", "E401", "Conv2D(3, 5)"),
    ("conv = Conv2D(3, 9)\nimage >> conv", "E402", "image >> conv"),
    ("x >> Dense", "E409", "x >> Dense"),
    ("x >> 3", "E409", "x >> 3"),
    ("Dense(3) >> x", "E409", "Dense(3) >> x"),
    ("(x, 3) >> Concatenate()", "E409", "(x, 3) >> Concatenate()"),
    ("x + Dense(3)", "E409", "x + Dense(3)"),
    ("x + (x >> Dense(3))", "E400", "x + (x >> Dense(3))"),
    ("x + 'a'", "E409", "x + 'a'"),
    ("x[70]", "E400", "x[70]"),
    ("x['a']", "E409", "x['a']"),
    ("if x > 3:\n    pass", "E407", "x > 3"),
    ("Dense(3) * -1", "E303", "Dense(3) * -1"),
    ("Dense(3) * 'a'", "E409", "Dense(3) * 'a'"),
    ("(Dense(3) >> ReLU()).named('a')", "E409", "(Dense(3) >> ReLU()).named('a')"),
    ("f = Dense(3)\nx >> f\nx[:5] >> f", "E504", "x[:5] >> f"),
    ("ops.softmax(x, axs=1)", "E300", "axs"),
    ("ops.softmax(axis=1)", "E301", "ops.softmax(axis=1)"),
    ("ops.arange(3)", "E301", "ops.arange(3)"),
    ("ops.matmul(x, Dense(3))", "E409", "Dense(3)"),
    ("layers.Conv2d", "E201", "layers.Conv2d"),
    ("from specc.build.losses import MSE", "E211", "from specc.build.losses import MSE"),
    ("model.input('image', float32[3])", "E202", "model.input('image', float32[3])"),
    ("model.input('a', 'float33[3]')", "E403", "model.input('a', 'float33[3]')"),
    ("model.input('a', 'float32[3')", "E110", "model.input('a', 'float32[3')"),
    ("model.input('a', 'float32[2:3]')", "E409", "model.input('a', 'float32[2:3]')"),
    ("model.input('a', float32[0])", "E409", "model.input('a', float32[0])"),
    ("model.input('a', 3)", "E409", "model.input('a', 3)"),
    ("model.input('a b', float32[3])", "E409", "model.input('a b', float32[3])"),
    ("model.output('y', Dense(3))", "E409", "model.output('y', Dense(3))"),
    ("model.output('y', x)\nmodel.output('y', x)", "E202", "model.output('y', x)"),
    ("model.output('y', x, float32[3])", "E405", "model.output('y', x, float32[3])"),
    ("image >> model", "E207", "image >> model"),
    ("other = Model('N')\nother.input('a', float32[8, 8, 1])\nimage >> other", "E501", "image >> other"),
    ("model.output('y', x)\nimage >> model", "E207", "image >> model"),
    ("other = Model('N')\nother.input('a', float32[64]) + x", "E409", "other.input('a', float32[64]) + x"),
    ("other = Model('N')\nother.output('y', x)", "E409", "other.output('y', x)"),
    (
        "f = Dense(3)\nx >> f\nModel('N').input('a', float32[64]) >> f",
        "E409",
        "Model('N').input('a', float32[64]) >> f",
    ),
    ("block(lambda x: x)", "E409", "block(lambda x: x)"),
    ("@block\ndef B(x, /, n):\n    return x\nB()", "E302", "B()"),
    ("@block\ndef B(x, /):\n    return 3\nx >> B()", "E501", "B()"),
    ("@block\ndef B(x, /):\n    return x >> Conv2D(3, 3)\nx >> B()", "E401", "Conv2D(3, 3)"),
    ("@block\ndef B(x, y, /):\n    return x\nx >> B()", "E406", "B()"),
    ("train(3, data=1)", "E409", "train(3, data=1)"),
    ("data('D', 3)", "E409", "data('D', 3)"),
    ("Program(3)", "E409", "Program(3)"),
    ("Program(model).to_json()", "E501", 'Model("M")'),
    ("x >> Dense(3) * 200_000", "E902", "Dense(3) * 200_000"),
]


@pytest.mark.parametrize(("code", "found", "place"), CASES, ids=[c[0][-40:] for c in CASES])
def test_the_error_is_at_its_place(code: str, found: str, place: str, tmp_path: Path) -> None:
    raised = error(code, tmp_path)
    first = raised.diagnostics[0]
    assert (first.code.id, first.span.text) == (found, place), str(raised)
    assert first.span.source.path == tmp_path / "program.py"
    assert f"error[{found}]" in str(raised) and place.splitlines()[0] in str(raised)
    assert "->" not in first.message + "".join(first.help)


def test_several_errors_of_one_call_are_told_together(tmp_path: Path) -> None:
    raised = error("Dense(10, activaton='relu', use_bias=3)", tmp_path)
    assert [d.code.id for d in raised.diagnostics] == ["E300", "E302"]


def test_help_is_in_the_words_of_python(tmp_path: Path) -> None:
    assert '`padding="same"`' in str(error("image >> Conv2D(3, 9)", tmp_path))


def test_an_error_inside_of_a_block_names_the_call(tmp_path: Path) -> None:
    raised = error("@block\ndef B(x, /):\n    return x >> Conv2D(3, 3)\nx >> B()", tmp_path)
    assert [(r.message, r.span.text) for r in raised.diagnostics[0].related][-1] == ("called here", "B()")


def test_an_error_in_a_composition_names_its_application(tmp_path: Path) -> None:
    raised = error("deep = Dense(3) >> Conv2D(3, 3)\nx >> deep", tmp_path)
    first = raised.diagnostics[0]
    assert first.span.text == "Conv2D(3, 3)"
    assert [(r.message, r.span.text) for r in first.related][-1] == ("applied here", "x >> deep")


def test_the_traceback_ends_with_the_finding(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(HEAD + "x >> Dense(10, activation='rleu')\n")
    done = subprocess.run(
        [sys.executable, str(file)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "error[E302]" in done.stderr
    assert done.stderr.rstrip().endswith("= fix: replace `'rleu'` with `\"relu\"`"), done.stderr
    assert "program.py:11:27" in done.stderr


def test_without_a_file_the_error_says_the_line() -> None:
    with pytest.raises(BuildError, match="<string>, line 3"):
        exec("\nfrom specc.build.layers import Dense\nDense(0)")


def test_a_notebook_cell_is_a_source() -> None:
    import linecache

    name, text = "<ipython-input-7>", "from specc.build.layers import Dense\nDense(0)\n"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    with pytest.raises(BuildError) as raised:
        exec(compile(text, name, "exec"))
    assert str(raised.value.diagnostics[0].span) == "<ipython-input-7>:2:7"


def test_a_model_goes_on_after_an_error(tmp_path: Path) -> None:
    from specc.build import Model, Program, float32
    from specc.build.layers import Dense

    model = Model("M")
    x = model.input("x", float32[5])
    for _ in range(2):
        with pytest.raises(BuildError):
            model.output("y", x, float32[6])
        with pytest.raises(BuildError):
            x >> Dense(3) * 200_000
    model.output("y", x >> Dense(3))
    assert list(Program(model).compile().model().output_types) == ["y"]


def test_compiling_collects_what_is_wrong_with_the_whole(tmp_path: Path) -> None:
    raised = error(
        """
        y = model.input("more", float32[3])
        model.output("y", x >> Dense(3, activation="softmax"))
        plan = train(
            model,
            data=Sklearn("digits"),
            loss={"z": SparseCategoricalCrossentropy()},
            metrics=["acuracy"],
            epochs=0,
            early_stopin=None,
        )
        Program(plan).save("never.json")
        """,
        tmp_path,
    )
    assert [(d.code.id, d.span.text) for d in raised.diagnostics] == [("E500", 'model.input("more", float32[3])')]


def test_each_setting_is_told_of_at_its_place(tmp_path: Path) -> None:
    raised = error(
        """
        model.output("y", x >> Dense(3, activation="softmax"))
        plan = train(
            model,
            data=Sklearn("digits"),
            loss={"z": SparseCategoricalCrossentropy()},
            metrics=["acuracy"],
            epochs=0,
            early_stopin=None,
        )
        Program(plan).save("never.json")
        """,
        tmp_path,
    )
    assert [(d.code.id, d.span.text) for d in raised.diagnostics] == [
        ("E208", '"z"'),
        ("E511", '"acuracy"'),
        ("E303", "0"),
        ("E208", "early_stopin"),
    ]


def test_rules_over_the_whole_program_come_at_compile(tmp_path: Path) -> None:
    raised = error(
        """
        model.output("y", x >> Dense(3))
        plan = train(model, data=Sklearn("digits"), loss=SparseCategoricalCrossentropy())
        compilation = Program(plan).compile()
        assert not compilation.report.ok
        compilation.program
        """,
        tmp_path,
    )
    assert [d.code.id for d in raised.diagnostics] == ["E510"]
