"""The prompt of `connect`: reads lines while the session prints above it, and has them carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import DEFAULT_BUFFER, EditingMode
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from wscli.errors import Problem
from wscli.repl.above import printing_above
from wscli.repl.completion import LineCompleter
from wscli.repl.desk import Desk
from wscli.repl.pasting import Pastes
from wscli.repl.script import carry_out
from wscli.repl.unfinished import is_unfinished, json_fault, looks_like_json

STYLE = Style.from_dict({
    "bottom-toolbar": "noreverse",
    "prompt": "bold",
    "rprompt": "fg:ansibrightblack",
    "auto-suggestion": "fg:ansibrightblack",
})  # fmt: skip
JUDGED = 20_000
"""Characters of a line beyond which it is not looked at with each key."""
REFRESH = 0.5
"""Seconds after which the toolbar is painted again."""
QUICK = 0.05
"""Seconds that a command gets before the next line is asked for beside it."""


class Prompt:
    """Reads lines and has them carried out, until the user leaves or the prompt is cancelled."""

    def __init__(self, desk: Desk, history: History, toolbar: Callable[[], str], *, colour: bool = True) -> None:
        self._desk = desk
        self._pastes = Pastes()
        self._tasks: set[asyncio.Task[None]] = set()
        """Commands that are still under way while the next line is typed."""
        self._session: PromptSession[str] = PromptSession(
            "> ",
            history=history,
            auto_suggest=AutoSuggestFromHistory(),
            completer=LineCompleter(desk),
            complete_while_typing=False,
            enable_open_in_editor=True,
            enable_suspend=True,
            multiline=True,
            prompt_continuation="… ",
            key_bindings=self._keys(),
            input_processors=[HighlightMatchingBracketProcessor()],
            bottom_toolbar=toolbar,
            rprompt=self._judge_line,
            refresh_interval=REFRESH,
            style=STYLE,
            color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
        )

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        is_typing = has_focus(DEFAULT_BUFFER)  # and not searching

        @keys.add("enter", filter=is_typing)
        def _enter(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
                buffer.complete_state = None  # it is taken over; the next Enter sends
            elif self._desk.choices.is_multiline or is_unfinished(buffer.text):
                buffer.insert_text("\n")
            else:
                buffer.validate_and_handle()

        @keys.add("escape", "enter", filter=is_typing)
        def _send(event: KeyPressEvent) -> None:
            event.current_buffer.validate_and_handle()

        @keys.add(Keys.BracketedPaste, filter=is_typing)
        def _paste(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text(self._pastes.take(event.data))

        return keys

    def _judge_line(self) -> str:
        """Return what stands at the right: whether what is being typed is JSON."""
        text = self._session.default_buffer.text
        if not looks_like_json(text) or len(text) > JUDGED:
            return ""
        return json_fault(text) or "JSON"

    async def run(self) -> None:
        """Prompt until Ctrl-D or `/quit`; Ctrl-C drops the line, and on an empty one stops what is under way."""
        # Raw also between two lines: what is typed meanwhile waits for the next one, a Ctrl-D too.
        with printing_above(), self._session.app.input.raw_mode():
            self._desk.offers_reconnect = True
            if not self._desk.link.is_open:
                self._desk.offer_reconnect()  # it ended before there was a prompt to say so
            try:
                while not self._desk.wants_to_leave:
                    await self._take(await self._read())
            finally:
                for task in self._tasks:
                    task.cancel()

    async def _read(self) -> str:
        """Return the next line; nothing where it was dropped, `/quit` at the end of input."""
        self._pastes.forget()
        session = self._session
        mode = EditingMode.VI if self._desk.choices.uses_vi else EditingMode.EMACS
        if session.editing_mode != mode:
            session.editing_mode = mode
        try:
            # Signals and what goes wrong in callbacks are looked after by whoever runs this.
            return self._pastes.put_back(await session.prompt_async(handle_sigint=False, set_exception_handler=False))
        except KeyboardInterrupt:
            if not session.default_buffer.text:
                self._stop_commands()
            return ""
        except EOFError:
            return "/quit"

    async def _take(self, line: str) -> None:
        """Begin to do what a line asks; what takes long goes on while the next line is typed."""
        if not line.strip():
            return
        task = asyncio.create_task(self._carry_out(line), name="command")
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        await asyncio.wait((task,), timeout=QUICK)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler({"message": "a command failed", "exception": error})

    async def _carry_out(self, line: str) -> None:
        try:
            await carry_out(self._desk, line)
        except Problem as problem:
            self._desk.show_problem(problem)

    def _stop_commands(self) -> None:
        if not self._tasks:
            self._desk.note("nothing is under way; Ctrl-D or /quit leaves")
            return
        for task in self._tasks:
            task.cancel()
        self._desk.note("stopped")
