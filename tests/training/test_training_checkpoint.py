"""Checkpoints on the disk: whole or not at all, verified, the one before where the newest is damaged."""

import errno
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specc.diagnostics import SpecError
from specc.diagnostics.codes import CANNOT_RESUME, FOLDER_EXISTS, RUN_IN_USE
from specc.training import checkpoint, folder
from specc.training.checkpoint import Checkpoints, State
from specc.training.folder import UNFINISHED, is_unfinished, opened, require_free


def state(number: int) -> State:
    weights = {"dense/kernel": np.full((3, 5), number, np.float32), "scale": np.array(number, np.int64)}
    rest = {"target/00000": np.array([number, 7], np.uint32), "flag": np.array([True, False])}
    return State({"epoch": number, "best": 0.1}, b'{"specc": 1}', weights, rest)


def require_equal(found: State | None, expected: State) -> None:
    assert found is not None and (found.record, found.program) == (expected.record, expected.program)
    for one, other in ((found.weights, expected.weights), (found.rest, expected.rest)):
        assert one.keys() == other.keys()
        for name, array in other.items():
            assert one[name].dtype == array.dtype and np.array_equal(one[name], array)


def silent(text: str) -> None:
    raise AssertionError(text)


def test_the_newest_are_kept(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path / "c", keep=2)
    assert store.newest(silent) is None
    for number in range(1, 6):
        store.save(state(number))
        require_equal(store.newest(silent), state(number))
    assert sorted(p.name for p in store.folder.iterdir()) == ["000004", "000005"]


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


DAMAGES = {
    "a bit": _flip,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "more": lambda path: path.write_bytes(path.read_bytes() + b" "),
    "gone": Path.unlink,
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_put_aside(tmp_path: Path, damage: str) -> None:
    names = ("state.json", "weights.safetensors", "state.safetensors", "program.json", "manifest.json")
    for name in names:
        store, told = Checkpoints(tmp_path / name, keep=2), list[str]()
        store.save(state(1))
        newest = store.save(state(2))
        DAMAGES[damage](newest / name)
        require_equal(store.newest(told.append), state(1))
        assert len(told) == 1 and told[0].startswith("checkpoint 000002 is damaged (")
        require_equal(store.newest(silent), state(1))
        assert store.save(state(3)).name == "000003"
        require_equal(store.newest(silent), state(3))


def test_when_all_are_damaged_there_is_none(tmp_path: Path) -> None:
    store, told = Checkpoints(tmp_path), list[str]()
    for number in (1, 2):
        shutil.rmtree(store.save(state(number)) / "weights.safetensors", ignore_errors=True)
        (store.folder / f"{number:06}" / "weights.safetensors").unlink()
    assert store.newest(told.append) is None and len(told) == 2


@pytest.mark.parametrize("fails", range(1, 7))
def test_a_full_disk_leaves_those_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int) -> None:
    store, calls = Checkpoints(tmp_path), iter(range(1, 100))

    def full(path: Path) -> None:
        if next(calls) == fails:
            raise OSError(errno.ENOSPC, "No space left on device")

    store.save(state(1))
    monkeypatch.setattr(checkpoint, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        store.save(state(2))
    assert [p.name for p in tmp_path.iterdir()] == ["000001"]
    require_equal(store.newest(silent), state(1))
    require_equal(Checkpoints(store.save(state(3)).parent).newest(silent), state(3))


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path)
    (tmp_path / ".partial-abc").mkdir()
    (tmp_path / ".partial-abc" / "weights.safetensors").write_bytes(b"torn")
    store.save(state(1))
    assert [p.name for p in tmp_path.iterdir()] == ["000001"]


# ── The folder of a run ──────────────────────────────────────────────────────────────────────────

SAME: dict[str, Any] = {"target": "M", "spec": "a" * 64, "seed": 3}


def refused(act: Any) -> Any:
    with pytest.raises(SpecError) as caught:
        act()
    (finding,) = caught.value.diagnostics
    return finding


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, specc.training.folder as f\n"
        "with f.opened(pathlib.Path(sys.argv[1])) as place:\n"
        "    place.worth_keeping = True\n"
        "    print('locked', flush=True); sys.stdin.read()"
    )
    root = str(Path(folder.__file__).parents[2])
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env={"PYTHONPATH": root}, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "locked\n"

        def second() -> None:
            with opened(tmp_path / "run"):
                raise AssertionError("two processes work on one run")

        finding = refused(second)
        assert finding.code is RUN_IN_USE and f"process {other.pid}" in finding.message
        other.kill()  # a process that is killed holds no lock
    with opened(tmp_path / "run") as place:
        place.begin(SAME)


def test_another_run_does_not_go_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with opened(run) as place:
        place.begin(SAME)
        place.worth_keeping = True
    with opened(run) as place:
        place.begin(SAME)
        finding = refused(lambda: place.begin({**SAME, "spec": "b" * 64, "keras": "3.15"}))
    assert finding.code is CANNOT_RESUME
    assert finding.message.endswith("spec was aaaaaaaaaaaa…, is bbbbbbbbbbbb…; keras was None, is 3.15")
    (run / UNFINISHED).write_text("{")
    with opened(run) as place:
        assert refused(lambda: place.begin(SAME)).code is CANNOT_RESUME


def test_what_may_be_begun(tmp_path: Path) -> None:
    require_free(tmp_path / "none", resume=False)
    require_free(tmp_path / "none", resume=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    assert refused(lambda: require_free(tmp_path / "other", resume=False)).code is FOLDER_EXISTS
    assert refused(lambda: require_free(tmp_path / "other", resume=True)).code is CANNOT_RESUME
    with opened(tmp_path / "begun") as place:
        place.worth_keeping = True
    assert is_unfinished(tmp_path / "begun")  # killed before it could say what it is
    require_free(tmp_path / "begun", resume=True)
    (tmp_path / "link").symlink_to(tmp_path / "begun")
    assert refused(lambda: require_free(tmp_path / "link", resume=True)).code is CANNOT_RESUME


def test_nothing_is_left_where_nothing_was_done(tmp_path: Path) -> None:
    with pytest.raises(KeyError), opened(tmp_path / "a" / "run") as place:
        place.begin(SAME)
        raise KeyError
    assert list((tmp_path / "a").iterdir()) == []


# ── Signals ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_run_in_the_middle_of_a_long_call_is_ended_by_force(name: str) -> None:
    code = (
        "import hashlib, signal, sys, specc.training.signals as s\n"
        "s.GRACE = 0.2\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with s.Signals(lambda n: f'farewell {n}') as asked, asked.deferred():\n"
        "    print('began', flush=True)\n"
        "    hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)"  # Python runs no handler in it
    )
    root, pipe = str(Path(folder.__file__).parents[2]), subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=pipe,
        stderr=pipe,
        env={"PYTHONPATH": root},
        text=True,
    ) as process:
        number = signal.Signals[name]
        assert process.stdout is not None and process.stdout.readline() == "began\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number and err == f"farewell {int(number)}\n"
