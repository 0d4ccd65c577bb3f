"""How bytes of standard input become messages: by line, by NUL, by length prefix, or all as one."""

from __future__ import annotations

from enum import Enum

from wscli.errors import EnvironmentProblem


class Splitting(Enum):
    """The ways to split an input."""

    LINES = "lines"
    NUL = "nul"
    WHOLE = "whole"
    LENGTH_PREFIXED = "length-prefixed"


class Splitter:
    """Cuts a byte stream into messages, whatever way it is chopped."""

    def __init__(self, splitting: Splitting) -> None:
        self._separator = b"\0" if splitting is Splitting.NUL else b"\n"
        self._splitting = splitting
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that are whole now."""
        if self._splitting is Splitting.WHOLE:
            self._rest.append(data)
            return []
        if self._splitting is Splitting.LENGTH_PREFIXED:
            return self._feed_prefixed(data)
        *whole, rest = data.split(self._separator)
        if whole:
            whole[0] = b"".join([*self._rest, whole[0]])
            self._rest = []
        if rest:
            self._rest.append(rest)
        return [self._without_return(message) for message in whole]

    def finish(self) -> list[bytes]:
        """Return what is left at the end of the input: a last line may lack its end.

        Raises EnvironmentProblem where a length prefix announced more than came.
        """
        rest, self._rest = b"".join(self._rest), []
        if self._splitting is Splitting.WHOLE:
            return [rest] if rest else []
        if self._splitting is Splitting.LENGTH_PREFIXED and rest:
            reason = f"it ends inside a message: {len(rest)} bytes of it came, its length prefix included"
            raise EnvironmentProblem("input/cut", "standard input", None, reason)
        return [self._without_return(rest)] if rest else []

    def _without_return(self, message: bytes) -> bytes:
        # A line that a Windows tool wrote ends with CR LF; the CR is no part of what was typed.
        if self._splitting is Splitting.LINES and message.endswith(b"\r"):
            return message[:-1]
        return message

    def _feed_prefixed(self, data: bytes) -> list[bytes]:
        self._rest.append(data)
        size = sum(map(len, self._rest))
        if size < 4 or size < 4 + int.from_bytes(self._front(), "big"):
            return []
        buffer, position, messages = b"".join(self._rest), 0, []
        while len(buffer) - position >= 4:
            stop = position + 4 + int.from_bytes(buffer[position : position + 4], "big")
            if stop > len(buffer):
                break
            messages.append(buffer[position + 4 : stop])
            position = stop
        self._rest = [buffer[position:]] if position < len(buffer) else []
        return messages

    def _front(self) -> bytes:
        """Return the first four bytes that wait; joins only where the first piece is shorter."""
        if len(self._rest[0]) < 4:
            self._rest = [b"".join(self._rest)]
        return self._rest[0][:4]
