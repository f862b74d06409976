"""What XLA compiled is kept between processes; what is damaged is made anew."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keras

COMPILED = """
from specc.lower.quiet import import_tensorflow
tf = import_tensorflow()
print(float(tf.function(lambda x: tf.reduce_sum(x * 2 + 1), jit_compile=True)(tf.ones((3, 5)))))
"""


def compiled(**environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", COMPILED], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0 and done.stdout == "45.0\n", done.stderr
    return done


def entries(folder: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in folder.rglob("*.pb")}


def test_a_damaged_program_is_made_anew(tmp_path: Path) -> None:
    compiled(SPECC_XLA_CACHE=str(tmp_path))
    (name, whole), *_ = entries(tmp_path).items()
    (file,), (seals,) = tmp_path.rglob(name), tmp_path.rglob("sha256.json")
    assert name in json.loads(seals.read_text())
    written = file.stat().st_mtime_ns
    compiled(SPECC_XLA_CACHE=str(tmp_path))
    assert file.stat().st_mtime_ns == written, "it was compiled again"
    file.write_bytes(whole[: len(whole) // 2])
    (file.parent / "stranger.pb").write_bytes(b"?")
    compiled(SPECC_XLA_CACHE=str(tmp_path))
    assert len(file.read_bytes()) == len(whole) and set(entries(tmp_path)) == {name}


def test_without_the_variable_nothing_is_kept_and_a_bad_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "compiled programs are not kept: " in compiled(SPECC_XLA_CACHE=str(tmp_path / "file")).stderr
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
