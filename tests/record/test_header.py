"""The first line: what it says, and what makes it none that can be read."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.strategies import values
from wscli.record.codec import decode_json
from wscli.record.convert import BrokenRecord
from wscli.record.header import NewerVersion, RecordingHeader, Secrets, encode_header, header_of


def test_the_first_line_begins_with_format_and_version() -> None:
    header = RecordingHeader("wscli 0.1.0", "2026-11-24T12:00:00.000Z", "listen", "ws://localhost/")
    expected = (
        '{"format":"wscli-recording","version":1,"tool":"wscli 0.1.0","started":"2026-11-24T12:00:00.000Z"'
        ',"command":"listen","url":"ws://localhost/","secrets":"masked"}'
    )
    assert expected == encode_header(header)


@given(values(RecordingHeader))
def test_a_header_survives_its_line(header: RecordingHeader) -> None:
    header = header.replace(version=1)
    assert header == header_of(decode_json(encode_header(header)))


def test_a_header_without_its_details_is_read() -> None:
    expected = RecordingHeader("", "", secrets=Secrets.KEPT)
    assert expected == header_of({"format": "wscli-recording", "version": 1})


def test_a_newer_version_is_told_apart() -> None:
    with pytest.raises(NewerVersion) as caught:
        header_of({"format": "wscli-recording", "version": 2, "tool": 5})
    assert 2 == caught.value.version


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"format": "har", "version": 1},
        {"format": {}, "version": 1},
        {"format": "wscli-recording"},
        {"format": "wscli-recording", "version": True},
        {"format": "wscli-recording", "version": "1"},
        {"format": "wscli-recording", "version": 1, "tool": 1},
        {"format": "wscli-recording", "version": 1, "secrets": "sold"},
    ],
)
def test_what_is_no_header_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(BrokenRecord):
        header_of(record)
