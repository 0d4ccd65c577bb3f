"""Rules about application protocols: what they ask of a client beside RFC 6455.

A server that misses something mostly just leaves, often with a polite Close. So these rules look at what the protocol
asks for and at what the client sent; where the client may have sent more than is known, they are silent.
"""

from __future__ import annotations

from wscli.applications.application import Application, Opening
from wscli.diagnose.case import MESSAGES_KEPT, Case
from wscli.diagnose.command import connect, url_of
from wscli.diagnose.recognition import beginning_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import (
    CloseReceived,
    Evidence,
    MessageReceived,
    MessageSent,
    Opened,
    PongMatched,
    SessionEnded,
    Severity,
    Side,
    StreamEnd,
)
from wscli.text import duration_text, elide
from wscli.wire.close import GOOD_CLOSES
from wscli.wire.frames import PONG

SHOWN = 120
"""Bytes of a message that evidence holds."""
SCHEDULES = (15, 20, 30, 45, 60, 90, 100, 120, 180, 240, 300, 600, 900, 1800, 3600)
"""Seconds after which servers are made to give up."""
LINE_END = b"\n"
_QUIET_LIMITS = ("max-time", "idle-timeout")
_GRAPHQL = ("graphql-transport-ws", "graphql-ws")


# --- What happened ---------------------------------------------------------------------------------------------------
def _application(case: Case) -> Application | None:
    if case.application is None:
        return None
    from wscli.applications import application_named

    return application_named(case.application.protocol)


def _server_ended(case: Case) -> bool:
    """Tell whether the server, or something before it, ended the open session, and not over broken frames."""
    end = case.end
    if end is None or case.opened is None or case.failed is not None or case.interrupted is not None:
        return False
    if case.time_limit is not None or end.first_close is Side.LOCAL:
        return False
    return end.first_close is Side.REMOTE or end.stream not in (None, StreamEnd.ABANDONED)


def _in_vain(case: Case) -> bool:
    """Tell whether the server ended it, or a time limit of ours did while nothing went on."""
    if case.time_limit is not None and case.time_limit.limit in _QUIET_LIMITS:
        return case.opened is not None and case.failed is None
    return _server_ended(case)


def _graded(judgement: Judgement, case: Case) -> Judgement:
    """Return the judgement as a warning where the session ended well as far as WebSocket goes."""
    end, close = case.end, case.close_received
    is_good = end is not None and end.is_clean and close is not None and close.code in GOOD_CLOSES
    return judgement.replace(severity=Severity.WARNING) if is_good and case.time_limit is None else judgement


def _silence(case: Case) -> float | None:
    """Return the seconds from the client's last message, or from the opening, to the end; None where nobody knows."""
    is_exact = case.messages_sent < MESSAGES_KEPT or case.messages_sent > MESSAGES_KEPT or bool(case.sent_opcodes)
    since = case.opened_at if case.message_sent_at is None else case.message_sent_at
    return max(0.0, case.ended_at - since) if is_exact else None


def _silence_seen(case: Case, silence: float) -> Evidence:
    if case.message_sent_at is None:
        return seen(SessionEnded, f"no message went out in the {duration_text(silence)} that the connection was open")
    return seen(SessionEnded, f"our last message went out {duration_text(silence)} before the end")


# --- Commands --------------------------------------------------------------------------------------------------------
def _subprotocol(case: Case, known: Application) -> tuple[str, ...]:
    """Return the options that offer the subprotocol which the session had, or should have had."""
    agreed = None if case.opened is None else case.opened.subprotocol
    names = (agreed,) if agreed else known.subprotocols[:1] if known.needs_subprotocol else ()
    return ("-s", names[0]) if names else ()


def _printf(message: bytes) -> str:
    """Return a message as the format of printf, quoted for a shell."""
    from shlex import quote

    text = message.decode("utf-8", "surrogateescape").replace("\\", "\\\\").replace("%", "%%").replace("\n", "\\n")
    return quote("".join(sign if sign >= " " else f"\\{ord(sign):03o}" for sign in text))


def _saying(case: Case, known: Application, opening: Opening) -> str:
    """Return the command that says the client's first message."""
    from shlex import join

    message, options = opening.message, _subprotocol(case, known)
    where = (*options, url_of(case) or "URL")
    if message.isascii() and message.decode().isprintable():
        return connect(case, *options, "-e", message.decode())
    if message[:1] >= b" ":
        return f"printf {_printf(message)} | {join(('wscli', 'send', '--whole', '-1', *where))}"
    return join(("wscli", "send", "--hex", "-1", "--format", "hex", *where, message.hex(" ")))


def _echo(message: bytes) -> str:
    """Return the shell's command that prints a message as a line."""
    from shlex import quote

    if message.decode().isprintable():
        return f"echo {quote(message.decode())}"
    return f"printf {_printf(message + LINE_END)}"


def _repeating(case: Case, known: Application, message: bytes, every: int) -> str:
    """Return the command that says a message again and again, after the client's first one where there is one."""
    from shlex import join

    first = "" if known.opening is None else f"{_echo(known.opening.message)}; "
    where = (*_subprotocol(case, known), url_of(case) or "URL")
    return f"({first}while sleep {every}; do {_echo(message)}; done) | {join(('wscli', 'send', *where))}"


# --- Rules -----------------------------------------------------------------------------------------------------------
def subprotocol_missing(case: Case) -> Judgement | None:
    """Judge a server that does not speak its protocol without the subprotocol."""
    opened, close = case.opened, case.close_received
    if opened is None or opened.subprotocol is not None or not _in_vain(case):
        return None
    none = seen(Opened, "no Sec-WebSocket-Protocol was agreed")
    code = None if close is None else close.code
    told = () if close is None or code is None else (seen(CloseReceived, f"{code} {close.reason}".rstrip()),)
    is_graphql = _speaks_graphql(case)
    if code == 4406 or (code in (1002, 1008) and is_graphql):
        return likely(
            "this is a GraphQL server, which speaks only with its subprotocol",
            connect(case, "-s", "graphql-transport-ws,graphql-ws", "-e", '{"type":"connection_init"}'),
            none,
            *told,
        ).replace(reference="GraphQL over WebSocket Protocol")
    known = _application(case)
    if known is None or not known.needs_subprotocol or case.first_received or not case.first_sent:
        return None
    said = seen(MessageSent, known.label(case.first_sent[0]) or beginning_of(case.first_sent[0], SHOWN))
    return likely(
        f"servers of {known.title} answer only where the subprotocol {known.subprotocols[0]} was agreed",
        connect(case, "-s", known.subprotocols[0]) if known.opening is None else _saying(case, known, known.opening),
        none,
        said,
        *told,
    ).replace(reference=known.document)


def _speaks_graphql(case: Case) -> bool:
    target = "" if case.request is None else case.request.target.partition("?")[0]
    return "graphql" in target.lower() or any(b'"connection_init"' in message for message in case.first_sent)


def refused(case: Case) -> Judgement | None:
    """Judge what a server said in a message of the application protocol."""
    known = _application(case)
    if known is None:
        return None
    for message in case.first_received:
        said = known.refusal(message)
        if said:
            judgement = certain(
                f"the server says: {elide(said, SHOWN)}",
                known.refusal_advice,
                seen(MessageReceived, beginning_of(message, SHOWN)),
            )
            return _graded(judgement.replace(reference=known.document), case)
    return None


def close_code(case: Case) -> Judgement | None:
    """Judge a close code that means something in the application protocol that is spoken."""
    known, close = _application(case), case.close_received
    if known is None or close is None or not _server_ended(case):
        return None
    row = next((row for row in known.close_codes if row.code == close.code), None)
    if row is None:
        return None
    evidence = seen(CloseReceived, f"{close.code} {close.reason}".rstrip())
    # Somebody else's private code may have the same number: only a subprotocol that was agreed says whose it is.
    is_agreed = case.opened is not None and (case.opened.subprotocol or "").lower() in known.subprotocols
    if row.other:
        judgement = possible((row.meaning, row.other), row.advice, evidence)
    else:
        judgement = (certain if is_agreed else likely)(row.meaning, row.advice, evidence)
    return judgement.replace(reference=known.document)


def heartbeat_missing(case: Case) -> Judgement | None:
    """Judge a server that waited in vain for what keeps the application protocol alive."""
    known = _application(case)
    silence = _silence(case)
    if known is None or known.heartbeat is None or silence is None or not _server_ended(case):
        return None
    beat = known.heartbeat
    was_asked = beat.asked is not None and beat.asked in case.first_received
    opening = known.opening
    if opening is not None and not was_asked and not any(map(opening.is_opening, case.first_sent)):
        return None  # it was not even begun
    limit = beat.agreed_limit(case.first_received, case.first_sent) or beat.limit
    if silence < 0.9 * limit or silence == float("inf"):
        return None
    evidence = [_silence_seen(case, silence)]
    if was_asked and beat.asked is not None:
        evidence.append(seen(MessageReceived, known.label(beat.asked)))
    cause = f"the server got no {beat.name} within {duration_text(limit)}; WebSocket Pongs do not stand in for it"
    advice = _heartbeat_advice(case, known, limit)
    if silence > 1.5 * limit + 5:
        other = "the server, or a proxy before it, ended the connection for a reason of its own"
        judgement = possible((cause, other), advice, *evidence)
    else:
        judgement = likely(cause, advice, *evidence)
    return _graded(judgement.replace(reference=known.document), case)


def _heartbeat_advice(case: Case, known: Application, limit: float) -> str:
    beat = known.heartbeat
    assert beat is not None  # asked for where there is one
    if beat.message.isascii():
        return _repeating(case, known, beat.message, max(1, min(beat.every, int(limit / 2))))
    return f"send {beat.name} ({beat.message.hex(' ')}) in time, or ask for a longer keepalive"


def opening_missing(case: Case) -> Judgement | None:
    """Judge a server that waits for the client to speak first."""
    known = _application(case)
    if known is None or known.opening is None or not _in_vain(case):
        return None
    opening = known.opening
    if any(map(opening.is_opening, case.first_sent)):
        return None
    if case.first_sent:
        evidence = seen(MessageSent, f"our first message was: {beginning_of(case.first_sent[0], SHOWN)}")
    else:
        evidence = _silence_seen(case, max(0.0, case.ended_at - case.opened_at))
    wait = f", {opening.wait}" if opening.wait else ""
    judgement = likely(
        f"the server waits for {opening.name} from the client{wait}",
        _saying(case, known, opening),
        evidence,
        *(seen(MessageReceived, beginning_of(message, SHOWN)) for message in case.first_received[:1]),
    )
    return _graded(judgement.replace(reference=known.document), case)


def ping_unanswered(case: Case) -> Judgement | None:
    """Judge a ping that is a message of the application, and that nobody answered."""
    if case.application is not None and case.application.protocol not in _GRAPHQL:
        return None
    if not _server_ended(case) or len(case.first_sent) >= MESSAGES_KEPT:
        return None
    pinged = next(filter(None, map(_pong_for, case.first_received)), None)
    if pinged is None or any(b"pong" in message.lower() for message in case.first_sent):
        return None
    ping, pong = pinged
    from shlex import quote

    return _graded(
        likely(
            "the server sends pings as messages, and ends the connection where nobody answers them",
            f"answer each with {quote(pong)}, at the prompt of {connect(case)}",
            seen(MessageReceived, ping),
        ),
        case,
    )


_KEYS = ("type", "op", "event", "action", "method", "cmd", "command", "msg", "kind", "t")


def _pong_for(message: bytes) -> tuple[str, str] | None:
    """Return a ping of an application and its likely answer; None for any other message."""
    if len(message) > 300 or b"ping" not in message.lower():
        return None
    text = message.decode("utf-8", "backslashreplace").strip()
    if text.lower() == "ping" or text.startswith("PING "):
        return text, text.replace("ping", "pong").replace("PING", "PONG").replace("Ping", "Pong")
    from wscli.applications.application import object_of

    told = object_of(message)
    if "ping" in told or any(str(told.get(key)).lower() == "ping" for key in _KEYS):
        return text, text.replace('"ping"', '"pong"').replace('"PING"', '"PONG"').replace('"Ping"', '"Pong"')
    return None


def pings_not_enough(case: Case) -> Judgement | None:
    """Judge an end on schedule though WebSocket Pings were answered."""
    end, silence = case.end, _silence(case)
    if case.application is not None or end is None or silence is None or not _server_ended(case):
        return None
    is_alive = case.pong_matched is not None or PONG in case.sent_opcodes
    schedule = next((one for one in SCHEDULES if abs(silence - one) <= max(1.0, 0.02 * one)), None)
    if not is_alive or schedule is None or silence < 2 * (end.quiet_received or 0.0):
        return None  # a quiet line is another matter
    return possible(
        (
            "the server expects messages of the application, as a ping of its own: WebSocket Pongs are none",
            "the server or a proxy limits how long a connection may last",
        ),
        f"see whether it lasts longer with a message every {max(schedule // 3, 5)} s: "
        f'(while sleep {max(schedule // 3, 5)}; do echo \'{{"type":"ping"}}\'; done) | {_send(case)}',
        _silence_seen(case, silence),
        seen(PongMatched, "Pings were answered until then"),
    )


def _send(case: Case) -> str:
    from shlex import join

    return join(("wscli", "send", url_of(case) or "URL"))


AREA = Area(
    "application",
    "Application protocols",
    (
        Rule(
            "application/subprotocol-missing",
            "the server wants a subprotocol, and none was agreed",
            "RFC 6455 1.9",
            "the client names the application protocol in Sec-WebSocket-Protocol, and the server agrees to it",
            subprotocol_missing,
        ),
        Rule(
            "application/refused",
            "the server refuses the client in a message of the application protocol",
            "",
            "a server says in the application protocol why it refuses a client",
            refused,
        ),
        Rule(
            "application/close-code",
            "the close code says what the application protocol misses",
            "RFC 6455 7.4.2",
            "a close code means what the application protocol says of it",
            close_code,
        ),
        Rule(
            "application/heartbeat-missing",
            "the server ended the connection for want of a heartbeat",
            "",
            "the client says again and again that it is there, in the application protocol",
            heartbeat_missing,
        ),
        Rule(
            "application/opening-missing",
            "the server waited in vain for the client's first message",
            "",
            "the client speaks first",
            opening_missing,
        ),
        Rule(
            "application/ping-unanswered",
            "a ping of the application was not answered",
            "",
            "whoever gets a ping of an application protocol answers it in that protocol",
            ping_unanswered,
        ),
        Rule(
            "application/pings-not-enough",
            "the connection ended on schedule, though Pings were answered",
            "",
            "Pings show that a connection lives, and nothing about the application",
            pings_not_enough,
            Severity.WARNING,
        ),
    ),
    supersedes=("close", "liveness"),
)
