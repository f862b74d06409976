"""What a program gets wrong is said at the place where it stands, in the words of Python, with a code."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from specc.build import BuildError

ROOT = Path(__file__).parent.parent.parent

HEAD = """
import numpy as np
from specc.build import *
from specc.build import layers, ops
from specc.build.layers import *
from specc.build.losses import *
from specc.build.optimizers import Adam
from specc.build.sources import CSV, Sklearn
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
    # operators of Python that no program has, numbers and arrays of numpy
    ("Dense(3)(x)", "E409", "Dense(3)(x)"),
    ("model(x)", "E409", "model(x)"),
    ("block(lambda x, /: x)()(x)", "E409", "block(lambda x, /: x)()(x)"),
    ("x(3)", "E409", "x(3)"),
    ("x @ x", "E409", "x @ x"),
    ("2 @ x", "E409", "2 @ x"),
    ("x & (x > 3)", "E409", "x & (x > 3)"),
    ("~x", "E409", "~x"),
    ("abs(x)", "E409", "abs(x)"),
    ("3 >> x", "E409", "3 >> x"),
    ("x + np.ones(64)", "E409", "x + np.ones(64)"),
    ("np.ones(64) + x", "E409", "np.ones(64) + x"),
    ("np.concatenate([x, x])", "E409", "np.concatenate([x, x])"),
    ("x * float('nan')", "E303", "x * float('nan')"),
    ("ops.where(x > 0, x, float('inf'))", "E303", "ops.where(x > 0, x, float('inf'))"),
    ("x * 10**400", "E904", "x * 10**400"),
    ("Rescaling(10**400)", "E904", "Rescaling(10**400)"),
    ("Dense(3, dtype=np.float32)", "E302", "np.float32"),
    ("Conv2D(3, np.array([3, 3, 3]))", "E302", "np.array([3, 3, 3])"),
    ("if x == None:\n    pass", "E409", "x == None"),
    ("if x == x:\n    pass", "E407", "x == x"),
    ("x in [3]", "E407", "x in [3]"),
    # sizes that are only known at run time
    ("T = model.input('t', 'int32[T]').shape[0]\nif T > 3: pass", "E407", "T > 3"),
    ("T = model.input('t', 'int32[T]').shape[0]\nif T == 3: pass", "E407", "T == 3"),
    ("T = model.input('t', 'int32[T]').shape[0]\nrange(T)", "E407", "range(T)"),
    ("T = model.input('t', 'int32[T]').shape[0]\nT // 0", "E410", "T // 0"),
    ("T = model.input('t', 'int32[T]').shape[0]\nT / 2", "E409", "T / 2"),
    ("T = model.input('t', 'int32[T]').shape[0]\nT + None", "E409", "T + None"),
    ("T = model.input('t', 'int32[T]').shape[0]\nT + x", "E409", "T + x"),
    # functions, classes, what was never made
    ("x >> (lambda v: v)", "E409", "x >> (lambda v: v)"),
    ("block(3)", "E409", "block(3)"),
    ("block(max)", "E409", "block(max)"),
    ("B = block(lambda x, /: x)\nx >> B", "E409", "x >> B"),
    ("x >> block(lambda x, /: [])()", "E501", "block(lambda x, /: [])()"),
    ("block(lambda x, /: x)(x)", "E302", "block(lambda x, /: x)(x)"),
    ("Layer(3)", "E409", "Layer(3)"),
    ("class Own(Layer):\n    pass\nOwn(3)", "E409", "Own(3)"),
    ("class Own(Layer):\n    def __init__(self): pass\nx >> Own()", "E409", "x >> Own()"),
    ("class Own(Model):\n    def __init__(self): pass\nOwn().name", "E409", "Own().name"),
    ("@block\ndef B(x, /):\n    return x >> B()\nx >> B()", "E901", "B()"),
    ("a = []\na.append(a)\nConv2D(3, a)", "E901", "Conv2D(3, a)"),
    ("a = {}\na['a'] = a\nCSV('a.csv', inputs=a)", "E901", "CSV('a.csv', inputs=a)"),
    ("a = []\na.append(a)\ntrain(model, data=a)", "E901", "train(model, data=a)"),
    # names, parameters, keywords
    ("Model('é')", "E409", "Model('é')"),
    ("Model('for')", "E409", "Model('for')"),
    ("model.output('none', x)", "E409", "model.output('none', x)"),
    ("Model('M' * 65)", "E409", "Model('M' * 65)"),
    ("Dense(3).named(['a'])", "E409", "Dense(3).named(['a'])"),
    ("Dense(3).named('a b')", "E409", "Dense(3).named('a b')"),
    ("Model('N', parameters=3)", "E409", "Model('N', parameters=3)"),
    ("Model('N', parameters={3: 4})", "E409", "Model('N', parameters={3: 4})"),
    ("Model('N', parameters={'a': x})", "E409", "Model('N', parameters={'a': x})"),
    ("Model('N', parameters={'a': float('nan')})", "E409", "Model('N', parameters={'a': float('nan')})"),
    ("CSV('\\ud800')", "E409", "CSV('\\ud800')"),
    ("ops.arange(3, model=3)", "E409", "ops.arange(3, model=3)"),
    ("CSV('a.csv', inputs={3: 'a'})", "E409", "CSV('a.csv', inputs={3: 'a'})"),
    (
        "m = Model('Dense')\nm.output('y', m.input('x', float32[3]) >> Dense(3))\nProgram(m).save('never.model')",
        "E202",
        "Model('Dense')",
    ),
    ("Program().compile().model()", "E210", "Program().compile().model()"),
    (
        "model.output('y', x)\nProgram(model).compile().model('N')",
        "E210",
        "Program(model).compile().model('N')",
    ),
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


def test_a_block_that_applies_itself_is_told_of_once(tmp_path: Path) -> None:
    raised = error("@block\ndef B(x, /):\n    return x >> B()\nx >> B()", tmp_path)
    assert [r.message for r in raised.diagnostics[0].related] == ["called here", "called here"]


def test_an_error_goes_from_one_process_to_another(tmp_path: Path) -> None:
    for code in ("x >> Conv2D(3, 3)", "layers.Conv2d"):
        raised = error(code, tmp_path)
        again = pickle.loads(pickle.dumps(raised))
        assert isinstance(again, BuildError) and str(again) == str(raised)


def test_a_layer_in_a_thread_is_a_layer(tmp_path: Path) -> None:
    from specc.build import Model, Program, float32
    from specc.build.layers import Dense

    model = Model("M")
    x = model.input("x", float32[5])

    def grow(number: int) -> None:
        y = x
        for _ in range(50):
            y = y >> Dense(5)
        model.output(f"y{number}", y)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(grow, range(8)))
    assert Program(model).to_json().count('"Dense"') == 400


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
    assert "program.py:12:27" in done.stderr


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
        model.output("y", x >> Dense(10))
        plan = train(model, data=Sklearn("digits"), loss=SparseCategoricalCrossentropy())
        compilation = Program(plan).compile()
        assert not compilation.report.ok
        compilation.program
        """,
        tmp_path,
    )
    assert [d.code.id for d in raised.diagnostics] == ["E510"]
