"""Predicates over payloads and events, made from what a user typed: patterns, opcodes, places in JSON, directions.

Whoever lets somebody choose among frames or messages (a command's options, a prompt) makes the choice of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from wscli.errors import UsageProblem
from wscli.events import (
    BytesReceived,
    BytesSent,
    Event,
    FrameReceived,
    FrameSent,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    Side,
)
from wscli.wire.frames import BINARY, OPCODE_NAMES, TEXT

PayloadTest = Callable[[bytes], bool]
EventTest = Callable[[Event], bool]
Path = tuple[str, ...]
"""The steps to a place in a JSON value: names of members, places in lists; `*` is any of them."""

_OPCODES = {name.lower(): number for number, name in OPCODE_NAMES.items()}
_OF_SENT = (FrameSent, MessageSent, BytesSent)
_OF_RECEIVED = (FrameReceived, MessageReceived, MessagePart, BytesReceived)
_OF_EITHER = (*_OF_SENT, *_OF_RECEIVED)
_KIND_OPCODES = {MessageKind.TEXT: TEXT, MessageKind.BINARY: BINARY}
_ANY = "*"


# --- Patterns --------------------------------------------------------------------------------------------------------
def compile_pattern(subject: str, text: str) -> Any:
    """Return the compiled regular expression over bytes; UsageProblem naming the subject where the text is none."""
    import re
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of signs that may mean something else one day
            return re.compile(text.encode("utf-8", "surrogateescape"))
    except (re.error, OverflowError, RecursionError) as error:
        hint = "a sign that stands for itself has a backslash before it"
        raise UsageProblem("pattern/form", subject, text, str(error), hint=hint) from error


def pattern_test(subject: str, text: str) -> PayloadTest:
    """Return whether a payload holds what a regular expression finds; UsageProblem where it is none."""
    search = compile_pattern(subject, text).search
    return lambda payload: search(payload) is not None


def opcodes_named(subject: str, text: str) -> frozenset[int]:
    """Return the opcodes of a list as `text,ping`; UsageProblem for a name that none has."""
    numbers = set()
    for name in text.lower().split(","):
        number = _OPCODES.get(name.strip())
        if number is None:
            hint = f"they are {', '.join(_OPCODES)}"
            raise UsageProblem("opcode/unknown", subject, name, "there is no such opcode", hint=hint)
        numbers.add(number)
    return frozenset(numbers)


# --- Places in JSON --------------------------------------------------------------------------------------------------
def decode_path(text: str) -> Path:
    """Return the steps of `/items/0/id`, `$.items[0].id` or `items.0.id`; none of them for the whole value.

    Behind a slash the steps are those of a JSON pointer (RFC 6901): `~1` is a slash in a name, `~0` a tilde.
    """
    if text.startswith("/"):
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))
    plain = text.removeprefix("$").replace("[", ".").replace("]", "")
    return tuple(step.strip("'\"") for step in plain.split(".") if step)


def encode_path(path: Iterable[str]) -> str:
    """Return a path as a JSON pointer (RFC 6901); empty for the whole value."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)


def is_path(text: str) -> bool:
    """Whether a text that may be a path or a regular expression is a path: by its slash, or its `$.`."""
    return text.startswith(("/", "$.", "$["))


def fits_path(path: Iterable[str], patterns: Iterable[Path]) -> bool:
    """Return whether a place is one that a pattern names, or lies within one."""
    steps = tuple(path)
    return any(
        len(steps) >= len(pattern) and all(one in (other, _ANY) for one, other in zip(pattern, steps, strict=False))
        for pattern in patterns
    )


def look_up(value: Any, path: Path) -> Any:
    """Return what stands at a path, the first of several; LookupError where it leads nowhere."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        candidates = list(value.values()) if step == _ANY else [value[step]] if step in value else []
    elif isinstance(value, list):
        candidates = value if step == _ANY else value[slice(int(step), int(step) + 1)] if step.isdecimal() else []
    else:
        candidates = []
    for candidate in candidates:
        try:
            return look_up(candidate, rest)
        except LookupError:
            continue
    raise LookupError(f"there is no `{step}`")


def maybe_json(payload: bytes) -> list[Any] | None:
    """Return the JSON value of a payload in a list, so that `null` is not absent; None where it is no JSON."""
    if payload[:1] not in b'{["-0123456789tfn \t\r\n':
        return None
    from json import loads

    try:
        return [loads(payload)]
    except (ValueError, RecursionError):
        return None


def json_test(text: str) -> PayloadTest:
    """Return whether a payload is JSON with something at `PATH`, or with that value at `PATH=VALUE`."""
    name, equals, wanted = text.partition("=")
    path = decode_path(name)
    from json import dumps

    def fits(payload: bytes) -> bool:
        value = maybe_json(payload)
        if value is None:
            return False
        try:
            found = look_up(value[0], path)
        except LookupError:
            return False
        return not equals or wanted in (found, dumps(found, ensure_ascii=False))

    return fits


# --- Events ----------------------------------------------------------------------------------------------------------
def side_test(side: Side) -> EventTest:
    """Return whether an event is not about what the other side than this one said."""
    others = _OF_RECEIVED if side is Side.LOCAL else _OF_SENT
    return lambda event: not isinstance(event, others)


def content_test(tests: Iterable[PayloadTest], opcodes: frozenset[int] | None = None) -> EventTest:
    """Return whether an event is a frame or message of these opcodes that passes every test, or is about neither."""
    every = tuple(tests)

    def admits(event: Event) -> bool:
        if not isinstance(event, _OF_EITHER):
            return True
        if isinstance(event, (FrameSent, FrameReceived)):
            opcode = event.frame.opcode
            payload = event.frame.payload if event.content is None else event.content
        elif isinstance(event, (MessageSent, MessageReceived)):
            opcode, payload = _KIND_OPCODES[event.kind], event.payload
        else:
            return False  # bytes, and parts of messages, are not what was asked for
        return (opcodes is None or opcode in opcodes) and all(test(payload) for test in every)

    return admits
