"""Rules about closes and ends: who said what, and what an end without a Close tells.

1005 and 1006 are never on the wire: they are what an API reports where a Close had no code, or where none came.
"""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.close_codes import GRAPHQL, MESSAGE_LIMITS, REGISTERED, applications_of
from wscli.diagnose.command import connect, url_of
from wscli.diagnose.idle import interval_below, limits_of, vendors_of
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import (
    CloseReceived,
    Evidence,
    FrameReceived,
    MessageSent,
    RequestSent,
    SessionEnded,
    Side,
    StreamEnd,
    StreamEnded,
)
from wscli.text import count_text, duration_text
from wscli.wire.close import GOOD_CLOSES, ClosePayload, close_code_name
from wscli.wire.deviations import CLOSE_CODE_CUT, CLOSE_CODE_RESERVED, CLOSE_REASON_NOT_UTF8, FRAME_CUT
from wscli.wire.frames import BINARY, TEXT

_LOG = "look into the logs of the server and of each proxy at this moment"
QUIET = 2.0
"""Seconds without a byte from which on an end looks like a limit on idle connections."""


def close_line(payload: ClosePayload) -> str:
    """Return a Close in words: `1008 (policy violation) "bad token"`."""
    if payload.code is None:
        return "no code"
    reason = f' "{payload.reason}"' if payload.reason else ""
    return f"{payload.code} ({close_code_name(payload.code)}){reason}"


def _said(payload: ClosePayload) -> Evidence:
    return seen(CloseReceived, f"Close {close_line(payload)}")


def _filled(case: Case, advice: str) -> str:
    """Return advice with `{connect OPTIONS}` replaced by the command."""
    before, opened, rest = advice.partition("{connect ")
    options, _, after = rest.partition("}")
    return f"{before}{connect(case, *options.split())}{after}" if opened else advice


# --- Closes that break the rules -------------------------------------------------------------------------------------
def _illegal(case: Case) -> ClosePayload | None:
    """Return the Close that failed the connection."""
    deviation = case.first_deviation
    return case.close_received if deviation is not None and deviation.kind.code.startswith("close/") else None


def _bytes(payload: ClosePayload) -> Evidence:
    return seen(CloseReceived, f"the Close holds: {payload.raw[:32].hex(' ')}{' …' if len(payload.raw) > 32 else ''}")


def never_on_wire(case: Case) -> Judgement | None:
    """Judge 1004, 1005, 1006 and 1015 in a Close."""
    payload = _illegal(case)
    deviation = case.first_deviation
    if payload is None or deviation is None or deviation.kind is not CLOSE_CODE_RESERVED:
        return None
    meaning = {1005: "a Close without a code", 1006: "an end without a Close", 1015: "a failed TLS handshake"}
    if payload.code not in meaning:
        return likely(
            "the server took a reserved number for a code",
            "let the server use 1000 to 1014 as they are meant, or 4000 to 4999 for codes of its own",
            _said(payload),
        )
    return likely(
        f"the server, or a gateway, passes on what its library reported of another connection, such as that to its "
        f"own backend: {payload.code}, {meaning[payload.code]}",
        "let it map such codes to 1011 or 1014; what broke first is the other connection: see its log",
        _said(payload),
        _bytes(payload),
    )


def one_byte(case: Case) -> Judgement | None:
    """Judge a Close body of one byte."""
    payload, deviation = _illegal(case), case.first_deviation
    if payload is None or deviation is None or deviation.kind is not CLOSE_CODE_CUT:
        return None
    cause = "the server writes the code as one byte, or cuts the body"
    return certain(
        cause, "let the server write the code in two bytes, the higher first: 03 e8 is 1000", _bytes(payload)
    )


def reason_bytes(case: Case) -> Judgement | None:
    """Judge a reason that is no UTF-8."""
    payload, deviation = _illegal(case), case.first_deviation
    if payload is None or deviation is None or deviation.kind is not CLOSE_REASON_NOT_UTF8:
        return None
    place = deviation.offset or 0
    rest = payload.raw[2:]
    text = rest.decode("cp1252", "replace")
    cut = len(payload.raw) >= 120 and place >= len(payload.raw) - 3
    cause = "the reason was cut at 123 bytes inside a character" if cut else "the reason is in another encoding"
    return likely(
        cause,
        "let the server write the reason in UTF-8, cut between characters",
        seen(CloseReceived, f"byte {place} of the Close is {payload.raw[place : place + 1].hex()}, no UTF-8: {text}"),
    )


def illegal(case: Case) -> Judgement | None:
    """Judge any other Close that breaks the rules, mostly by its code."""
    payload, deviation = _illegal(case), case.first_deviation
    if payload is None or deviation is None:
        return None
    kind = deviation.kind
    code = payload.code or 0
    swapped = (code & 0xFF) << 8 | code >> 8
    if 1000 <= swapped <= 1014:
        cause, judge = (
            f"the server writes the code with its bytes swapped: {swapped} is {close_code_name(swapped)}",
            likely,
        )
    else:
        cause, judge = "the server closes with a code of its own outside the ranges for such codes", likely
    judgement = judge(
        cause,
        "let the server use 1000 to 1014 as they are meant, or 4000 to 4999 for codes of its own",
        _said(payload),
        _bytes(payload),
    )
    return judgement.replace(reference=kind.section)


# --- Closes by what they say -----------------------------------------------------------------------------------------
def _closed(case: Case) -> ClosePayload | None:
    """Return the Close with which the server told of trouble; None where it answered ours, or kept to good codes."""
    payload = case.close_received
    if payload is None or payload.code in GOOD_CLOSES or case.failed is not None:
        return None
    closed_first = case.end is not None and case.end.first_close is Side.LOCAL
    is_echo = closed_first and case.close_sent is not None and case.close_sent.code == payload.code
    return None if is_echo else payload


def keepalive(case: Case) -> Judgement | None:
    """Judge a Close because of pings and pongs, told from its reason."""
    payload = _closed(case)
    if payload is None:
        return None
    reason = payload.reason.lower()
    if not any(word in reason for word in ("keepalive", "keep-alive", "ping timeout", "pong", "heartbeat")):
        return None
    return possible(
        (
            "our Pongs did not reach the server in time: the network or a proxy held them up, or --no-pong",
            "the server waits for pings of its application protocol, which are messages, not frames",
        ),
        f"{connect(case, '-vv')} shows whether Pings came and our Pongs went out",
        _said(payload),
    )


def subprotocol(case: Case) -> Judgement | None:
    """Judge a Close for the subprotocol, told from code or reason."""
    payload = _closed(case)
    if payload is None or not (payload.code == 4406 or "subprotocol" in payload.reason.lower()):
        return None
    offered = None if case.request is None else case.request.fields.joined("Sec-WebSocket-Protocol")
    agreed = None if case.opened is None else case.opened.subprotocol
    name = GRAPHQL if payload.code == 4406 else "NAME"
    if agreed == GRAPHQL or "graphql-ws" in (offered or "").split(", "):
        name = "graphql-ws" if agreed == GRAPHQL else GRAPHQL
    return likely(
        "the server wants a subprotocol that was not offered" if offered else "the server wants a subprotocol",
        f"offer it: {connect(case, '-s', name)}",
        _said(payload),
        seen(RequestSent, f"subprotocols offered: {offered or 'none'}; agreed: {agreed or 'none'}"),
    )


def graphql(case: Case) -> Judgement | None:
    """Judge the codes of graphql-transport-ws, whose numbers nobody else is known to use."""
    payload = _closed(case)
    if payload is None or payload.code is None:
        return None
    known = applications_of(payload.code)
    if not known or known[0][0] != GRAPHQL:
        return None
    advice = {
        4400: 'send the messages of the protocol as JSON text, the first one {"type":"connection_init"}',
        4401: 'send {"type":"connection_init"} first and wait for connection_ack',
        4403: 'put the right credentials into connection_init: {"type":"connection_init","payload":{…}}',
        4408: 'send {"type":"connection_init"} right after opening',
        4409: "give each subscription an id of its own",
        4429: "send connection_init once",
    }.get(payload.code, "look into the server's log at this moment")
    return likely(f"in graphql-transport-ws {payload.code} means: {known[0][1]}", advice, _said(payload))


def _sent(case: Case) -> tuple[int | None, int | None]:
    """Return the bytes of the largest text and binary message that were sent, 0 where only that one was is known."""
    if case.end is None:
        return None, None
    text, binary = case.end.largest_text, case.end.largest_binary
    if text is None and binary is None:
        return (0 if TEXT in case.sent_opcodes else None), (0 if BINARY in case.sent_opcodes else None)
    return text, binary


def too_big(case: Case) -> Judgement | None:
    """Judge 1009 by what was sent and by whose limits lie right below it."""
    payload = _closed(case)
    if payload is None or payload.code != 1009:
        return None
    size = max(*(number or 0 for number in _sent(case)), 0)
    evidence = [_said(payload)]
    if size:
        evidence.append(seen(MessageSent, f"the largest message sent has {count_text(size, 'byte')}"))
    below = [who for limit, who in MESSAGE_LIMITS if limit < size][-3:][::-1]
    if not below:
        cause = "the server's limit on messages, or a proxy's, is smaller than what was sent"
        return likely(cause, "raise the limit in the server, or send less at once", *evidence)
    causes = tuple(f"the default limit of {who}" for who in below)
    return possible(
        (*causes, "a limit that was set in the server or in a proxy"),
        "raise the server's limit on messages, or send less at once; halve the size to find the limit",
        *evidence,
    )


def wrong_kind(case: Case) -> Judgement | None:
    """Judge 1003 and 1007 where messages of one kind alone went out."""
    payload = _closed(case)
    text, binary = _sent(case)
    if payload is None or payload.code not in (1003, 1007) or (text is None) == (binary is None):
        return None
    if text is None:
        cause, advice = "the server wants text messages", "send text: leave --binary away (curl sends only binary)"
        return likely(cause, advice, _said(payload), seen(MessageSent, "only binary messages were sent"))
    if payload.code == 1007:
        return None
    cause, advice = "the server wants binary messages", "send binary: wscli send --binary"
    return likely(cause, advice, _said(payload), seen(MessageSent, "only text messages were sent"))


def unmasked(case: Case) -> Judgement | None:
    """Judge a 1002 whose reason speaks of masks."""
    payload = _closed(case)
    if payload is None or payload.code != 1002 or "mask" not in payload.reason.lower():
        return None
    return possible(
        (
            "an unmasked frame went out: --frame with mask=none, or a raw one",
            "the server speaks of a frame that a proxy in between wrote",
        ),
        f"{connect(case, '-vv')} shows what goes out; a frame without mask= in it is to blame",
        _said(payload),
    ).replace(reference="RFC 6455 5.1", requirement="a client masks every frame")


def registered(case: Case) -> Judgement | None:
    """Judge a Close by the registered meaning of its code."""
    payload = _closed(case)
    told = None if payload is None else REGISTERED.get(payload.code or 0)
    if payload is None or told is None:
        return None
    return likely(told[0], _filled(case, told[1]), _said(payload))


def private(case: Case) -> Judgement | None:
    """Judge a private code, by who is known to use it."""
    payload = _closed(case)
    if payload is None or payload.code is None or not 3000 <= payload.code < 5000:
        return None
    agreed = "" if case.opened is None else case.opened.subprotocol or ""
    known = applications_of(payload.code, url_of(case), agreed)
    documents = "look up the code in the documentation of the service"
    if not known:
        whose = "a framework's or library's (3000 to 3999)" if payload.code < 4000 else "the application's own"
        return likely(f"the code is {whose}: what it means only its documentation says", documents, _said(payload))
    if len(known) == 1:
        return likely(f"{known[0][0]} uses it for: {known[0][1]}", documents, _said(payload))
    causes = tuple(f"{who} uses it for: {meaning}" for who, meaning in known)
    return possible((*causes, "it is the application's own code"), documents, _said(payload))


def other(case: Case) -> Judgement | None:
    """Judge any Close with an error that no rule above explains."""
    payload = _closed(case)
    if payload is None:
        return None
    return likely("the server ended the connection with an error", _LOG, _said(payload))


# --- Ends without a Close --------------------------------------------------------------------------------------------
def _end(case: Case) -> SessionEnded | None:
    """Return the end, where the peer's stream ended without its Close, and nothing of ours was the reason."""
    end = case.end
    if end is None or case.opened is None or end.close_received is not None or case.failed is not None:
        return None
    if case.time_limit is not None or case.interrupted is not None:
        return None
    return None if end.stream in (StreamEnd.ABANDONED, None) else end


def _never(end: SessionEnded) -> Evidence:
    how = {StreamEnd.FINISHED: "TCP FIN", StreamEnd.RESET: "TCP RST"}.get(end.stream or StreamEnd.FAILED, "a failure")
    text = f"{how} and no Close frame: what browsers report as 1006, a code that is never on the wire"
    return seen(StreamEnded, text)


def quiet_line(end: SessionEnded) -> str:
    """Return how long each direction had been quiet: `nothing received for 60.0 s, nothing sent for 61.2 s`."""
    received = "?" if end.quiet_received is None else seconds_text(end.quiet_received)
    sent = "at all" if end.quiet_sent is None else f"for {seconds_text(end.quiet_sent)}"
    return f"nothing received for {received}, nothing sent {sent}"


def seconds_text(seconds: float) -> str:
    """Return a time in seconds where it has some, since limits are set in them: `60.0 s`, `12 ms`."""
    return f"{seconds:.1f} s" if 1 <= seconds < 10000 else duration_text(seconds)


def _total(case: Case) -> float:
    return max(case.ended_at - case.opened_at, 0.0)


def cut(case: Case) -> Judgement | None:
    """Judge an end in the middle of a frame."""
    end, frame = _end(case), case.bad_frame
    if end is None or frame is None or FRAME_CUT not in [one.kind for one in frame.deviations]:
        return None
    detail = next((one.detail for one in frame.deviations if one.kind is FRAME_CUT), "")
    return possible(
        (
            "the server crashed or was stopped while it sent, or a proxy dropped the connection",
            "the server announced more bytes than it had, and closed when it was done",
        ),
        f"try again: {connect(case, '-vv')}; cut at the same byte again it is a wrong length, else a lost connection",
        seen(FrameReceived, f"frame {case.bad_frame_number}, from byte {frame.offset} of the stream on: {detail}"),
        _never(end),
    )


def idle_limit(case: Case) -> Judgement | None:
    """Judge an end after just the time at which somebody is known to end connections."""
    end = _end(case)
    if end is None or end.quiet_received is None:
        return None
    total, vendors = _total(case), vendors_of(case)
    limits = limits_of(end.quiet_received, total)
    if not limits:
        return None
    named = [limit for limit in limits if limit.vendor in vendors]
    chosen = named or list(limits)
    seconds = chosen[0].seconds
    evidence = [
        seen(SessionEnded, f"open for {seconds_text(total)}; {quiet_line(end)}"),
        *(vendors[limit.vendor] for limit in named[:1]),
        _never(end),
    ]
    if all(limit.is_total for limit in chosen):
        advice = f"pings do not help against it; set it longer: {chosen[0].directive}"
    else:
        ping = connect(case, "--ping-interval", interval_below(seconds))
        advice = f"keep it busy: {ping}; or change the limit ({chosen[0].directive})"
    if len(named) == 1:
        return likely(f"the limit of {named[0].who}: the answer names it, and the time fits", advice, *evidence)
    causes = [f"the limit of {limit.who}" for limit in chosen]
    if not named and vendors:
        evidence[1:1] = [next(iter(vendors.values()))]
        causes.append("a limit that was set in the proxy that the answer names")
    return possible((*causes, "a limit of the server itself, set to the same time"), advice, *evidence)


def idle(case: Case) -> Judgement | None:
    """Judge an end after a time of quiet that is nobody's known default."""
    end = _end(case)
    if end is None or end.quiet_received is None or end.quiet_received < QUIET:
        return None
    quiet = end.quiet_received
    vendors = vendors_of(case)
    is_round = -0.03 <= quiet - round(quiet) <= 0.15  # timers fire late, hardly ever early
    number = f"{quiet:.1f} s is no default that wscli knows"
    number += f", but near a whole {round(quiet)} s, as limits are set" if is_round else ""
    setting = ": in the nginx that the answer names it is proxy_read_timeout" if "nginx" in vendors else ""
    return possible(
        (
            f"an idle limit of about {quiet:.0f} s in a proxy or in the server{setting}",
            "the server ended or crashed just then, whatever the quiet before",
        ),
        f"{connect(case, '--ping-interval', interval_below(quiet))}: where it then stays, it is an idle limit; "
        "then ping more often than it, or raise it",
        seen(SessionEnded, f"cut after an idle time: {quiet_line(end)}"),
        seen(SessionEnded, number),
        *list(vendors.values())[:1],
        _never(end),
    )


def at_once(case: Case) -> Judgement | None:
    """Judge an end right after the opening, before anything came."""
    end = _end(case)
    if end is None or _total(case) > 1.0 or case.first_received:
        return None
    return possible(
        (
            "the server's handler failed or returned right after the handshake",
            "the server, or a proxy, drops whom it does not want: credentials, origin, path, a second connection",
            "a proxy upgraded the connection and could not reach the server behind it",
        ),
        _LOG,
        seen(SessionEnded, f"open for {seconds_text(_total(case))}; {quiet_line(end)}"),
        _never(end),
    )


def none(case: Case) -> Judgement | None:
    """Judge an end without a Close in the middle of it all."""
    end = _end(case)
    if end is None:
        return None
    causes = [
        "the server's process ended: a crash, a kill, a deployment",
        "the server drops connections without a Close",
    ]
    if end.stream is StreamEnd.RESET:
        causes[0] = "the server's process ended with data unread: a crash, a kill"
        causes.append("a proxy, firewall or load balancer reset the connection, as when it lost its state")
    elif end.stream is StreamEnd.FAILED:
        causes = ["the network between broke", "TLS was ended without notice or damaged"]
    else:
        causes.append("a proxy in between ended it, as when it reloads")
    return possible(
        tuple(causes),
        _LOG,
        seen(SessionEnded, f"open for {seconds_text(_total(case))}; {quiet_line(end)}"),
        _never(end),
    )


_CODES = "the codes 1000 to 1014 have the meanings of the IANA registry, 4000 to 4999 are free for applications"
_BOTH = "a connection is closed cleanly after both sides sent a Close frame"

AREA = Area(
    "close",
    "Closes and ends",
    (
        Rule("close/never-on-wire", "a Close carries a code that is never sent", "RFC 6455 7.4.1",
             "1005, 1006 and 1015 are for APIs and must not stand in a Close", never_on_wire),
        Rule("close/one-byte", "a Close carries half a code", "RFC 6455 5.5.1",
             "the body of a Close is empty or begins with a code of two bytes", one_byte),
        Rule("close/reason-encoding", "the reason of a Close is no UTF-8", "RFC 6455 5.5.1",
             "the reason of a Close is UTF-8", reason_bytes),
        Rule("close/illegal", "a Close breaks the rules", "RFC 6455 7.4.2", _CODES, illegal),
        Rule("close/keepalive", "the server missed our Pong", "RFC 6455 5.5.2",
             "a Ping is answered with a Pong as soon as is practical", keepalive),
        Rule("close/subprotocol", "the server closed for the subprotocol", "RFC 6455 1.9",
             "client and server agree on a subprotocol in the handshake", subprotocol),
        Rule("close/graphql", "a GraphQL server closed", "", "graphql-transport-ws defines the codes 4400 to 4500",
             graphql),
        Rule("close/too-big", "a message was too big for the server", "RFC 6455 7.4.1",
             "1009 tells that a message was too big to process", too_big),
        Rule("close/wrong-kind", "the server does not take this kind of message", "RFC 6455 7.4.1",
             "1003 tells that an endpoint got a type of data that it cannot accept", wrong_kind),
        Rule("close/unmasked", "the server missed a mask", "RFC 6455 5.1", "a client masks every frame", unmasked),
        Rule("close/registered", "the server closed with an error", "RFC 6455 7.4.1", _CODES, registered),
        Rule("close/private", "the server closed with a code of its own", "RFC 6455 7.4.2",
             "3000 to 3999 are for libraries and frameworks, 4000 to 4999 for applications", private),
        Rule("close/other", "the server closed with an error", "RFC 6455 7.4.1", _CODES, other),
        Rule("close/cut", "the connection ended inside a frame", "RFC 6455 7.1.4", _BOTH, cut),
        Rule("close/idle-limit", "the connection was cut at a known idle limit", "RFC 6455 7.1.4", _BOTH, idle_limit),
        Rule("close/idle", "the connection was cut while it was idle", "RFC 6455 7.1.4", _BOTH, idle),
        Rule("close/at-once", "the connection ended right after it was opened", "RFC 6455 7.1.4", _BOTH, at_once),
        Rule("close/none", "the connection ended without a Close", "RFC 6455 7.1.4", _BOTH, none),
    ),
)  # fmt: skip
