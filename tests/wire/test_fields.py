from __future__ import annotations

import pytest

from tests.wire_script import fixed_entropy
from wscli.protocol.client import request_bytes
from wscli.settings import ConnectionSettings, HandshakeSettings
from wscli.wire.fields import GROUPS, HANDSHAKE, Place
from wscli.wire.grammar import is_token
from wscli.wire.url import decode_url

ALL = [kind for kinds in GROUPS.values() for kind in kinds]


def test_a_field_stands_once_and_is_a_token() -> None:
    names = [kind.name.lower() for kind in ALL]
    assert len(names) == len(set(names))
    assert all(is_token(name) for name in names)


def test_every_field_of_our_own_request_is_known() -> None:
    handshake = HandshakeSettings(subprotocols=("chat",), origin="http://a", user_agent="a", bearer="t")
    request = request_bytes(ConnectionSettings(decode_url("ws://a/"), handshake), fixed_entropy).decode()
    sent = {line.partition(":")[0] for line in request.split("\r\n")[1:] if line}
    assert set() == sent - {kind.name for kind in ALL if kind.place is not Place.RESPONSE}


@pytest.mark.parametrize("name", ["Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"])
def test_the_handshake_has_its_sections(name: str) -> None:
    assert [True] == [kind.section.startswith("RFC 6455") for kind in HANDSHAKE if kind.name == name]
