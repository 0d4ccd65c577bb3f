"""The checks of a diagnosis: what each concludes from the events of a session, in the order in which they happen.

A stage is said once something of it was seen. When the session ends, the stages that were never reached are said to be
skipped, with the stage that failed as the reason; so every diagnosis has the same stages, whatever happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli import events as e
from wscli.diagnose.case import Case
from wscli.diagnose.linting import lint_request
from wscli.diagnose.variants import looks_like_tls
from wscli.events import Batch, Checked, CheckOutcome, Event, Side, StreamEnd
from wscli.settings import ConnectionSettings
from wscli.text import duration_text
from wscli.wire.close import GOOD_CLOSES
from wscli.wire.deviations import Deviation
from wscli.wire.frames import Frame, opcode_name

PASSED, WARNED, FAILED, SKIPPED = CheckOutcome
STAGES = ("dns", "tcp", "tls", "request", "answer", "status", "101 rules", "frames", "ping", "close")
"""What every diagnosis says something of; some have checks with names of their own."""
_LACKS = {
    "dns": "there is no address",
    "tcp": "there is no connection",
    "tls": "there is no TLS",
    "request": "no request went out",
    "answer": "there is no HTTP answer",
    "status": "no 101 came",
    "101 rules": "the 101 is not valid",
}
"""The stage that failed → why those after it are skipped."""
_CHECK_NAMES = {
    "HTTP version": "version",
    "Sec-WebSocket-Accept": "accept",
    "Sec-WebSocket-Protocol": "subprotocol",
    "Sec-WebSocket-Extensions": "extensions",
}
"""Short names of the checks of a 101; the others are called as their header in small letters."""
_ENDS = {
    StreamEnd.FINISHED: "TCP FIN",
    StreamEnd.RESET: "TCP RST",
    StreamEnd.FAILED: "the stream failed",
    StreamEnd.ABANDONED: "we left",
}
_TELLING = ("Server", "Via", "Location", "WWW-Authenticate", "Sec-WebSocket-Version", "Retry-After")
_BODY_SHOWN = 400
_HOSTNAME_CODES = (62, 64)
"""X.509 verification results that say: another name, another address."""
_OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.1")


class Checker:
    """Follows the plain session of a diagnosis and says what each check concludes."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self.case = Case()
        self._said: set[str] = set()
        self._failed_stage = ""
        self._found: list[Checked] = []
        self._batch = Batch(0.0, ())
        self._begun: dict[str, float] = {}
        """When each address was begun with, and the name of a stage."""
        self._has_pong = False
        self._close_at: float | None = None

    def observe(self, batch: Batch) -> tuple[Checked, ...]:
        """Return what a batch leads to."""
        self.case.observe(batch)
        self._batch, self._found = batch, []
        for event in batch.events:
            look = _LOOKS.get(type(event))
            if look is not None:
                look(self, event)
        return tuple(self._found)

    @property
    def untried(self) -> tuple[str, ...]:
        """The addresses whose state nobody knows: another one was connected to first."""
        case = self.case
        if case.name_resolved is None or case.connected is None:
            return ()
        known = {case.connected.address, *(attempt.address for attempt in case.attempts)}
        return tuple(address for address in case.name_resolved.addresses if address not in known)

    # --- Saying ------------------------------------------------------------------------------------------------------
    def _say(
        self, stage: str, outcome: CheckOutcome, seen: str, name: str = "", *, reference: str = "", advice: str = "",
        seconds: float | None = None,
    ) -> None:  # fmt: skip
        self._said.add(stage)
        if outcome is FAILED:
            self._failed_stage = self._failed_stage or stage
        self._found.append(Checked(name or stage, outcome, seen, reference, advice, seconds))

    def _since(self, mark: str) -> float | None:
        begun = self._begun.get(mark)
        return None if begun is None else self._batch.at - begun

    def _say_deviation(self, stage: str, deviation: Deviation, name: str = "") -> None:
        kind = deviation.kind
        seen = f"{kind.sentence}: {deviation.detail}" if deviation.detail else kind.sentence
        self._say(stage, FAILED if deviation.is_must else WARNED, seen, name, reference=kind.section)

    # --- Reaching the server -----------------------------------------------------------------------------------------
    def _name_resolved(self, event: e.NameResolved) -> None:
        addresses = ", ".join(address.rpartition(":")[0].strip("[]") for address in event.addresses)
        self._say("dns", PASSED, f"{event.host} is {addresses}", seconds=self._batch.at)

    def _name_failed(self, event: e.NameFailed) -> None:
        self._say("dns", FAILED, f"{event.host}: {event.reason}", advice="check the spelling of the host")

    def _attempt_started(self, event: e.AttemptStarted) -> None:
        if "dns" not in self._said:
            where = "names an address" if ":" in event.address else "names a Unix socket"
            self._say("dns", SKIPPED, f"the URL {where}")
        self._begun[event.address] = self._batch.at

    def _attempt_failed(self, event: e.AttemptFailed) -> None:
        resolved = self.case.name_resolved
        is_only = resolved is None or len(resolved.addresses) == 1
        self._found.append(_address(event.address, f"{event.reason} ({event.error})", FAILED if is_only else WARNED))
        if is_only:
            self._said.add("tcp")
            self._failed_stage = self._failed_stage or "tcp"

    def _connect_failed(self, event: e.ConnectFailed) -> None:
        if "tcp" not in self._said:
            self._say("tcp", FAILED, f"no address of {event.host} can be connected to")

    def _connected(self, event: e.Connected) -> None:
        self._say("tcp", PASSED, event.address, seconds=self._since(event.address))
        if not self._settings.url.is_secure and not self._settings.upgrades_tls:
            self._say("tls", SKIPPED, "ws:// uses none")

    # --- TLS ---------------------------------------------------------------------------------------------------------
    def _tls_started(self, _event: e.TlsStarted) -> None:
        self._begun["tls"] = self._batch.at

    def _tls_established(self, event: e.TlsEstablished) -> None:
        is_old = event.version in _OLD_TLS
        self._say(
            "tls", WARNED if is_old else PASSED, f"{event.version} {event.cipher}",
            reference="RFC 8996" if is_old else "", advice="have the server speak TLS 1.2 or 1.3" if is_old else "",
            seconds=self._since("tls"),
        )  # fmt: skip
        self._say_certificate(event)
        offered = () if self.case.tls_started is None else self.case.tls_started.alpn
        if event.alpn is None:
            said = f"the server chose none of {', '.join(offered)}" if offered else "none was offered"
            self._say("tls", PASSED, said, "alpn")
        elif event.alpn == "http/1.1":
            self._say("tls", PASSED, event.alpn, "alpn")
        else:
            advice = "offer http/1.1 alone: --alpn http/1.1"
            self._say("tls", WARNED, f"{event.alpn} was chosen", "alpn", reference="RFC 6455 4.1", advice=advice)

    def _say_certificate(self, event: e.TlsEstablished) -> None:
        chain = self.case.certificates
        if not chain:
            return
        leaf = chain[0]
        seen = f"{leaf.subject}, issuer {leaf.issuer}, until {leaf.not_after}"
        if not event.is_verified:
            self._say("tls", WARNED, f"not verified (-k): {seen}", "certificate", advice="verify it with --cacert FILE")
            return
        self._say("tls", PASSED, seen, "certificate")
        name = "" if self.case.tls_started is None else self.case.tls_started.server_name
        self._say("tls", PASSED, f"{name} is among {', '.join(leaf.names)}", "sni")

    def _tls_failed(self, event: e.TlsFailed) -> None:
        chain = self.case.certificates
        if event.verify_code is not None and chain:
            leaf = chain[0]
            if event.verify_code in _HOSTNAME_CODES:
                name = "" if self.case.tls_started is None else self.case.tls_started.server_name
                names = ", ".join(leaf.names) or "no name"
                self._say("tls", FAILED, f"{name} is not among {names}", "sni", reference="RFC 9525 6")
            else:
                dates = f"valid {leaf.not_before} to {leaf.not_after}"
                seen = f"{event.reason}: {leaf.subject}, issuer {leaf.issuer}, {dates}"
                self._say("tls", FAILED, seen, "certificate", reference="RFC 5280 6")
            return
        seen = event.reason
        if event.alert is not None:
            seen = f"{seen} (alert {event.alert})"
        elif event.first_bytes:
            seen = f"the first bytes are {kind_of_bytes(event.first_bytes)}"
        self._say("tls", FAILED, seen, reference="RFC 6455 4.1")

    # --- The handshake -----------------------------------------------------------------------------------------------
    def _request_sent(self, event: e.RequestSent) -> None:
        self._said.add("request")
        self._found += lint_request(event.head, self._settings)
        self._begun["answer"] = self._batch.at

    def _response_received(self, event: e.ResponseReceived) -> None:
        head = event.head
        if not head.status:
            self._say("answer", FAILED, f"the first bytes are {kind_of_bytes(head.raw)}", reference="RFC 6455 4.1")
            return
        self._say("answer", PASSED, "HTTP", seconds=self._since("answer"))
        for deviation in head.all_deviations:
            self._say_deviation("answer", deviation)
        line = f"{head.version} {head.status} {head.reason}".rstrip()
        told = [f"{name}: {value}" for name in _TELLING for value in head.fields.all(name)]
        if head.status == 101:
            self._say("status", PASSED, "  ".join((line, *told)))
        else:
            self._say("status", FAILED, "  ".join((line, *told)), reference="RFC 6455 4.1")

    def _body_received(self, event: e.RefusalBodyReceived) -> None:
        if event.body and self.case.response is not None:
            from wscli.wire.body import decode_content, decode_text

            fields = self.case.response.fields
            text = decode_text(
                decode_content(event.body, fields.get("Content-Encoding"), 65536), fields.get("Content-Type")
            )
            self._say("status", WARNED, " ".join(text[:_BODY_SHOWN].split()), "body")

    def _judged(self, event: e.HandshakeJudged) -> None:
        for check in event.checks:
            header = check.name
            name = _CHECK_NAMES.get(header, header.lower())
            deviation = check.deviation
            if deviation is None:
                self._say("101 rules", PASSED, check.actual, name)
                continue
            seen = f"{header}: {check.actual}, where {check.expected} is expected"
            outcome = WARNED if check.is_passed else FAILED
            self._say("101 rules", outcome, seen, name, reference=deviation.kind.section)

    def _invalid(self, event: e.HandshakeInvalid) -> None:
        if self.case.response is None:
            return  # not a byte came; how it ended is told with the end
        for deviation in event.deviations:
            if self._failed_stage:
                return
            self._say_deviation("answer", deviation)

    def _opened(self, _event: e.Opened) -> None:
        """Look at what came glued to the 101: it is in the same batch."""
        if any(isinstance(event, e.WebSocketFailed) for event in self._batch.events):
            return
        glued = [event.frame for event in self._batch.events if isinstance(event, e.FrameReceived)]
        if not glued:
            self._say("frames", PASSED, "nothing came glued to the 101")
            return
        self._say("frames", PASSED, f"came glued to the 101: {', '.join(map(_frame_text, glued[:4]))}")

    # --- The stream --------------------------------------------------------------------------------------------------
    def _failed(self, event: e.WebSocketFailed) -> None:
        self._say_deviation("frames", event.deviation)

    def _pong(self, event: e.PongMatched) -> None:
        if not self._has_pong:
            self._has_pong = True
            self._say("ping", PASSED, "the Pong came", seconds=event.round_trip)

    def _close_sent(self, event: e.CloseSent) -> None:
        case = self.case
        self._close_at = self._batch.at
        is_ours = case.failed is None and case.close_received is None and case.interrupted is None
        if is_ours and case.time_limit is None and not self._has_pong:
            advice = "have the server answer Pings: most libraries do so unless told otherwise"
            self._say("ping", FAILED, "no Pong came", reference="RFC 6455 5.5.2", advice=advice)

    def _close_received(self, event: e.CloseReceived) -> None:
        if self._close_at is None and self.case.failed is None:
            is_error = event.payload.code not in GOOD_CLOSES
            seen = f"the server closed first: {_close_text(event.payload.code, event.payload.reason)}"
            self._say("close", FAILED if is_error else WARNED, seen, reference="RFC 6455 7.4" if is_error else "")

    # --- Ends --------------------------------------------------------------------------------------------------------
    def _time_limit(self, event: e.TimeLimitPassed) -> None:
        stage = "close" if event.limit == "close-timeout" else self._stage_now
        what = {"dns": "no address came", "tcp": "no connection came about", "answer": "not a byte of an answer came"}
        seen = f"{what.get(stage, 'nothing came')} within {duration_text(event.seconds)} (--{event.limit})"
        if stage not in self._said:
            self._say(stage, FAILED, seen)

    @property
    def _stage_now(self) -> str:
        """The stage that is under way."""
        return next((stage for stage in STAGES if stage not in self._said), "close")

    def _ended(self, event: e.SessionEnded) -> None:
        case = self.case
        if case.opened is not None and "close" not in self._said:
            self._say_close(event)
        elif case.invalid is not None and case.response is None and not self._failed_stage:
            end = f"not a byte, then {_ENDS[event.stream or StreamEnd.FINISHED]}"
            seen = f"the first bytes are {kind_of_bytes(case.unparsed)}" if case.unparsed else end
            self._say("answer", FAILED, seen, reference="RFC 6455 4.1")
        if case.interrupted is not None:
            reason = f"interrupted ({case.interrupted.signal})"
        else:
            reason = _LACKS.get(self._failed_stage, "the connection is over")
        for stage in STAGES:
            if stage not in self._said:
                self._say(stage, SKIPPED, reason)

    def _say_close(self, event: e.SessionEnded) -> None:
        how = _ENDS[event.stream or StreamEnd.ABANDONED]
        if self.case.failed is not None or self.case.interrupted is not None or self.case.time_limit is not None:
            return  # whose end this is has been told
        if event.close_received is None:
            said = "ours was not answered" if event.close_sent is not None else "neither side sent one"
            self._say("close", FAILED, f"no Close came: {said}; {how}", reference="RFC 6455 7.1.4")
            return
        code = _close_text(event.close_received.code, event.close_received.reason)
        seconds = None if self._close_at is None else self._batch.at - self._close_at
        outcome = PASSED if event.is_clean and event.first_close is Side.LOCAL else WARNED
        self._say("close", outcome, f"ours was answered with {code}, then {how}", seconds=seconds)


def _address(address: str, reason: str, outcome: CheckOutcome, seconds: float | None = None) -> Checked:
    return Checked("tcp", outcome, f"{address}: {reason}" if reason else address, seconds=seconds)


def check_address(address: str, reason: str | None, seconds: float) -> Checked:
    """Return the check of an address that was only connected to; the reason is None where it answered."""
    if reason is None:
        return _address(address, "", PASSED, seconds)
    family = "-4" if address.startswith("[") else "-6"
    checked = _address(address, reason, WARNED, seconds)
    return checked.replace(advice=f"have it answer at this address too, or keep to the other family: {family}")


def check_second(answer: str, is_open: bool, seconds: float) -> Checked:  # noqa: FBT001 - the fact itself
    """Return the check of a second connection while the first one is open."""
    if is_open:
        return Checked("second", PASSED, "another connection at the same time is open too", seconds=seconds)
    seen = f"another connection at the same time is refused ({answer})"
    advice = "look for a limit of connections on the server, or a key that it uses twice"
    return Checked("second", WARNED, seen, "", advice, seconds)


def kind_of_bytes(data: bytes) -> str:
    """Return what speaks so, as far as its first bytes tell, and the bytes themselves."""
    shown = data[:16].hex(" ")
    if looks_like_tls(data):
        return f"TLS: {shown}"
    if data[3:9] == b"\x04\0\0\0\0\0":
        return f"HTTP/2 (SETTINGS): {shown}"
    if data.startswith(b"HTTP/"):
        return f"HTTP: {data.splitlines()[0][:40].decode('latin-1')}"
    if data[:32].decode("ascii", "replace").rstrip("\r\n").isprintable():
        return f"text: {data[:40].decode('ascii', 'replace').rstrip()}"
    return f"no HTTP: {shown}"


def _frame_text(frame: Frame) -> str:
    return f"{opcode_name(frame.opcode)} {len(frame.payload)} B"


def _close_text(code: int | None, reason: str) -> str:
    return f"{'no code' if code is None else code} {reason}".rstrip()


Look = Callable[[Checker, Any], None]

_LOOKS: dict[type[Event], Look] = {
    e.NameResolved: Checker._name_resolved,  # noqa: SLF001  # the table belongs to the class
    e.NameFailed: Checker._name_failed,  # noqa: SLF001
    e.AttemptStarted: Checker._attempt_started,  # noqa: SLF001
    e.AttemptFailed: Checker._attempt_failed,  # noqa: SLF001
    e.ConnectFailed: Checker._connect_failed,  # noqa: SLF001
    e.Connected: Checker._connected,  # noqa: SLF001
    e.TlsStarted: Checker._tls_started,  # noqa: SLF001
    e.TlsEstablished: Checker._tls_established,  # noqa: SLF001
    e.TlsFailed: Checker._tls_failed,  # noqa: SLF001
    e.RequestSent: Checker._request_sent,  # noqa: SLF001
    e.ResponseReceived: Checker._response_received,  # noqa: SLF001
    e.RefusalBodyReceived: Checker._body_received,  # noqa: SLF001
    e.HandshakeJudged: Checker._judged,  # noqa: SLF001
    e.HandshakeInvalid: Checker._invalid,  # noqa: SLF001
    e.Opened: Checker._opened,  # noqa: SLF001
    e.WebSocketFailed: Checker._failed,  # noqa: SLF001
    e.PongMatched: Checker._pong,  # noqa: SLF001
    e.CloseSent: Checker._close_sent,  # noqa: SLF001
    e.CloseReceived: Checker._close_received,  # noqa: SLF001
    e.TimeLimitPassed: Checker._time_limit,  # noqa: SLF001
    e.SessionEnded: Checker._ended,  # noqa: SLF001
}
