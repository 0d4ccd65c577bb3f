"""UTF-8, checked while it arrives, with the place of the fault (RFC 3629, RFC 6455 §8.1)."""

from __future__ import annotations


def find_invalid(data: bytes) -> int | None:
    """Return where the first ill-formed sequence begins, None for valid UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


class Utf8Validator:
    """Follows a text over any number of chunks and fails at the very byte that no valid text can have."""

    __slots__ = ("_failed_at", "_pending", "_seen")

    def __init__(self) -> None:
        self._pending = b""
        self._seen = 0
        """How many bytes have been fed."""
        self._failed_at: int | None = None

    def feed(self, data: bytes) -> int | None:
        """Return where the first ill-formed sequence begins, counted from the start of the text; None so far."""
        if self._failed_at is not None:
            return self._failed_at
        if not self._pending and data.isascii():
            self._seen += len(data)
            return None
        start = self._seen - len(self._pending)
        joined = self._pending + data
        self._seen += len(data)
        try:
            joined.decode("utf-8")
        except UnicodeDecodeError as error:
            # CPython's decoder names an error at the end "unexpected end of data" only while the bytes so far can still
            # become a character: a second byte that rules that out is an "invalid" of its own at once.
            if error.reason != "unexpected end of data" or error.end != len(joined):
                self._failed_at = start + error.start
                return self._failed_at
            self._pending = joined[error.start :]
            return None
        self._pending = b""
        return None

    @property
    def pending(self) -> bytes:
        """The beginning of a sequence that is not whole yet; at most three bytes."""
        return self._pending

    def finish(self) -> int | None:
        """Return where the fault begins at the end of the text: a sequence that is not whole; None for a valid text."""
        if self._failed_at is None and self._pending:
            self._failed_at = self._seen - len(self._pending)
        return self._failed_at
