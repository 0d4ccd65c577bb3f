"""The session without a driver: what it says of streams that end early."""

from __future__ import annotations

import pytest

from tests.engine.test_drivers import Listing, make
from wscli.engine.jobs.job import IdleJob
from wscli.events import StreamEnd, StreamEnded


@pytest.mark.parametrize("how", [StreamEnd.FINISHED, StreamEnd.RESET])
def test_how_the_stream_ended_inside_the_tls_handshake_is_told(how: StreamEnd) -> None:
    sink = Listing()
    session = make("wss://localhost/", IdleJob(), sink)
    session.stream_opened(0.0, "127.0.0.1:443", "127.0.0.1:50000")
    session.stream_ended(how, "", 0.1)
    assert ["TlsFailed", "StreamEnded", "SessionEnded"] == sink.names[-3:]
    assert [how] == [event.how for event in sink.events if isinstance(event, StreamEnded)]
