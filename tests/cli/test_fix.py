"""``specc check --fix``: what is mended, what is left alone, and that nothing is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

WRONG = """\
# a comment that stays
model M(width: int in [16, 32] = 16) {
    input image: flot32[28, 28, 1];
    x = image => Conv2d(width, 3, padding='same', activaton=relu) -> MaxPoling2D(2)
    output label = x -> Flatten -> Dense(10, activation=softmx)
}
"""
RIGHT = """\
# a comment that stays
model M(width: int in [16, 32] = 16) {
    input image: float32[28, 28, 1]
    x = image -> Conv2D(width, 3, padding="same", activation=relu) -> MaxPooling2D(2)
    output label = x -> Flatten -> Dense(10, activation=softmax)
}
"""


def check(*arguments: str, text: str | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "specc", "check", *arguments],
        input=text,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_that_is_sure_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    path.write_text(WRONG)
    done = check("--fix", "m.model", folder=tmp_path)
    assert path.read_text() == RIGHT
    assert done.returncode == 0 and "fixed 8 problems in m.model" in done.stderr
    assert check("--fix", "m.model", folder=tmp_path).stderr.count("fixed") == 0


def test_diff_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    path.write_text(WRONG)
    done = check("--fix", "--diff", "m.model", folder=tmp_path)
    assert path.read_text() == WRONG
    assert "+    input image: float32[28, 28, 1]\n" in done.stdout and "-    input image: flot32" in done.stdout


def test_standard_input_is_printed_mended() -> None:
    done = check("--fix", "-", text=WRONG)
    assert done.stdout == RIGHT and done.returncode == 0


def test_what_is_left_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    path.write_text(WRONG.replace("Flatten -> ", ""))
    done = check("--fix", "--output-format", "concise", "m.model", folder=tmp_path)
    assert done.returncode == 0
    path.write_text(WRONG.replace("Dense(10,", "Dense(-1,"))
    done = check("--fix", "--output-format", "concise", "m.model", folder=tmp_path)
    assert done.returncode == 1 and "E303" in done.stdout and "Dense(-1, activation=softmax)" in path.read_text()


def test_imported_files_are_left_alone(tmp_path: Path) -> None:
    part = "block Part {\n    input x: float[N]\n    output y = x -> Dnse(3)\n}\n"
    (tmp_path / "part.model").write_text(part)
    main = 'from "part.model" import Part\n\nmodel M {\n    input x: float32[4]\n    output y = x -> Part\n}\n'
    (tmp_path / "main.model").write_text(main)
    done = check("--fix", "main.model", folder=tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "part.model").read_text() == part and (tmp_path / "main.model").read_text() == main


@pytest.mark.parametrize("name", ["Dropuot", "Gru9000", "Attend2"])
def test_names_that_are_not_surely_meant_are_not_replaced(name: str, tmp_path: Path) -> None:
    text = f"model M {{\n    input x: float32[4]\n    output y = x -> {name}(3)\n}}\n"
    path = tmp_path / "m.model"
    path.write_text(text)
    check("--fix", "m.model", folder=tmp_path)
    assert path.read_text() in (text, text.replace("Dropuot", "Dropout"))


def test_the_json_form_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(
        '{"specc": 1, "models": [{"name": "M", "inputs": [{"name": "x", "dtype": "float32", "shape": [4]}],\n'
        '"layers": [{"name": "d", "type": "Dens", "arguments": {"units": 3}, "inputs": ["x"]}],\n'
        '"outputs": [{"name": "y", "from": "d"}]}]}'
    )
    done = check("--fix", "m.json", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert '"type": "Dense"' in path.read_text()


def test_diff_alone_is_wrong_usage() -> None:
    assert check("--diff", "-", text=RIGHT).returncode == 2
