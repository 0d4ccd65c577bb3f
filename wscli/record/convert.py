"""Converters: one field of a value ↔ its JSON, chosen by the annotation of the field; knows no event by name.

A converter writes JSON text, not objects: so nothing here imports `json` (11 ms of start-up) to record a session.
Reading takes what `json` has parsed and believes nothing of it: whatever does not fit raises `BrokenRecord` with the
reason, since a recording may come from anybody.

Rules of the format: bytes are `{"text": …}` where they are valid UTF-8 and `{"base64": …}` where they are not; None is
left out; a member that is missing and has a default takes it, so an older recording stays readable; a member that is
not known is ignored, so a newer one is too.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from enum import Enum
from typing import Any

from wscli.text import kebab
from wscli.values import Value
from wscli.wire.deviations import CATALOGUE, Deviation, DeviationKind, Level

try:
    from _json import encode_basestring_ascii
except ImportError:  # pragma: no cover - not CPython: the pure one, from the package that costs more
    from json.encoder import py_encode_basestring_ascii as encode_basestring_ascii

Json = Any
"""What `json` made of a line: anything at all."""

quote: Callable[[str], str] = encode_basestring_ascii
"""A string → ASCII JSON, in C."""

INTEGER_LIMIT = 1 << 64
"""No number in a recording is this large; more digits are an attack or a slip."""
ESCAPED_AT_MOST = 3
"""How many times longer than its bytes a text may stand in JSON, where these are many; base64 takes 4/3."""
MANY_BYTES = 4096


class BrokenRecord(ValueError):
    """A line does not have its form; says what is wrong in words for the user."""


DEFINITIONS: dict[str, dict[str, Any]] = {}
"""The parts of the JSON Schema that several places refer to, by name; filled as converters are made."""


def define(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Keep a part of the JSON Schema under a name, and return the reference to it."""
    DEFINITIONS[name] = schema
    return {"$ref": f"#/$defs/{name}"}


class Converter(Value):
    """How a value of one type is written, read and described (JSON Schema)."""

    write: Callable[[Any], str]
    read: Callable[[Json], Any]
    schema: dict[str, Any]


def shown(value: Json) -> str:
    """Return a foreign value for a message: ASCII only, short, not followed into its depth."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = ascii(value) if not isinstance(value, str) else ascii(value[:60])
    return f"`{text[:60]}`"


def wrong(value: Json, expected: str) -> BrokenRecord:
    """Return the exception for a value of another kind than expected."""
    return BrokenRecord(f"{shown(value)} is not {expected}")


# --- Single values ---------------------------------------------------------------------------------------------------
def read_text(value: Json) -> str:
    """Return a string; BrokenRecord for anything else, as the other readers of one value do."""
    if type(value) is not str:
        raise wrong(value, "a string")
    return value


def read_integer(value: Json) -> int:
    """Return a whole number that fits 64 bits and their sign."""
    if type(value) is not int:
        raise wrong(value, "a whole number")
    if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
        raise BrokenRecord("a number is out of range")
    return value


def read_number(value: Json) -> float:
    """Return a finite number."""
    if type(value) is not float and type(value) is not int:
        raise wrong(value, "a number")
    if not -1e15 < value < 1e15:  # 30 million years of seconds; also refuses 1e999, which reads as infinite
        raise BrokenRecord("a number is out of range")
    return float(value)


def read_boolean(value: Json) -> bool:
    """Return true or false."""
    if type(value) is not bool:
        raise wrong(value, "true or false")
    return value


def read_object(value: Json) -> dict[str, Json]:
    """Return an object."""
    if type(value) is not dict:
        raise wrong(value, "an object")
    return value


def read_list(value: Json) -> list[Json]:
    """Return a list."""
    if type(value) is not list:
        raise wrong(value, "a list")
    return value


def write_boolean(value: bool) -> str:  # noqa: FBT001 - the value itself, not a switch
    """Return true or false as JSON."""
    return "true" if value else "false"


# --- Bytes -----------------------------------------------------------------------------------------------------------
def base64_member(data: bytes) -> str:
    """Return `"base64":"…"`."""
    return f'"base64":"{b2a_base64(data, newline=False).decode()}"'


def bytes_member(data: bytes) -> str:
    """Return `"text":"…"` for valid UTF-8 and `"base64":"…"` for everything else.

    Also many bytes that JSON would have to escape one by one stand as base64: a line stays readable below its limit.
    """
    try:
        text = quote(data.decode())
    except UnicodeDecodeError:
        return base64_member(data)
    if len(data) > MANY_BYTES and len(text) > ESCAPED_AT_MOST * len(data):
        return base64_member(data)
    return f'"text":{text}'


def read_bytes_member(record: dict[str, Json]) -> bytes:
    """Return the bytes that stand as `text` or `base64` in an object."""
    try:
        if "text" in record:
            return read_text(record["text"]).encode()
        if "base64" in record:
            return a2b_base64(read_text(record["base64"]), strict_mode=True)
    except UnicodeEncodeError:
        raise BrokenRecord("`text` holds half of a surrogate pair") from None
    except BrokenRecord:
        raise
    except ValueError:  # binascii.Error is one
        raise BrokenRecord("`base64` is not base64") from None
    raise BrokenRecord("neither `text` nor `base64` is there")


def read_hex(value: Json) -> bytes:
    """Return the bytes that stand in hexadecimal."""
    text = read_text(value)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise wrong(value, "hexadecimal") from None


BYTES_PROPERTIES: dict[str, Any] = {
    "text": {"type": "string", "description": "the bytes, where they are valid UTF-8"},
    "base64": {"type": "string", "contentEncoding": "base64", "description": "the bytes otherwise"},
}
ONE_OF_BYTES = [{"required": ["text"]}, {"required": ["base64"]}]

TEXT = Converter(quote, read_text, {"type": "string"})
INTEGER = Converter(str, read_integer, {"type": "integer"})
NUMBER = Converter(repr, read_number, {"type": "number"})
BOOLEAN = Converter(write_boolean, read_boolean, {"type": "boolean"})
BYTES = Converter(
    lambda data: f"{{{bytes_member(data)}}}",
    lambda value: read_bytes_member(read_object(value)),
    define("bytes", {"type": "object", "properties": BYTES_PROPERTIES, "oneOf": ONE_OF_BYTES}),
)


def enumeration(kind: type[Enum]) -> Converter:
    """Return the converter of a closed set: its values are the words."""
    words = [member.value for member in kind]

    def read(value: Json) -> Enum:
        try:
            return kind(read_text(value))
        except ValueError as problem:
            if isinstance(problem, BrokenRecord):
                raise
            raise wrong(value, "one of " + ", ".join(words)) from None

    return Converter(lambda member: quote(member.value), read, {"type": "string", "enum": words})


def many(item: Converter) -> Converter:
    """Return the converter of a tuple of any length."""
    return Converter(
        lambda values: f"[{','.join(map(item.write, values))}]",
        lambda value: tuple(map(item.read, read_list(value))),
        {"type": "array", "items": item.schema},
    )


def _read_pair(value: Json) -> tuple[int, int]:
    numbers = read_list(value)
    if len(numbers) != 2:
        raise BrokenRecord(f"{len(numbers)} numbers stand where two belong")
    return read_integer(numbers[0]), read_integer(numbers[1])


PAIR = Converter(
    lambda pair: f"[{pair[0]},{pair[1]}]",
    _read_pair,
    {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
)


# --- Deviations ------------------------------------------------------------------------------------------------------
_LEVEL = enumeration(Level)


def _write_deviation(deviation: Deviation) -> str:
    kind = deviation.kind
    offset = "" if deviation.offset is None else f',"offset":{deviation.offset}'
    detail = f',"detail":{quote(deviation.detail)}' if deviation.detail else ""
    return f'{{"code":{quote(kind.code)},"level":"{kind.level.value}","section":{quote(kind.section)}{offset}{detail}}}'


def _read_deviation(value: Json) -> Deviation:
    record = read_object(value)
    code = read_text(record.get("code"))
    offset = record.get("offset")
    return Deviation(
        # A code that this catalogue does not know comes from a newer tool; what stands there is enough to show it.
        CATALOGUE.get(code)
        or DeviationKind(code, _LEVEL.read(record.get("level")), read_text(record.get("section")), ""),
        None if offset is None else read_integer(offset),
        read_text(record.get("detail", "")),
    )


DEVIATION = Converter(
    _write_deviation,
    _read_deviation,
    define(
        "deviation",
        {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "stable, `area/what-was-found`"},
                "level": _LEVEL.schema,
                "section": {"type": "string", "description": "as `RFC 6455 5.2`"},
                "offset": {"type": "integer", "description": "bytes from the start of the value that carries it"},
                "detail": {"type": "string", "description": "what exactly was seen"},
            },
            "required": ["code", "level", "section"],
        },
    ),
)
DEVIATIONS = many(DEVIATION)


# --- Objects ---------------------------------------------------------------------------------------------------------
class Member(Value):
    """How one field of an object stands in its JSON: as one member, or as several."""

    field: str
    write: Callable[[Any], str]
    """The object → its members, each with a comma before it; empty where there is nothing to say."""
    read: Callable[[dict[str, Json]], Any]
    properties: dict[str, Any]
    required: tuple[str, ...] = ()
    is_payload: bool = False
    """Stands last, so that a reader of long lines sees the rest; its bytes are `text` or `base64`, one of them."""


_ABSENT = object()


def member(field: str, converter: Converter, *, is_optional: bool, default: Any = _ABSENT) -> Member:
    """Return the usual form: one member with the name of the field, left out for None."""
    prefix = f",{quote(field)}:"
    write_value = converter.write

    def write(owner: Any) -> str:
        value = getattr(owner, field)
        return "" if value is None else prefix + write_value(value)

    def read(record: dict[str, Json]) -> Any:
        value = record.get(field)
        if value is None:
            if is_optional:
                return None
            if default is not _ABSENT:
                return default
            raise BrokenRecord(f"`{field}` is missing")
        try:
            return converter.read(value)
        except BrokenRecord as problem:
            raise BrokenRecord(f"in `{field}`: {problem}") from None

    is_required = not is_optional and default is _ABSENT
    return Member(field, write, read, {field: converter.schema}, (field,) if is_required else ())


def write_members(members: tuple[Member, ...], owner: Any) -> str:
    """Return the members of an object, each with a comma before it."""
    return "".join([part.write(owner) for part in members])


def read_members(members: tuple[Member, ...], record: dict[str, Json]) -> dict[str, Any]:
    """Return the fields of an object by name."""
    return {part.field: part.read(record) for part in members}


def members_schema(members: tuple[Member, ...]) -> dict[str, Any]:
    """Return the JSON Schema of an object with these members."""
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    for part in members:
        schema["properties"] |= part.properties
        schema["required"] += part.required
        if part.is_payload:
            schema["oneOf"] = ONE_OF_BYTES
    return schema


class Converters:
    """Finds the converter for an annotation as it is written in a class body."""

    def __init__(self, special: dict[str, Converter], values: tuple[type[Value], ...]) -> None:
        self._known = special
        """Annotation without `| None` → converter; grows as annotations are met."""
        self._values = {kind.__name__: kind for kind in values}
        """Plain values that stand as an object of their fields."""

    def for_annotation(self, annotation: str) -> Converter:
        """Return the converter; an annotation that nobody knows is a KeyError, met in the first test."""
        if annotation not in self._known:
            if annotation.startswith("tuple[") and annotation.endswith(", ...]"):
                made = many(self.for_annotation(annotation[6:-6]))
            else:
                made = self._for_value(self._values[annotation])
            self._known[annotation] = made
        return self._known[annotation]

    def member_of(self, kind: type[Value], field: str) -> Member:
        """Return the usual member for a field of a class."""
        annotation = kind.__value_fields__[field]
        default = kind.__value_defaults__.get(field, _ABSENT)
        converter = self.for_annotation(annotation.removesuffix(" | None"))
        return member(field, converter, is_optional=annotation.endswith(" | None"), default=default)

    def _for_value(self, kind: type[Value]) -> Converter:
        members = tuple(self.member_of(kind, field) for field in kind.__value_fields__)
        return Converter(
            lambda value: f"{{{write_members(members, value)[1:]}}}",
            lambda value: kind(**read_members(members, read_object(value))),
            define(kebab(kind.__name__), members_schema(members)),
        )
