"""Nothing left of ``lower/`` imports TensorFlow or Keras, and what shows it can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROBE = """
import sys
from specc.cli.main import run
code = run(sys.argv[1:])
heavy = sorted(m for m in sys.modules if m.split(".")[0] in ("tensorflow", "keras"))
print("HEAVY:", ",".join(heavy[:3]), file=sys.stderr)
sys.exit(code)
"""


def heavy_imports(*arguments: str) -> str:
    """The first TensorFlow or Keras modules that a command line loads, empty for none."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.rsplit("HEAVY:", 1)[1].strip()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "specs/digits.model", "specs/resnet.model", "specs/committee.model"),
        ("show", "specs/resnet.model", "--json"),
        ("test", "specs/digits.model"),
        ("fmt", "--check", "specs/digits.model"),
        ("explain", "E400"),
        ("layers", "Conv2D"),
        ("compile", "specs/digits.model", "--emit", "ast"),
        ("compile", "specs/digits.model", "--emit", "graph"),
        ("compile", "specs/digits.model", "--emit", "json"),
        ("compile", "specs/digits.model", "--emit", "python"),
        ("--help",),
        ("train", "--help"),
    ],
    ids=lambda a: "-".join(a[:1] + a[-1:]),
)
def test_the_front_end_loads_no_tensorflow(arguments: tuple[str, ...]) -> None:
    assert heavy_imports(*arguments) == ""


@pytest.mark.keras
def test_the_probe_would_see_it() -> None:
    assert "keras" in heavy_imports("compile", "specs/cultivars.model", "--emit", "keras")
