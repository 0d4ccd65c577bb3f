"""Chromium without a window, told what to do over its DevTools protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

PATIENCE = 20.0


def find_browser() -> str | None:
    """Return the program, None where none is installed."""
    return next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


class Browser:
    """A running browser; its pages are tabs of one window."""

    def __init__(self, program: str, folder: Path) -> None:
        options = ("headless=new", "remote-debugging-port=0", "no-first-run", "disable-gpu", "no-proxy-server",
                   "disable-dev-shm-usage", "disable-background-networking", f"user-data-dir={folder}")  # fmt: skip
        command = [program, *(f"--{option}" for option in options)]
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        self._process = subprocess.Popen(
            [*command, *sandbox, "about:blank"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(self._address(), max_size=None, proxy=None))
        self._count = 0
        self.events: list[dict[str, Any]] = []

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if line.startswith("DevTools listening on "):
                return line.removeprefix("DevTools listening on ").strip()
        raise AssertionError("the browser did not start")

    def call(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Call a DevTools method and return its result; events that come meanwhile are kept, but buy it no time."""
        self._count += 1
        until = time.monotonic() + PATIENCE
        message = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(message if session is None else message | {"sessionId": session}))
        while True:
            answer = json.loads(self._next(until, method))
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _next(self, until: float, method: str) -> str | bytes:
        with suppress(TimeoutError):
            return self._socket.recv(until - time.monotonic())
        raise AssertionError(f"no answer to {method} within {PATIENCE:g} s")

    def open(self, url: str) -> Page:
        """Open a page in a tab of its own; the requests that load it are among its events, its WebSocket frames not."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Runtime", "Network"):
            page.call(f"{domain}.enable")
        page.call("Page.navigate", url=url)
        page.wait("document.readyState === 'complete'")
        page.call("Network.disable")  # or each frame of each page is an event that somebody has to read
        return page

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.call("Browser.close")  # quicker than a signal: no tab is asked whether it agrees
        self._open.close()
        self._process.wait(PATIENCE)
        assert self._process.stderr is not None
        self._process.stderr.close()


class Page:
    """One page, a tab of its own."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target

    def close(self) -> None:
        """Close the tab: one that stays goes on receiving, and takes time from those after it."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, expression: str) -> Any:
        """Wait until an expression is true; returns its value."""
        until = time.monotonic() + PATIENCE
        while not (value := self.ask(expression)):
            assert time.monotonic() < until, f"never true: {expression}"
        return value

    def mouse(self, kind: str, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def drag(self, selector: str, *places: tuple[float, float]) -> None:
        """Drag over places of an element, in its own pixels."""
        self.ask(f"document.querySelector('{selector}').scrollIntoView()")
        box = self.ask(f"(({{x, y}}) => [x, y])(document.querySelector('{selector}').getBoundingClientRect())")
        moves = [(box[0] + x, box[1] + y) for x, y in places]
        self.mouse("mousePressed", *moves[0])
        for move in moves[1:]:
            self.mouse("mouseMoved", *move)
        self.mouse("mouseReleased", *moves[-1])

    def key(self, key: str) -> None:
        text = {"text": " "} if key == " " else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def events(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of the events of this kind so far."""
        own = [event for event in self._browser.events if event.get("sessionId") == self._session]
        return [event["params"] for event in own if event.get("method") == method]
