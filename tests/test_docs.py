"""What documentation pages show is so: specs compile, Python programs and commands print what stands below them."""

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from specc.cli.main import run
from specc.compiler import Compilation
from specc.diagnostics.render import render
from specc.source import Source

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(model|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(language, text, id=f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}")
    for page in PAGES
    for match in FENCE.finditer(page.read_text())
    for language, text in [match.groups()]
]


@pytest.mark.parametrize(("language", "text"), SNIPPETS)
def test_snippet_compiles(language: str, text: str) -> None:
    compilation = Compilation(Source(f"snippet.{language}", text, ROOT / "specs" / "snippet"))
    assert compilation.report.ok, render(compilation.report, "full")
    assert all(t.passed for t in compilation.tests)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


# ── The page about Python ────────────────────────────────────────────────────────────────────────

PYTHON_PAGE = ROOT / "docs" / "python.md"
STEP = re.compile(r"^```(python|console|)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = {"python": [sys.executable], "specc": [sys.executable, "-m", "specc"]}


def steps(page: Path) -> Iterator[tuple[str, str, str]]:
    """The programs and commands of a page, in order: a kind, the code, what it prints."""
    found = STEP.findall(page.read_text())
    for (kind, text), (after, printed) in zip(found, [*found[1:], ("python", "")], strict=True):
        if kind == "python":
            yield kind, text, printed if after == "" else ""
        elif kind == "console":
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                yield kind, command, output


def outcome(command: str, folder: Path) -> str:
    """What a command prints, in a folder of its own."""
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [*COMMANDS[program], *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout + done.stderr


def shortened(file: Path) -> Path:
    """A program in the JSON form that trains for two epochs: how well it learns isn't what the page shows."""
    document = json.loads(file.read_text())
    for plan in document["train"]:
        plan["epochs"] = 2
    short = file.with_name(f"short_{file.name}")
    short.write_text(json.dumps(document))
    return short


def is_like(printed: str, shown: str) -> bool:
    """Whether a page shows what is printed; a line `…` stands for any lines."""
    lines = [r"(.*\n)*?" if line == "…" else re.escape(line) + r" *\n" for line in shown.splitlines()]
    return re.fullmatch("".join(lines), printed.strip("\n") + "\n" if printed.strip() else "") is not None


@pytest.mark.parametrize("trains", [False, pytest.param(True, marks=pytest.mark.keras)], ids=["quick", "trains"])
def test_the_python_page_runs(
    trains: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    shutil.copytree(ROOT / "specs" / "data", tmp_path / "data")
    scope: dict[str, object] = {"__name__": "page"}
    for number, (kind, code, shown) in enumerate(steps(PYTHON_PAGE)):
        name = re.match(r"# (\w+\.py)\n", code)
        if kind == "python" and name:
            (tmp_path / name[1]).write_text(code)
        elif kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(code, f"step {number}", "exec"), scope)
            assert is_like(printed.getvalue(), shown), (code, printed.getvalue())
        elif not code.startswith("specc train"):
            printed = outcome(code, tmp_path)
            assert is_like(printed, shown), (code, printed)
        elif trains:
            short = shortened(tmp_path / code.removeprefix("specc train "))
            capsys.readouterr()
            assert run(["train", str(short)]) == 0, code
            assert "on the test split" in "".join(capsys.readouterr())
    sys.modules.pop("table", None)


def test_the_python_page_is_read_whole() -> None:
    kinds, text = [kind for kind, _, _ in steps(PYTHON_PAGE)], PYTHON_PAGE.read_text()
    assert (kinds.count("python"), kinds.count("console")) == (text.count("```python\n"), text.count("\n$ "))
