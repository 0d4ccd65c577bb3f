"""`wscli explain` as its users run it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.end_to_end.conftest import ROOT, environment, run


def test_the_output_is_plain_and_narrow_in_a_pipe() -> None:
    status, output, talk = run("explain", "statuses")
    assert (0, "") == (status, talk)
    assert b"\x1b" not in output
    assert 80 >= max(map(len, output.decode().splitlines()))


def test_words_need_no_quotes() -> None:
    assert b"Hello" in run("explain", "81", "05", "48", "65", "6c", "6c", "6f").output
    assert b"1001" in run("explain", "close", "going", "away").output


def test_options_are_taken_by_either_parser() -> None:
    expected = run("explain", "--as", "opcodes", "10").output
    assert b"PONG" in expected
    assert expected == run("explain", "10", "--as=opcodes").output
    assert b"frame/unmasked" in run("explain", "--role", "client", "--bytes", "8900").output
    status, _, talk = run("explain", "--as", "nonsense", "10")
    assert 2 == status
    assert "it is none of alerts" in talk


def test_frames_come_from_a_pipe() -> None:
    status, output, _ = run("explain", "--json", "-", input=b"\x81\x05Hello\x88\x02\x03\xe8")
    assert 0 == status
    events = [json.loads(line)["event"] for line in output.splitlines()]
    assert ["frame-received", "frame-received", "close-received"] == events


@pytest.mark.parametrize("word", ["frame/masket", "\x1b[31m", "x" * 5000, "810"])
def test_what_is_not_known_is_wrong_usage(word: str) -> None:
    status, output, talk = run("explain", word)
    assert (2, b"") == (status, output)
    assert talk.startswith("wscli: topic `")
    assert "\x1b" not in talk
    assert len(talk) < 400


def test_a_pipe_that_is_closed_early_is_no_trouble() -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "wscli", "explain", "deviations"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    assert b"" == program.stderr.read()
    program.stderr.close()
    program.wait()


def test_the_page_of_rules_is_found_by_its_name() -> None:
    output = run("man", "rules").output.decode()
    assert output.startswith("WSCLI-RULES(7)")
    assert "framing/violation" in output
