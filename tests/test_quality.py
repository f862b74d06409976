"""The code is formatted, linted and typed: ruff over everything, pyright strict left of ``lower/``."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def outcome(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_ruff_finds_nothing() -> None:
    done = outcome(sys.executable, "-m", "ruff", "check", ".")
    assert done.returncode == 0, done.stdout


def test_ruff_would_format_nothing() -> None:
    done = outcome(sys.executable, "-m", "ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="pyright runs on Node.js, and its package would download one")
def test_pyright_finds_nothing() -> None:
    done = outcome(sys.executable, "-m", "pyright", "--pythonpath", sys.executable)
    assert done.returncode == 0, done.stdout
