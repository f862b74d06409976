"""A real browser without a window, spoken to by Chromium's own protocol over two pipes: no library, no port, no driver.

Source: https://chromedevtools.github.io/devtools-protocol/.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

PATH = next(filter(None, map(shutil.which, NAMES)), None) if os.name == "posix" else None
"""The browser of this machine, None where there is none."""

_PATIENCE = 60.0
_OPTIONS = ("--headless=new", "--disable-gpu", "--no-first-run", "--no-sandbox", "--hide-scrollbars")


class Page:
    """A tab of the browser."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._left = to, back, b""
        self._number, self._session = 0, ""
        self.events: list[tuple[str, dict[str, Any]]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """What a command of the protocol gives."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self.events.append((answer["method"], answer["params"]))
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._left:
            ready, *_ = select.select([self._back], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser doesn't answer"
            new = os.read(self._back, 1 << 20)
            assert new, "the browser has ended"
            self._left += new
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)

    def open(self, file: Path, width: int, *, dark: bool = False) -> None:
        """Show a file in a window of that width, and wait until all of it is there."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        self.events = []
        self.call("Page.navigate", url=file.absolute().as_uri())
        while not any(name == "Page.loadEventFired" for name, _ in self.events):
            message = self._next()
            self.events.append((message["method"], message["params"]))
        self.value(
            "document.fonts.ready.then(() => Promise.all([...document.images].map(i => i.decode())).catch(() => 0))"
        )

    def value(self, expression: str) -> Any:
        """What JavaScript makes of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def fetched(self) -> list[str]:
        """The addresses that the page was made of, but for what it has in it."""
        urls = [params["request"]["url"] for name, params in self.events if name == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]

    def problems(self) -> list[Any]:
        """What the browser says is wrong: exceptions, errors and warnings."""
        thrown = [p for name, p in self.events if name in ("Runtime.exceptionThrown", "Network.loadingFailed")]
        said = [p["entry"] for name, p in self.events if name == "Log.entryAdded"]
        return thrown + [entry for entry in said if entry["level"] in ("error", "warning")]

    def picture(self, file: Path) -> None:
        """Keep what is seen of the whole page as a PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A browser that keeps its things in a folder, ended at the end."""
    assert PATH is not None
    (child_in, to), (back, child_out) = os.pipe(), os.pipe()

    def pipes() -> None:  # the browser reads from 3 and writes to 4
        high = [os.dup(fd) for fd in (child_in, child_out)]
        os.dup2(os.dup(high[0]), 3)
        os.dup2(high[1], 4)

    command = [PATH, *_OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        command, preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(child_in)
    os.close(child_out)
    try:
        page = Page(to, back)
        yield page
        page._session = ""
        page.call("Browser.close")
    finally:
        os.close(to)
        os.close(back)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
