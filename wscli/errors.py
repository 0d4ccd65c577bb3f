"""The few exceptions of wscli. What a peer does is an event, never one of these."""

from __future__ import annotations


class Problem(Exception):
    """Something the user or the machine must put right: a stable code, the value concerned, the reason, a hint."""

    def __init__(self, code: str, subject: str, value: str | None, reason: str, *, hint: str | None = None) -> None:
        super().__init__(code, subject, value, reason, hint)
        self.code = code
        """Stable, `area/what-was-found`."""
        self.subject = subject
        """What is wrong, in the user's words: `URL`, `header`, `recording`."""
        self.value = value
        """The offending value as the user gave it, unescaped; None where there is none."""
        self.reason = reason
        self.hint = hint
        """One next step, or None."""

    def __str__(self) -> str:
        shown = self.subject if self.value is None else f"{self.subject} `{self.value}`"
        return f"{shown}: {self.reason}"


class UsageProblem(Problem):
    """The user asked for something wrong or impossible (exit 2)."""


class EnvironmentProblem(Problem):
    """The machine could not do its part: a file, a stream, a missing extra (exit 14)."""


_FILE_HINTS = (
    (FileNotFoundError, "check the name, and that its folder is there"),
    (IsADirectoryError, "name a file in it"),
    (NotADirectoryError, "name a folder, or a file in one"),
    (PermissionError, "ask its owner, or choose another one"),
)
"""What to do next for what the system says, the first that fits."""


def file_problem(code: str, subject: str, path: str, error: Exception) -> EnvironmentProblem:
    """Return the problem of a file that cannot be opened or read: what the system says, and the next step that fits."""
    reason = getattr(error, "strerror", None) or str(error)
    hint = next((hint for kind, hint in _FILE_HINTS if isinstance(error, kind)), "choose another file")
    return EnvironmentProblem(code, subject, path, reason, hint=hint)
