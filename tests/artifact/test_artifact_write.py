"""An artifact appears whole or not at all."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from artifact_samples import NET, of, refusal, stub_keras, write_plain

from specc.artifact import write as writing
from specc.artifact.manifest import MANIFEST, SPEC, WEIGHTS
from specc.artifact.read import read, verify
from specc.artifact.tensors import parse_weights
from specc.diagnostics.codes import CANNOT_WRITE, FOLDER_EXISTS
from specc.program.json import canonical

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

CHILD = """
import os, sys
sys.path[:0] = [{root!r}, {here!r}]
from pathlib import Path
from artifact_samples import NET, of, stub_keras
from specc.artifact import write as writing
stub_keras(type("Patch", (), {{"setattr": staticmethod(setattr)}}))
{before}
writing.write(of(NET), "Net", None, Path(sys.argv[1]), metrics={{}}, classes={{"kind": ("class" * 400,)}}, samples={{}})
"""
KILL_AT_SYNC = """
count, sync = 0, writing.sync
def counted(path):
    global count
    count += 1
    if count == {at}:
        os.kill(os.getpid(), 9)
    sync(path)
writing.sync = counted
"""
LITTLE_SPACE = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
"""


def write_in_child(folder: Path, before: str) -> subprocess.CompletedProcess[str]:
    code = CHILD.format(root=str(ROOT), here=str(HERE), before=before)
    return subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)


def test_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "net"
    written = write_plain(folder, monkeypatch, version="3.0.1")
    assert sorted(p.name for p in folder.iterdir()) == [MANIFEST, SPEC, WEIGHTS]
    assert (folder / SPEC).read_bytes() == canonical(of(NET))
    assert verify(folder) == written and written.version == "3.0.1"
    assert [p.name for p in folder.parent.iterdir()] == ["net"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {n: len(c) for n, c in written.classes.items()} == {"kind": 3}
    tensors = parse_weights((folder / WEIGHTS).read_bytes())
    assert tensors["dense/kernel"].shape == (3, 5)


def test_equal_input_gives_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        write_plain(tmp_path / name, monkeypatch)
    for file in (MANIFEST, SPEC, WEIGHTS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("kind", ["folder", "file", "dangling-link"])
def test_nothing_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    folder = tmp_path / "net"
    {"folder": folder.mkdir, "file": folder.touch, "dangling-link": lambda: folder.symlink_to("none")}[kind]()
    finding = refusal(lambda: write_plain(folder, monkeypatch))
    assert finding.code is FOLDER_EXISTS
    assert [p.name for p in tmp_path.iterdir()] == ["net"]


def test_a_parent_that_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    finding = refusal(lambda: write_plain(tmp_path / "file" / "net", monkeypatch))
    assert finding.code is CANNOT_WRITE and "can't be written: " in finding.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o555)
    finding = refusal(lambda: write_plain(tmp_path / "net", monkeypatch))
    tmp_path.chmod(0o755)
    assert finding.code is CANNOT_WRITE and "Permission denied" in finding.message


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system that nobody can write to")
def test_a_file_system_that_can_not_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = refusal(lambda: write_plain(Path("/proc/self/new-artifact"), monkeypatch))
    assert finding.code is CANNOT_WRITE


@pytest.mark.parametrize("limit", [100, 600, 900], ids=["spec", "weights", "manifest"])
def test_no_space_left(tmp_path: Path, limit: int) -> None:
    done = write_in_child(tmp_path / "net", LITTLE_SPACE.format(limit=limit))
    assert "SpecError" in done.stderr and "can't be written" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", [1, 3, 4])
def test_killed_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    folder = tmp_path / "net"
    (tmp_path / "neighbour").write_text("mine")
    done = write_in_child(folder, KILL_AT_SYNC.format(at=at))
    assert done.returncode == -signal.SIGKILL
    assert not folder.exists() and (tmp_path / "neighbour").read_text() == "mine"
    write_plain(folder, monkeypatch)
    assert read(folder).target == "Net"


def test_killed_right_after_the_rename(tmp_path: Path) -> None:
    done = write_in_child(tmp_path / "net", KILL_AT_SYNC.format(at=5))
    assert done.returncode == -signal.SIGKILL
    assert verify(tmp_path / "net").target == "Net"


def test_an_error_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_keras(monkeypatch)

    def fail(path: Path) -> Any:
        raise RuntimeError("bang")

    monkeypatch.setattr(writing, "file_record", fail)
    with pytest.raises(RuntimeError, match="bang"):
        writing.write(of(NET), "Net", None, tmp_path / "net", metrics={}, classes={}, samples={})
    assert list(tmp_path.iterdir()) == []
