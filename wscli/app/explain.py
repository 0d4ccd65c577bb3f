"""`explain`: what the names and numbers mean that wscli shows, from the tables the program itself works by."""

from __future__ import annotations

from collections.abc import Callable

from wscli.app.console import Console
from wscli.app.exit_status import MEANINGS, ExitStatus
from wscli.app.talking import say
from wscli.errors import UsageProblem
from wscli.render.style import Line
from wscli.values import Value


class Entry(Value):
    """One thing that can be explained."""

    name: str
    sentence: str
    group: str = ""
    """The heading that it stands below, where its topic has several."""


def _close_codes() -> list[Entry]:
    from wscli.wire.close import CLOSE_CODES

    notes = {
        1005: "; never on the wire: it stands for a Close without a code",
        1006: "; never on the wire: it stands for an end without a Close",
        1015: "; never on the wire: it stands for a failed TLS handshake",
    }
    known = [Entry(str(code), meaning + notes.get(code, "")) for code, meaning in CLOSE_CODES.items()]
    return [*known, Entry("3000-3999", "registered by libraries and frameworks"), Entry("4000-4999", "private use")]


def _deviations() -> list[Entry]:
    from wscli.wire.deviations import CATALOGUE

    return [
        Entry(kind.code, f"{kind.sentence} ({kind.level.value}, {kind.section})", kind.code.partition("/")[0])
        for kind in CATALOGUE.values()
    ]


def _exit_statuses() -> list[Entry]:
    return [Entry(str(int(status)), MEANINGS[status]) for status in ExitStatus]


def _faults() -> list[Entry]:
    from wscli.serve.faults import FAULTS

    return [
        Entry(
            f"{fault.name}[={fault.parameter}]" if fault.parameter else fault.name,
            fault.summary + (f" ({fault.default:.15g})" if fault.parameter else ""),
            fault.area,
        )
        for fault in FAULTS
    ]


def _opcodes() -> list[Entry]:
    from wscli.wire.frames import OPCODE_NAMES

    kinds = {True: "control frame", False: "data frame"}
    named = [Entry(f"0x{opcode:X}", f"{name}, a {kinds[opcode > 7]}") for opcode, name in OPCODE_NAMES.items()]
    return [*named, Entry("0x3-0x7", "reserved data frames"), Entry("0xB-0xF", "reserved control frames")]


def _services() -> list[Entry]:
    from wscli.serve.behaviours import SERVICES

    return [
        Entry(service.name, service.summary + (f"; ?{service.parameters}" if service.parameters else ""))
        for service in SERVICES
    ]


TOPICS: dict[str, tuple[str, Callable[[], list[Entry]]]] = {
    "close-codes": ("Close codes (RFC 6455 7.4, IANA)", _close_codes),
    "deviations": ("Deviations: what wscli finds in bytes that differ from an RFC", _deviations),
    "exit-statuses": ("Exit statuses", _exit_statuses),
    "faults": ("Faults: what `wscli serve --fault NAME` and the path /fault/NAME do wrong", _faults),
    "opcodes": ("Opcodes (RFC 6455 5.2)", _opcodes),
    "services": ("Services of `wscli serve`, chosen by subprotocol or path", _services),
}
"""Topic → its title and what belongs to it."""


def run_explain(topic: str | None, colour: str) -> ExitStatus:
    """Print a topic, or everything that has this name; UsageProblem where nothing has."""
    painter = Console(colour).painter(1)
    if topic is None:
        entries = [Entry(name, title) for name, (title, _) in TOPICS.items()]
        say(painter.paint(_lines("Topics", entries)))
        return ExitStatus.DONE
    if topic in TOPICS:
        title, entries_of = TOPICS[topic]
        say(painter.paint(_lines(title, entries_of())))
        return ExitStatus.DONE
    found = [(title, entry) for title, entries_of in TOPICS.values() for entry in entries_of() if _is(entry, topic)]
    if not found:
        hint = f"the topics are {', '.join(TOPICS)}"
        raise UsageProblem("explain/topic", "topic", topic, "nothing here has this name", hint=hint)
    for title, entry in found:
        say(painter.paint(_lines(title, [entry])))
    return ExitStatus.DONE


def _is(entry: Entry, wanted: str) -> bool:
    return entry.name.partition("[")[0].lower() == wanted.lower()


def _lines(title: str, entries: list[Entry]) -> list[Line]:
    width = max(len(entry.name) for entry in entries)
    lines: list[Line] = [(("title", title),)]
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            lines += [(), (("dim", f"  {group}"),)]
        lines.append((("name", f"  {entry.name:<{width}}"), ("plain", f"  {entry.sentence}")))
    return lines
