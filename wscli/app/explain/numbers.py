"""Topics of numbers: close codes, opcodes, statuses, TLS alerts, exit statuses; and of header fields."""

from __future__ import annotations

from wscli.app.explain import relations
from wscli.app.explain.entry import Entry, Facts, Topic
from wscli.text import count_text

SHOWN = 8
"""Names that a list of related ones shows."""


def some(names: tuple[str, ...]) -> str:
    """Return names as a list that is not too long."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {count_text(rest, 'more', 'more')}" if rest > 0 else "")


def listed(label: str, names: tuple[str, ...]) -> Facts:
    """Return a fact of related names, none where there are none."""
    return ((label, some(names)),) if names else ()


def fault_facts(found: list[relations.Outcome]) -> Facts:
    """Return which faults lead to it, and a command that tries the first."""
    if not found:
        return ()
    first = found[0]
    client = " (and connect with -s NAME)" if first.offers_subprotocol else ""
    return (("faults", some(tuple(one.fault.name for one in found))), ("try", f"{first.command}{client}"))


def _by_number(number: int, parameter: str, options: str = "", port: int = relations.PORT) -> Facts:
    """Return the command that makes the server do this very number: by the fault whose value is called so."""
    from wscli.serve.faults import FAULTS

    names = [fault.name for fault in FAULTS if fault.parameter == parameter]
    return tuple(("try", f"wscli serve{options} --fault {name}={number} {port}") for name in names[:1])


# --- Close codes -----------------------------------------------------------------------------------------------------
def _close_codes() -> list[Entry]:
    from wscli.wire.close import CLOSE_CODES
    from wscli.wire.close_codes import MEANINGS, PRIVATE, RANGES, REGISTRY, SECTIONS

    registered = [
        Entry(
            str(code),
            f"{name}: {MEANINGS[code]}",
            "Registered",
            (name,),
            range(code, code + 1),
            (("section", SECTIONS.get(code, REGISTRY)),),
            code,
        )
        for code, name in CLOSE_CODES.items()
    ]
    ranges = [
        Entry(
            f"{one.first}-{one.last}",
            one.meaning,
            "Ranges",
            # Small numbers are more often something else: the range that is not used is found by its name.
            numbers=range(one.first, one.last + 1) if one.first else None,
            facts=(("section", "RFC 6455 7.4.2"),),
        )
        for one in RANGES
    ]
    private = [
        Entry(
            str(one.code),
            one.meaning,
            one.owner,
            numbers=range(one.code, one.code + 1),
            facts=(("owner", one.owner), ("note", "a private code: other protocols mean something else by it")),
            subject=one.code,
        )
        for one in PRIVATE
    ]
    return [*registered, *ranges, *private]


def _more_of_close_code(entry: Entry) -> Facts:
    code = entry.subject
    if not isinstance(code, int):
        return ()
    found = [one for one in relations.outcomes() if code in one.close_codes]
    rules = tuple(dict.fromkeys(rule for one in found for rule in one.rules))
    faults = tuple(one.fault.name for one in found)
    return (*listed("rules", rules), *listed("faults", faults), *_by_number(code, "CODE"))


# --- Opcodes ---------------------------------------------------------------------------------------------------------
_OPCODE_TEXTS = {
    0x0: "the next fragment of a message",
    0x1: "a message of UTF-8 text, or its first fragment",
    0x2: "a message of any bytes, or its first fragment",
    0x8: "the end: a code and a reason, or nothing; the other side answers with one",
    0x9: "is the other side there? It answers with a Pong that holds the same bytes",
    0xA: "the answer to a Ping, or a sign of life that nobody asked for",
}


def _opcodes() -> list[Entry]:
    from wscli.wire.frames import OPCODE_NAMES, FrameOrder, encode_frame

    kinds = {True: "control frame, at most 125 bytes, never fragmented", False: "data frame"}
    named = [
        Entry(
            f"0x{opcode:X}",
            f"{name}, a {kinds[opcode > 7]}: {_OPCODE_TEXTS[opcode]}",
            aliases=(name,),
            numbers=range(opcode, opcode + 1),
            facts=(
                ("section", "RFC 6455 5.5" if opcode > 7 else "RFC 6455 5.6" if opcode else "RFC 6455 5.4"),
                ("bytes", f"{encode_frame(FrameOrder(opcode)).raw.hex(' ')} is an empty one from a server"),
            ),
        )
        for opcode, name in OPCODE_NAMES.items()
    ]
    reserved = [
        Entry(
            f"0x{first:X}-0x{last:X}",
            f"reserved {kind} frames; no extension in use defines one",
            numbers=range(first, last + 1),
            facts=(("section", "RFC 6455 5.2"),),
        )
        for first, last, kind in ((0x3, 0x7, "data"), (0xB, 0xF, "control"))
    ]
    return [*named, *reserved]


# --- HTTP statuses ---------------------------------------------------------------------------------------------------
def _statuses() -> list[Entry]:
    from wscli.wire.statuses import CLASSES, STATUSES

    known = [
        Entry(
            str(kind.code),
            f"{kind.phrase}: {kind.meaning}",
            f"{kind.code // 100}xx: {CLASSES[kind.code // 100]}",
            (kind.phrase,),
            range(kind.code, kind.code + 1),
            (("section", kind.section), *((("do", kind.advice),) if kind.advice else ())),
            kind.code,
        )
        for kind in STATUSES.values()
    ]
    classes = [
        Entry(
            f"{digit}00-{digit}99",
            f"{meaning}; a code that nobody defined counts as {digit}00",
            "Ranges",
            numbers=range(digit * 100, digit * 100 + 100),
            facts=(("section", f"RFC 9110 15.{digit + 1}"),),
        )
        for digit, meaning in CLASSES.items()
    ]
    return [*known, *classes]


def _more_of_status(entry: Entry) -> Facts:
    status = entry.subject
    if not isinstance(status, int):
        return ()
    found = [one for one in relations.outcomes() if status in one.statuses]
    rules = tuple(dict.fromkeys(rule for one in found for rule in one.rules))
    faults = tuple(one.fault.name for one in found)
    tried = _by_number(status, "STATUS") if status >= 200 else ()
    return (*listed("rules", rules), *listed("faults", faults), *tried)


# --- Header fields ---------------------------------------------------------------------------------------------------
def _fields() -> list[Entry]:
    from wscli.wire.accept import GUID
    from wscli.wire.fields import GROUPS

    return [
        Entry(
            kind.name,
            kind.meaning,
            group,
            (GUID,) if kind.name == "Sec-WebSocket-Accept" else (),
            facts=(("in", kind.place.value), *((("section", kind.section),) if kind.section else ())),
        )
        for group, kinds in GROUPS.items()
        for kind in kinds
    ]


def _more_of_field(entry: Entry) -> Facts:
    from wscli.wire.deviations import CATALOGUE

    about = tuple(kind.code for kind in CATALOGUE.values() if entry.name in kind.sentence.split())
    return (*listed("deviations", about), *listed("rules", relations.rules_naming(entry.name)))


# --- TLS alerts and exit statuses ------------------------------------------------------------------------------------
def _alerts() -> list[Entry]:
    from wscli.wire.alerts import ALERTS

    return [
        Entry(
            str(kind.number),
            f"{kind.name}: {kind.meaning}",
            aliases=(kind.name,),
            numbers=range(kind.number, kind.number + 1),
            facts=(("section", kind.section),),
            subject=kind.number,
        )
        for kind in ALERTS.values()
    ]


def _more_of_alert(entry: Entry) -> Facts:
    assert isinstance(entry.subject, int)  # as _alerts makes them
    return _by_number(entry.subject, "DESCRIPTION", " --tls", relations.TLS_PORT)


def _exit_statuses() -> list[Entry]:
    from wscli.app.exit_status import MEANINGS

    return [
        Entry(str(int(status)), meaning, numbers=range(int(status), int(status) + 1), subject=int(status))
        for status, meaning in MEANINGS.items()
    ]


def _more_of_exit_status(entry: Entry) -> Facts:
    if not entry.subject:
        return ()
    return fault_facts([one for one in relations.outcomes() if one.exit_status == entry.subject])


CLOSE_CODES = Topic(
    "close-codes",
    "Close codes (RFC 6455 7.4, IANA, and private ones with their owners)",
    _close_codes,
    ("close", "close-code", "code"),
    more=_more_of_close_code,
)
EXIT_STATUSES = Topic(
    "exit-statuses", "Exit statuses of wscli", _exit_statuses, ("exit", "exit-status"), more=_more_of_exit_status
)
FIELDS = Topic("fields", "Header fields of a handshake", _fields, ("field", "header", "headers"), more=_more_of_field)
OPCODES = Topic("opcodes", "Opcodes (RFC 6455 5.2)", _opcodes, ("opcode", "frame"), takes_hex=True)
STATUSES = Topic(
    "statuses",
    "HTTP statuses, as answers to a WebSocket upgrade",
    _statuses,
    ("status", "http"),
    more=_more_of_status,
)
ALERTS = Topic(
    "alerts", "TLS alerts (RFC 8446 6)", _alerts, ("alert", "tls", "tls-alert"), takes_hex=True, more=_more_of_alert
)
