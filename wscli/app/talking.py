"""A session on the event loop with a prompt beside it: what `connect` and `demo` share."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from importlib import import_module
from typing import Any

from wscli.engine.async_driver import AsyncDriver
from wscli.engine.session import Session

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def say(text: str) -> None:
    """Write to standard output as it is now: the prompt puts its own in place, which prints above the line."""
    sys.stdout.write(text)
    sys.stdout.flush()


async def talk(session: Session, *, with_prompt: bool) -> None:
    """Run the session to its end, with a prompt on the terminal if asked for; signals end it politely."""
    driver = AsyncDriver(session)
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        loop.add_signal_handler(getattr(signal, name), driver.interrupt, name)
    running = asyncio.ensure_future(driver.run())
    prompting = asyncio.ensure_future(_prompt(driver)) if with_prompt else None
    try:
        await running
    finally:
        for name in SIGNALS:
            loop.remove_signal_handler(getattr(signal, name))
        if prompting is not None:
            await _stop(prompting)


async def _prompt(driver: AsyncDriver) -> None:
    # Importing the prompt takes 100 ms. In front of the handshake it would be waited for; beside it, it would make what
    # arrives look late, and so it runs in a thread, which leaves the loop its turns.
    await driver.settled.wait()
    if driver.is_over:
        return
    prompt = await asyncio.to_thread(import_module, "wscli.repl.prompt")
    await prompt.Prompt(driver.order, say).run()


async def _stop(prompting: asyncio.Future[None]) -> None:
    """End the prompt with the session, so that it gives the terminal back."""
    prompting.cancel()
    with suppress(asyncio.CancelledError):  # our own cancellation
        await prompting


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on a new event loop."""
    asyncio.run(work)
