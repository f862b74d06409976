"""The command line as users meet it: exit codes, streams, formats, help."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from specc.cli.main import run

ROOT = Path(__file__).parent.parent.parent
GOOD = "model Tiny { input x: float32[5]  output y = x -> Dense(3, activation=softmax) }\n"
BAD = "model Tiny { input x: float32[5]  output y = x -> Dence(3) }\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.model"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.model"
    path.write_text(BAD)
    return path


# ── Exit codes and streams ───────────────────────────────────────────────────────────────────────


def test_a_good_spec_exits_with_0_and_prints_no_result(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(spec)]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "No problems" in err


def test_findings_exit_with_1_on_standard_output(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(bad)]) == 1
    out, err = capsys.readouterr()
    assert "E201" in out and "did you mean `Dense`?" in out and err == ""


def test_other_commands_print_findings_on_standard_error(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(bad)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "E201" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["chek"],
        ["check"],
        ["check", "--nope", "x"],
        ["show", "x", "-p", "width"],
        ["explain", "E999"],
        ["layers", "Conv9"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_misspelt_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    run(["chek"])
    assert "check" in capsys.readouterr().err


def test_an_internal_error_exits_with_3_without_a_traceback(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPECC_DEBUG", raising=False)
    monkeypatch.setattr("specc.cli.inspect.compilation", lambda *_: 1 / 0)
    assert run(["show", str(spec)]) == 3
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err and "Traceback" not in err and "bug in specc" in err


def test_an_interrupt_exits_with_130(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("specc.cli.inspect.compilation", interrupted)
    assert run(["show", str(spec)]) == 130


def test_a_missing_file_suggests_one_that_is_there(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(spec.with_name("tyni.model"))]) == 1
    out = capsys.readouterr().out
    assert "E100" in out and "tiny.model" in out


def test_several_files_are_all_checked(spec: Path, bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(bad), str(spec), str(bad.with_name("none.model"))]) == 1
    out = capsys.readouterr().out
    assert "E201" in out and "E100" in out and "Found 2 errors in 2 files." in out


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    assert run(["check", "-"]) == 1
    assert "<stdin>:1:51" in capsys.readouterr().out


# ── Formats ──────────────────────────────────────────────────────────────────────────────────────


def test_concise(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", str(bad), "--output-format", "concise"])
    assert re.match(rf"{re.escape(str(bad))}:1:51: (error\[?)?E201", capsys.readouterr().out)


def test_json(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", str(bad), "--output-format", "json"])
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["code"] == "E201" and finding["start"] == {"line": 1, "column": 51, "offset": 50}


def test_json_of_an_unreadable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["show", str(tmp_path / "no.model"), "--json"])
    assert "E100" in capsys.readouterr().err


def test_github(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", str(bad), "--output-format", "github"])
    assert capsys.readouterr().out.startswith("::error file=")


def test_no_color_in_a_pipe_and_with_no_color(bad: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "specc", "check", str(bad)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "\033" not in done.stdout


def test_color_and_60_columns_on_a_terminal(bad: Path) -> None:
    pty = pytest.importorskip("pty")
    main, child = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "specc", "check", str(bad)], cwd=ROOT, stdout=child, stderr=child, env=environment
    )
    os.close(child)
    text = b""
    while True:
        try:
            piece = os.read(main, 4096)
        except OSError:
            break
        if not piece:
            break
        text += piece
    assert process.wait() == 1
    shown = text.decode()
    assert "\033[" in shown
    plain = re.sub(r"\033\[[0-9;]*m", "", shown)
    snippets = [line for line in plain.splitlines() if re.match(r" *\d* \|", line)]
    assert snippets and all(len(line) <= 60 for line in snippets)


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m specc layers | head -n 1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr and "Error" not in done.stderr


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────


def test_show_is_the_table_people_know(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(spec)]) == 0
    out = capsys.readouterr().out
    assert "dense (Dense)" in out and "(None, 3)" in out and "Total params: 18 (72 B)" in out


def test_show_as_json(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["show", str(spec), "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert shown["params"] == 18 and shown["flops"] == 2 * 5 * 3 + 3 and len(shown["hash"]) == 64


def test_show_of_any_size_is_symbolic(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(ROOT / "specs" / "resnet.model"), "-p", "width=8", "-p", "stages=[1]"]) == 0
    assert "(None, (H + 1)//2, (W + 1)//2, 8)" in capsys.readouterr().out


def test_a_parameter_is_overridden_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.model"
    path.write_text("model A(width: int in 2..8 = 4) { input x: float32[5]  output y = x -> Dense(width) }")
    assert run(["show", str(path), "-p", "width=8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["params"] == 48
    assert run(["check", str(path), "-p", "width=9"]) == 1
    assert "E307" in capsys.readouterr().out
    assert run(["check", str(path), "-p", "wdith=4"]) == 1
    assert "did you mean `width`?" in capsys.readouterr().out


def test_fmt_rewrites_in_place_and_check_only_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.model"
    path.write_text("model   A{input x:float32[5] output y=x->Dense(3)}  # end\n")
    assert run(["fmt", "--check", str(path)]) == 1
    assert "would reformat" in capsys.readouterr().err
    assert run(["fmt", "--diff", str(path)]) == 1
    assert "+model A {" in capsys.readouterr().out
    assert run(["fmt", str(path)]) == 0
    assert path.read_text() == "model A {\n    input x: float32[5]\n    output y = x -> Dense(3)\n}  # end\n"
    assert run(["fmt", "--check", str(path)]) == 0


def test_fmt_leaves_a_broken_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.model"
    path.write_text("model A {")
    assert run(["fmt", str(path)]) == 1
    assert path.read_text() == "model A {"


def test_fmt_of_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"data D=Sklearn( iris )")))
    assert run(["fmt", "-"]) == 0
    assert capsys.readouterr().out == "data D = Sklearn(iris)\n"


@pytest.mark.parametrize("emit", ["ast", "graph", "json", "python"])
def test_compile_prints_each_form(emit: str, spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", str(spec), "--emit", emit]) == 0
    assert {
        "ast": "Definition @1:1",
        "graph": "dense: float32[3] = Dense(",
        "json": '"specc": 1',
        "python": "keras.Input(",
    }[emit] in capsys.readouterr().out


def test_compile_writes_to_a_file(spec: Path, tmp_path: Path) -> None:
    target = tmp_path / "tiny.json"
    assert run(["compile", str(spec), "-o", str(target)]) == 0
    assert json.loads(target.read_text())["models"][0]["name"] == "Tiny"
    assert run(["check", str(target)]) == 0
    assert run(["compile", str(spec), "-o", str(tmp_path / "no" / "where.json")]) == 1


def test_test_reports_each_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.model"
    path.write_text(
        "block B { input x: float[N]  output y = x -> Dense(3) }\n"
        'test "right" { input x: float32[5]  output y: float32[3] = x -> B() }\n'
        'test "wrong" { input x: float32[5]  output y: float32[4] = x -> B() }\n'
    )
    assert run(["test", str(path)]) == 1
    out = capsys.readouterr().out
    assert "ok   right" in out and "FAIL wrong" in out and "E405" in out
    run(["test", str(path), "--json"])
    results = json.loads(capsys.readouterr().out)
    assert [r["passed"] for r in results] == [True, False] and results[1]["findings"][0]["code"] == "E405"


def test_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layers"]) == 0
    assert "Conv2D" in capsys.readouterr().out
    assert run(["layers", "Conv2D"]) == 0
    out = capsys.readouterr().out
    assert "kernel_size = (required)" in out and "Example" in out
    assert run(["layers", "Adam"]) == 0
    assert "learning_rate" in capsys.readouterr().out
    assert run(["layers", "--json"]) == 0
    assert {"Dense", "LSTM", "RandomFlip"} <= {d["name"] for d in json.loads(capsys.readouterr().out)}


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    for asked in ("E400", "e400", "shape-mismatch"):
        assert run(["explain", asked]) == 0
        assert "## Wrong" in capsys.readouterr().out
    assert run(["explain"]) == 0
    assert "E201  unknown-layer" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    ["check", "show", "fmt", "explain", "layers", "compile", "train", "evaluate", "predict", "test", "doctor"],
)
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert f"Example: specc {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("specc ")


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_no_artifact_is_refused(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, str(tmp_path)]) == 1
    assert "E800" in capsys.readouterr().err


@pytest.mark.keras
def test_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == [] and found["facts"]["xla"] == "works"


@pytest.mark.keras
def test_compile_to_keras(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", str(spec), "--emit", "keras"]) == 0
    assert json.loads(capsys.readouterr().out)["class_name"] == "Functional"
