"""Templates in messages: `{{uuid}}`, `{{now}}`, `{{counter}}`, `{{env:NAME}}`, `{{last.json.path}}`, `{{NAME}}`.

What stands between double braces and is none of these is refused, so that a slip is not sent; `{{{{` sends two braces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wscli.errors import UsageProblem
from wscli.text import nearest

OPEN, CLOSE = "{{", "}}"
NAMES = ("uuid", "now", "now:unix", "counter", "env:NAME", "last", "last.PATH")
"""What may stand between the braces, beside the variables of `/set`."""


def as_bytes(text: str) -> bytes:
    """Return a typed text as UTF-8; bytes of it that were no UTF-8 come out as they went in (surrogateescape)."""
    return text.encode("utf-8", "surrogateescape")


class Templates:
    """Fills messages in; knows the variables, counts, and asks for what changes."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        entropy: Callable[[int], bytes],
        environment: Mapping[str, str],
        last: Callable[[], bytes | None],
    ) -> None:
        self.variables: dict[str, str] = {}
        """Set by the user: name → value."""
        self._clock = clock
        self._entropy = entropy
        self._environment = environment
        self._last = last
        self._count = 0

    def fill(self, text: str) -> str:
        """Return the message with every template filled in; UsageProblem for one that cannot be."""
        parts: list[str] = []
        place = 0
        while (start := text.find(OPEN, place)) >= 0:
            parts.append(text[place:start])
            if text.startswith(OPEN * 2, start):
                parts.append(OPEN)
                place = start + len(OPEN * 2)
                continue
            end = text.find(CLOSE, start)
            if end < 0:
                raise _refused(text[start:], "it is not closed", "write }} behind it, or {{{{ for two braces")
            parts.append(self._value(text[start + len(OPEN) : end].strip()))
            place = end + len(CLOSE)
        return "".join((*parts, text[place:]))

    def _value(self, name: str) -> str:
        if name in self.variables:
            return self.variables[name]
        if name == "uuid":
            return self._uuid()
        if name == "now" or name.startswith("now:"):
            return self._now(name.partition(":")[2])
        if name == "counter":
            self._count += 1
            return str(self._count)
        if name.startswith("env:"):
            return self._from_environment(name[4:])
        if name == "last" or name.startswith(("last.", "last[")):
            return self._from_last(name)
        near = nearest(name, [*self.variables, *NAMES])
        hint = f"did you mean {OPEN}{near}{CLOSE}?" if near else f"{', '.join(NAMES)}; /set NAME VALUE makes more"
        raise _refused(f"{OPEN}{name}{CLOSE}", "there is no such template", f"{hint}; {OPEN * 2} sends two braces")

    def _uuid(self) -> str:
        from uuid import UUID

        return str(UUID(bytes=self._entropy(16), version=4))

    def _now(self, form: str) -> str:
        now = self._clock()
        if form == "unix":
            return str(int(now))
        if form == "ms":
            return str(int(now * 1000))
        if form:
            raise _refused(f"{OPEN}now:{form}{CLOSE}", "there is no such form", "now, now:unix, now:ms")
        from datetime import UTC, datetime

        return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _from_environment(self, name: str) -> str:
        if name not in self._environment:
            raise _refused(f"{OPEN}env:{name}{CLOSE}", "there is no such variable", "see what there is with env")
        return self._environment[name]

    def _from_last(self, name: str) -> str:
        payload = self._last()
        shown = f"{OPEN}{name}{CLOSE}"
        if payload is None:
            raise _refused(shown, "no message has come yet", "/wait waits for one")
        if name == "last":
            return payload.decode("utf-8", "surrogateescape")
        from json import dumps

        try:
            value = look_up(_decoded(payload), name[len("last") :])
        except LookupError as error:
            raise _refused(shown, str(error).strip("'\""), "/show messages lists what came") from None
        found = value if isinstance(value, str) else dumps(value, ensure_ascii=False)
        # JSON can hold half of a surrogate pair, which no UTF-8 has: its three bytes stand for it.
        return found.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def _refused(value: str, reason: str, hint: str) -> UsageProblem:
    return UsageProblem("template/unknown", "template", value, reason, hint=hint)


def _decoded(payload: bytes) -> Any:
    from json import loads

    try:
        return loads(payload)
    except (ValueError, RecursionError):
        raise LookupError("the last message is no JSON") from None


def look_up(value: Any, path: str) -> Any:
    """Return what stands at a path as `.data.items[0].id`; LookupError says where it leads nowhere."""
    walked = ""
    for step in path.replace("[", ".").replace("]", "").split("."):
        if not step:
            continue
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.lstrip("-").isdigit() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            raise LookupError(f"there is no `{step}` in {walked.removeprefix('.') or 'the last message'}")
        walked += f".{step}"
    return value
