"""What a terminal shows of a run, in a narrow one, too."""

import io
import os
import re
import select
import struct
import sys
import time
from pathlib import Path

import pytest
from training_helpers import iris

from specc.training.observer import PlainObserver, RichObserver

LOGS = {"loss": 0.25, "accuracy": 0.75}
VALIDATED = {**LOGS, "val_loss": 0.5, "val_accuracy": 0.625, "learning_rate": 0.001, "seconds": 2.0}


def shown(width: int, name: str = "Digits", *, resumed: bool = False) -> list[str]:
    """The last lines that a bar shows: those of its end."""
    from rich.console import Console

    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=30, color_system=None)
    observer = RichObserver(console)
    observer.started(name, 12, 10, 320)
    if resumed:
        observer.resumed(7, 0)
    for epoch in range(7 if resumed else 1, 10):
        observer.progress(5, LOGS)
        observer.epoch(epoch, VALIDATED)
        time.sleep(0.02)
    observer.progress(5, {**LOGS, "loss": 0.125})
    observer.finished()
    return ended(console.file.getvalue())  # type: ignore[attr-defined]


def ended(output: str) -> list[str]:
    """The lines of the last bar in what was written to a terminal."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", plain) if line.strip()]
    last = max(number for number, line in enumerate(lines) if " left " in line)
    return lines[last : last + 6]


@pytest.mark.parametrize("width", [50, 60, 80, 200])
def test_everything_is_shown_in_any_width(width: int) -> None:
    lines = shown(width, "a_member_with_quite_a_name fold 3/5")
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for part in ("epoch 10/12", "loss 0.125", "accuracy 0.75", "val_loss 0.5", "val_accuracy 0.625"):
        assert part in text
    assert "learning_rate 0.001" in text
    assert re.search(r"[\d,]+ examples/s", text)
    assert re.search(r"━+.* 0:00:0\d left 0:00:0\d$", lines[0]) and lines[0].startswith("a_member_with")


def test_what_was_done_before_is_no_speed() -> None:
    """After 60 of 120 steps were done by another process, the bar goes on with the speed of this one."""
    fresh, resumed = (
        float(re.search(r"([\d,]+) examples/s", "\n".join(shown(80, resumed=r)))[1].replace(",", ""))  # type: ignore[index]
        for r in (False, True)
    )
    assert resumed < 4 * fresh


def test_a_pipe_gets_a_line_per_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    observer = PlainObserver()
    observer.started("Digits", 12, 10, 320)
    observer.progress(5, LOGS)
    observer.epoch(1, VALIDATED)
    assert capsys.readouterr().err.splitlines() == [
        "Digits: 320 examples, 10 steps per epoch, at most 12 epochs",
        "Digits epoch 1/12  loss 0.25  accuracy 0.75  val_loss 0.5  val_accuracy 0.625  learning_rate 0.001",
    ]


@pytest.mark.keras
@pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminals")
def test_a_terminal_of_60_columns(tmp_path: Path) -> None:
    import fcntl
    import pty
    import termios

    file = tmp_path / "iris.model"
    file.write_text(iris("epochs = 30  batch_size = 16  optimizer = Adam(0.01)"), encoding="utf-8")
    command = [sys.executable, "-m", "specc", "train", str(file), "-o", str(tmp_path / "run")]
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 60, 0, 0))
        os.execvpe(command[0], command, environment)
    output = b""
    while select.select([terminal], [], [], 120)[0]:
        try:
            output += os.read(terminal, 1 << 16)
        except OSError:  # the other end is closed
            break
    assert os.waitpid(process, 0)[1] == 0, output.decode(errors="replace")
    lines = ended(output.decode())
    text = "\n".join(lines)
    assert lines[0].startswith("Iris ") and "left 0:00:00" in lines[0] and "━" in lines[0]
    for part in (
        "epoch 30/30",
        "loss ",
        "accuracy ",
        "val_loss ",
        "val_accuracy ",
        "learning_rate 0.01",
        " examples/s",
    ):
        assert part in text
    assert max(len(line) for line in lines[: 1 + next(i for i, x in enumerate(lines) if "examples/s" in x)]) <= 60
