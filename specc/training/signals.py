"""SIGTERM and Ctrl-C: a run that is asked to end is kept and ends, within seconds whatever it is doing.

Python runs a handler between two of its own instructions only; TensorFlow may compile or compute for minutes in one of
them. So a thread watches, too: where the run hasn't ended by itself in time, it ends the process. What is on the disk
is good at any moment.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, Self

GRACE: Final = 8.0
"""Seconds that a run has to end by itself."""

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """A run was asked to end, by the signal of that number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


class Signals:
    """What a run is asked; as a context, it listens.

    Args:
        farewell: the line for a number of a signal that is printed where the process is ended by force.

    Attributes:
        received: the number of the signal that asked the run to end, 0 where none did.
    """

    def __init__(self, farewell: Callable[[int], str] = lambda number: f"ended by signal {number}") -> None:
        self.received = 0
        self._farewell, self._deferred = farewell, False
        self._ended = threading.Event()

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Meanwhile a first signal is only noted in `received`, for who looks there often.

        Else `Interrupted` is raised.
        """
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self  # only the main thread hears signals
        # What is ignored stays so: a shell starts what is in the background like this.
        heard = [n for n in _ENDING if signal.getsignal(n) is not signal.SIG_IGN]
        self._before: dict[int, Any] = {n: signal.signal(n, self._hear) for n in heard}
        self._here, self._there = socket.socketpair()
        self._there.setblocking(False)
        self._fd_before = signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if not hasattr(self, "_before"):
            return
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._there.close()  # ends the thread

    def _hear(self, number: int, _: FrameType | None) -> None:
        again, self.received = bool(self.received), number
        if again or not self._deferred:
            raise Interrupted(number)

    def _watch(self) -> None:
        """Wait for a signal, then for the end of the run."""
        with self._here:
            heard = self._here.recv(1)
        if heard and not self._ended.wait(GRACE):
            print(self._farewell(heard[0]), file=sys.stderr, flush=True)
            os._exit(128 + heard[0])
