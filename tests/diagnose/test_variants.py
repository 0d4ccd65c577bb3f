"""Which changes are worth a request, in which order, what they may carry, and what it means where one works."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diagnose.scripted import CLOSE_1000, OPEN, SWITCH, case_of, session, settings
from tests.strategies import batches
from wscli import events as e
from wscli.diagnose.case import Case
from wscli.diagnose.changes import bare, maybe_target
from wscli.diagnose.planning import plan_variants, why_none
from wscli.diagnose.variants import (
    FOREIGN_ORIGIN,
    Conclusion,
    Tried,
    Variant,
    answer_of,
    answers,
    goes_well,
    maybe_conclusion,
    maybe_next,
    opens,
    speaks_tls,
)
from wscli.events import Batch, Event, StreamEnd
from wscli.protocol.client import decode_request, request_bytes
from wscli.settings import ConnectionSettings, HandshakeSettings, HeaderChange, TlsSettings
from wscli.wire.certificate import Certificate
from wscli.wire.url import decode_url

ALL_SUBPROTOCOLS = "graphql-transport-ws, graphql-ws, mqtt, v12.stomp, wamp.2.json, actioncable-v1-json, ocpp1.6"
OWN = "Origin: http://example.org"
ENDED = e.SessionEnded(None, None, None, is_clean=False, stream=StreamEnd.ABANDONED)
LEAF = Certificate(b"", "CN=x", "CN=x", (), "", "", "", "")
SECRET = ConnectionSettings(
    decode_url("wss://me:word@example.org/chat?token=abc"),
    HandshakeSettings(
        headers=(
            HeaderChange("Cookie", "sid=1"),
            HeaderChange("Authorization", "Basic eA=="),
            HeaderChange("X-Key", "k"),
        ),
        subprotocols=("bearer.abc",),
        credentials=("me", "word"),
    ),
    TlsSettings(certificate="me.pem", key="me.key", key_password="word"),
)  # fmt: skip
SECRETS = (b"word", b"abc", b"sid=1", b"eA==", b"Authorization", b"Cookie", b"X-Key", b"bearer")


def answered(answer: bytes, of: ConnectionSettings | None = None) -> Case:
    return case_of(session((0.1, answer), (0.2, StreamEnd.FINISHED), of=of))


def status(code: int, *fields: str, body: str = "") -> bytes:
    lines = (f"HTTP/1.1 {code} X", *fields, f"Content-Length: {len(body)}", "", body)
    return "\r\n".join(lines).encode()


def happened(*events: Event) -> Case:
    return case_of([Batch(0.0, events)])


def planned(case: Case, of: ConnectionSettings | None = None) -> list[str]:
    return [variant.change for variant in plan_variants(case, of or settings())]


def groups(case: Case, of: ConnectionSettings | None = None) -> list[str]:
    """Return the groups in their order, each once."""
    return list(dict.fromkeys(variant.group for variant in plan_variants(case, of or settings())))


def sent(variant: Variant) -> bytes:
    return request_bytes(variant.settings, bytes)


def only(case: Case, of: ConnectionSettings | None = None) -> Variant:
    (variant,) = plan_variants(case, of or settings())
    return variant


# --- Which, in which order -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(403), ["origin", "connection", "subprotocol", "slash", "deflate", "scheme"]),
        (status(404), ["slash", "origin", "connection", "subprotocol", "deflate", "scheme"]),
        (status(400), ["subprotocol", "connection", "slash", "origin", "deflate", "scheme"]),
        (status(400, body="The plain HTTP request was sent to HTTPS port"),
         ["scheme", "subprotocol", "connection", "slash", "origin", "deflate"]),
        (status(401), []),
        (status(429), []),
        (status(503), []),
        (status(502), []),
        (status(421), ["scheme"]),
        (status(426, "Sec-WebSocket-Version: 8, 7"), []),
        (status(426, "Sec-WebSocket-Version: 13"),
         ["subprotocol", "connection", "slash", "origin", "deflate", "scheme"]),
        (status(301, "Location: /chat/"), ["redirect", "slash"]),
        (status(301, "Location: https://elsewhere.test/"), ["slash"]),
        (status(302, "Location: /chat"), ["slash"]),
        (status(302), ["slash"]),
        (b"", ["scheme", "origin", "connection", "deflate"]),
        (b"\x15\x03\x01\0\x02\x02\x46", ["scheme"]),
        (b"SSH-2.0-x\r\n", []),
        (OPEN, ["deflate", "subprotocol", "origin"]),
        (OPEN + b"\x81\x82\0\0\0\0hi", ["deflate"]),
        (OPEN + b"\x88\x02\x03\xf0", ["subprotocol", "origin", "deflate"]),
        (OPEN + b"\x88\x02\x03\xea", ["deflate", "subprotocol", "origin"]),
        (OPEN + CLOSE_1000, []),
        (SWITCH + b"Sec-WebSocket-Extensions: x\r\n\r\n", ["deflate"]),
        (SWITCH.replace(b"websocket", b"h2c") + b"\r\n", []),
    ],
)  # fmt: skip
def test_what_is_tried_depends_on_the_answer(answer: bytes, expected: list[str]) -> None:
    assert expected == groups(answered(answer))


def test_a_subprotocol_that_breaks_the_101_is_left_out_next() -> None:
    of = settings(handshake=HandshakeSettings(subprotocols=("chat",)))
    answer = SWITCH + b"Sec-WebSocket-Protocol: other\r\n\r\n"
    assert ["no subprotocol"] == planned(answered(answer, of), of)


def test_nothing_is_tried_where_nothing_was_reached_or_somebody_interrupted() -> None:
    for case in (
        happened(e.NameFailed("x", "unknown"), ENDED),
        happened(e.ConnectFailed("x", "refused"), ENDED),
        happened(e.Interrupted("SIGINT"), e.HandshakeRefused(403, ""), ENDED),
        happened(e.TimeLimitPassed("connect-timeout", 1.0), ENDED),
        happened(e.Opened(None, "", None), e.TimeLimitPassed("close-timeout", 1.0), ENDED),
    ):
        assert [] == planned(case)
        assert why_none(case)


def test_a_silent_server_is_asked_in_the_other_scheme() -> None:
    silent = happened(e.Connected("a:80", "b:1"), e.TimeLimitPassed("connect-timeout", 1.0), ENDED)
    assert ["wss:// in place of ws://"] == planned(silent)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(401), "a 401 asks for what no variant has"),
        (status(429), "a 429 asks to leave the server alone for a while"),
        (status(502), "a 502 is about what lies behind the proxy"),
        (status(426, "Sec-WebSocket-Version: 8"), "the server speaks other versions of the protocol"),
        (b"SSH-2.0-x\r\n", "none would decide anything"),
        (OPEN + CLOSE_1000, "nothing to find out"),
    ],
)
def test_why_nothing_is_tried_is_said(answer: bytes, words: str) -> None:
    assert words == why_none(answered(answer))


# --- The changes -----------------------------------------------------------------------------------------------------
def test_the_origins_are_own_null_and_foreign() -> None:
    variants = [one for one in plan_variants(answered(status(403)), settings()) if one.group == "origin"]
    assert [(OWN, False), ("Origin: null", True), (f"Origin: {FOREIGN_ORIGIN}", True)] == [
        (one.change, one.refines) for one in variants
    ]
    assert b"\r\nOrigin: http://example.org\r\n" in sent(variants[0])
    assert "wscli connect --origin http://example.org ws://example.org/chat" == variants[0].advice


@pytest.mark.parametrize(
    "handshake",
    [HandshakeSettings(origin="http://mine.test"), HandshakeSettings((HeaderChange("origin", "http://mine.test"),))],
)
def test_an_origin_of_the_users_is_left_out_first(handshake: HandshakeSettings) -> None:
    of = settings(handshake=handshake)
    first, second, *_ = plan_variants(answered(status(403), of), of)
    assert ("no Origin", OWN) == (first.change, second.change)
    assert b"mine.test" not in sent(first) + sent(second)


def test_the_slash_is_added_or_taken_away_before_the_query() -> None:
    for path, changed in (("/x?a=1", b"GET /x/?a=1 "), ("/x/?a=1", b"GET /x?a=1 ")):
        of = settings(f"ws://example.org{path}")
        assert sent(plan_variants(answered(status(404), of), of)[0]).startswith(changed)
    assert "slash" not in groups(answered(status(404)), settings("ws://example.org"))


@pytest.mark.parametrize(
    ("own", "change"),
    [(None, "Connection: keep-alive, Upgrade"), ("keep-alive, Upgrade", "Connection: Upgrade")],
)
def test_connection_is_spelled_the_other_way(own: str | None, change: str) -> None:
    of = settings(handshake=HandshakeSettings((HeaderChange("Connection", own),) if own else ()))
    found = [one for one in plan_variants(answered(status(400), of), of) if one.group == "connection"]
    assert [change] == [one.change for one in found]
    assert change.encode() + b"\r\n" in sent(found[0])


@pytest.mark.parametrize(
    ("url", "answer", "first"),
    [
        ("ws://example.org/", status(400, body="use mqtt please"), "Sec-WebSocket-Protocol: mqtt"),
        ("ws://example.org/v1/graphql", status(400), "Sec-WebSocket-Protocol: graphql-transport-ws, graphql-ws"),
        ("ws://example.org/", status(400), f"Sec-WebSocket-Protocol: {ALL_SUBPROTOCOLS}"),
    ],
)
def test_subprotocols_come_from_the_answer_then_the_path(url: str, answer: bytes, first: str) -> None:
    of = settings(url)
    assert first == planned(answered(answer, of), of)[0]


def test_a_subprotocol_of_the_users_is_left_out() -> None:
    of = settings(handshake=HandshakeSettings(subprotocols=("chat",)))
    first = plan_variants(answered(status(400), of), of)[0]
    assert "no subprotocol" == first.change
    assert b"Sec-WebSocket-Protocol" not in sent(first)


def test_compression_is_left_out_or_offered() -> None:
    of = settings(handshake=HandshakeSettings(deflate_offer=None))
    without, with_it = (
        only(answered(SWITCH + b"Sec-WebSocket-Extensions: x\r\n\r\n", one), one) for one in (settings(), of)
    )
    assert ("no compression", "with compression") == (without.change, with_it.change)
    assert b"permessage-deflate" not in sent(without)
    assert b"permessage-deflate" in sent(with_it)


def test_host_and_server_name_of_the_users_go_back_to_the_urls() -> None:
    of = settings(
        "wss://example.org/", handshake=HandshakeSettings(host="other.test"), tls=TlsSettings(server_name="other.test")
    )
    variant = only(answered(status(421), of), of)
    assert "Host: example.org" == variant.change
    assert b"Host: example.org\r\n" in sent(variant)
    assert None is variant.settings.tls.server_name


def test_alpn_goes_back_to_http_1_or_away() -> None:
    of = settings("wss://example.org/", tls=TlsSettings(alpn=("h2", "http/1.1")))
    refused = happened(e.Connected("a", "b"), e.TlsFailed("no application protocol", "no_application_protocol"), ENDED)
    assert ["ALPN http/1.1", "no ALPN"] == planned(refused, of)
    assert ["no ALPN"] == planned(refused, settings("wss://example.org/"))
    assert ["alpn"] == groups(answered(status(421), of), of)


# --- Schemes, redirects and secrets ----------------------------------------------------------------------------------
def test_a_plain_port_moves_to_the_one_of_tls_and_another_port_stays() -> None:
    moved = [one for one in plan_variants(answered(status(403)), settings()) if one.group == "scheme"]
    assert ["wss://example.org/chat"] == [one.settings.url.text for one in moved]
    assert opens is moved[0].works
    of = settings("ws://example.org:8080/")
    assert "scheme" not in groups(answered(status(403), of), of)
    stays = plan_variants(answered(b"", of), of)[0]
    assert ("wss://example.org:8080/", speaks_tls) == (stays.settings.url.text, stays.works)


def test_tls_inside_http_has_no_other_scheme() -> None:
    of = settings(upgrades_tls=True)
    assert "scheme" not in groups(answered(b"", of), of)


def test_a_downgrade_carries_nothing_secret() -> None:
    no_tls = happened(e.Connected("a", "b"), e.TlsFailed("no TLS", first_bytes=b"HTTP/1.1 400"), ENDED)
    variant = only(no_tls, SECRET)
    assert "ws://example.org:443/chat" == variant.settings.url.text
    assert [] == [secret for secret in SECRETS if secret in sent(variant)]
    assert (None, None) == (variant.settings.tls.certificate, variant.settings.tls.key)
    assert answers is variant.works


def test_a_bad_certificate_is_passed_over_with_nothing_secret() -> None:
    bad = happened(e.CertificatesReceived((LEAF,)), e.TlsFailed("expired", verify_code=10), ENDED)
    variant = only(bad, SECRET)
    assert variant.settings.tls.insecure
    assert [] == [secret for secret in SECRETS if secret in sent(variant)]
    assert not variant.explains


def test_no_variant_that_may_be_read_on_the_way_is_secret() -> None:
    """Whatever the answer: what goes out without verified TLS has no credentials, where the URL says wss."""
    cases = [answered(status(code, "Location: ws://example.org/x"), SECRET) for code in (301, 400, 403, 404, 421, 500)]
    cases += [answered(b"", SECRET), happened(e.Connected("a", "b"), e.TlsFailed("gone"), ENDED)]
    for variant in [one for case in cases for one in plan_variants(case, SECRET)]:
        if not variant.settings.url.is_secure or variant.settings.tls.insecure:
            assert [] == [secret for secret in SECRETS if secret in sent(variant)], variant.change
        assert "example.org" == variant.settings.url.host


def test_bare_keeps_the_offer_and_the_origin() -> None:
    of = bare(settings(handshake=HandshakeSettings(origin="http://o.test", deflate_offer=None, user_agent="x")))
    assert ("http://o.test", None) == (of.handshake.origin, of.handshake.deflate_offer)


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("ws://h/a/b?c", "/x?y", "ws://h/x?y"),
        ("ws://h/a/b?c", "x", "ws://h/a/x"),
        ("ws://h:81/a", "//h/x", "ws://h/x"),
        ("ws://h/a", "https://h/x#top", "wss://h/x"),
        ("ws://h/a", "ftp://h/x", None),
        ("ws://h/a", "https://", None),
        ("ws+unix:///run/s:/a", "/x", "ws+unix:///run/s:/x"),
        ("ws+unix:///run/s:/a", "http://h/x", None),
    ],
)
def test_a_location_is_resolved(url: str, location: str, target: str | None) -> None:
    found = maybe_target(decode_url(url), location)
    assert target == (None if found is None else found.text)


@pytest.mark.parametrize(
    ("url", "location", "is_bare"),
    [
        ("ws://me:pw@example.org/a", "/b", False),
        ("ws://me:pw@example.org/a", "https://example.org/b", False),
        ("ws://me:pw@example.org/a", "http://example.org:81/b", True),
        ("wss://me:pw@example.org/a", "http://example.org/b", True),
        ("wss://me:pw@example.org/a", "https://example.org/b", False),
    ],
)
def test_a_redirect_carries_credentials_only_where_they_are_as_safe(url: str, location: str, is_bare: bool) -> None:
    of = settings(url)
    variant = plan_variants(answered(status(302, f"Location: {location}"), of), of)[0]
    assert "redirect" == variant.group
    assert is_bare is (b"Authorization" not in sent(variant))


# --- What came of it -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (happened(e.Interrupted("SIGINT")), "stopped"),
        (happened(e.NameFailed("x", "y")), "no DNS"),
        (happened(e.ConnectFailed("x", "y")), "no TCP"),
        (happened(e.TlsFailed("x")), "no TLS"),
        (happened(e.TlsFailed("x", verify_code=10)), "bad cert"),
        (happened(e.TimeLimitPassed("connect-timeout", 1.0)), "timeout"),
        (happened(), "nothing"),
        (answered(status(404)), "404"),
        (answered(b""), "no HTTP"),
        (answered(SWITCH.replace(b"websocket", b"h2c") + b"\r\n"), "bad 101"),
        (answered(OPEN), "101, cut"),
        (answered(OPEN + CLOSE_1000), "101"),
        (answered(OPEN + b"\x88\x02\x03\xf0"), "101, 1008"),
        (answered(OPEN + b"\x83\x00"), "101, broken"),
    ],
)
def test_an_answer_is_a_word_or_two(case: Case, answer: str) -> None:
    assert answer == answer_of(case)


def test_what_works_is_told_by_what_was_hoped_for() -> None:
    good, refused, bad_close = answered(OPEN + CLOSE_1000), answered(status(404)), answered(OPEN + b"\x88\x02\x03\xf0")
    assert [True, False, True] == [opens(case) for case in (good, refused, bad_close)]
    assert [True, False, False] == [goes_well(case) for case in (good, refused, bad_close)]
    assert [True, True, False] == [answers(case) for case in (good, refused, answered(b""))]
    assert [False, True] == [speaks_tls(case) for case in (good, happened(e.CertificatesReceived((LEAF,))))]


def tried(*outcomes: tuple[str, bool], of: ConnectionSettings | None = None) -> list[Tried]:
    variants = {one.change: one for one in plan_variants(answered(status(403), of), of or settings())}
    return [Tried(variants[change], "101" if works else "403", works) for change, works in outcomes]


NULL, FOREIGN = "Origin: null", f"Origin: {FOREIGN_ORIGIN}"


@pytest.mark.parametrize(
    ("outcomes", "following"),
    [
        ((), OWN),
        (((OWN, True),), NULL),
        (((OWN, True), (NULL, False)), FOREIGN),
        (((OWN, True), (NULL, False), (FOREIGN, False)), None),
        (((OWN, False),), "Connection: keep-alive, Upgrade"),
        (((OWN, False), ("Connection: keep-alive, Upgrade", True)), None),
    ],
)
def test_one_after_the_other_until_a_group_has_worked(
    outcomes: tuple[tuple[str, bool], ...], following: str | None
) -> None:
    found = maybe_next(plan_variants(answered(status(403)), settings()), tried(*outcomes))
    assert following == (None if found is None else found.change)


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (((OWN, True),), "the server wants an Origin header, and takes http://example.org"),
        (((OWN, True), (FOREIGN, True)), "the server wants an Origin header, and takes any"),
        (((OWN, True), (FOREIGN, False)), "it has a list of those allowed"),
        ((("path /chat/", True),), "the server knows this path with the slash at its end only"),
    ],
)
def test_what_worked_is_the_cause(outcomes: tuple[tuple[str, bool], ...], words: str) -> None:
    conclusion = maybe_conclusion(tried(*outcomes))
    assert isinstance(conclusion, Conclusion)
    assert words in conclusion.cause
    assert outcomes[0][0] == conclusion.change


def test_an_origin_that_is_not_taken_is_the_cause_by_itself() -> None:
    of = settings(handshake=HandshakeSettings(origin="http://mine.test"))
    conclusion = maybe_conclusion(tried(("no Origin", True), of=of))
    assert conclusion is not None
    assert "the server does not take the Origin http://mine.test" == conclusion.cause


def test_nothing_follows_where_nothing_worked() -> None:
    assert None is maybe_conclusion(tried((OWN, False)))
    assert None is maybe_conclusion([])


# --- Laws ------------------------------------------------------------------------------------------------------------
@given(st.lists(batches, max_size=8), st.booleans())
def test_no_session_makes_planning_raise_or_go_to_another_host(happened: list[Batch], is_secure: bool) -> None:
    of = SECRET if is_secure else settings()
    case = case_of(happened)
    for variant in plan_variants(case, of):
        assert "example.org" == variant.settings.url.host
        decode_request(sent(variant))
        if is_secure and (not variant.settings.url.is_secure or variant.settings.tls.insecure):
            assert [] == [secret for secret in SECRETS if secret in sent(variant)]
    assert answer_of(case)
    assert why_none(case)
