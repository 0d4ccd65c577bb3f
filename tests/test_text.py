from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.errors import UsageProblem
from wscli.text import (
    _ESCAPES,
    _MARKS,
    MARKS_KEPT,
    TABLE_LIMIT,
    cell_width,
    count_text,
    duration_text,
    elide,
    hex_dump,
    nearest,
    parse_duration,
    parse_size,
    size_text,
    visible,
    visible_bytes,
)

any_text = st.text(max_size=30) | st.text("a\\\x1b\u202e\u200b\ud800\u0301\U000e0041\n\t\r\x7f\x9b宽", max_size=30)


# --- Escapes ---------------------------------------------------------------------------------------------------------
@given(any_text)
def test_what_is_visible_holds_only_printable_characters(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(text, newlines=True).replace("\n", "").replace("\t", "").isprintable()


@given(any_text)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(text) == visible(visible(text))


@given(st.binary(max_size=30))
def test_bytes_become_visible_too(data: bytes) -> None:
    assert visible_bytes(data).isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain \\x1b", "plain \\x1b"),
        ("é宽", "é宽"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\n\tb", "a\\r\\n\\tb"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\u200b", "\\u200b"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("\x00\x7f", "\\x00\\x7f"),
    ],
)
def test_every_hidden_character_has_its_escape(text: str, expected: str) -> None:
    assert expected == visible(text)


def test_newlines_and_tabs_can_be_kept() -> None:
    assert "a\n\tb\\r" == visible("a\n\tb\r", newlines=True)


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert "é\\xff\\x00" == visible_bytes(b"\xc3\xa9\xff\x00")


def test_marks_do_not_pile_up_over_other_lines() -> None:
    assert "e" + "\u0301" * MARKS_KEPT + "<+3 marks>x" == visible("e" + "\u0301" * (MARKS_KEPT + 3) + "x")
    assert "e" + "\u20dd" * MARKS_KEPT + "<+1 marks>" == visible("e" + "\u20dd" * (MARKS_KEPT + 1))
    assert "e" + "\u0301" * MARKS_KEPT == visible("e" + "\u0301" * MARKS_KEPT)


@given(any_text)
def test_no_more_marks_in_a_row_than_kept(text: str) -> None:
    run = longest = 0
    for character in visible(text + "\u0301" * 20):
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    assert longest <= MARKS_KEPT


# --- Widths ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("宽", 2), ("é", 1), ("e\u0301", 1), ("é\x1b", 2)])
def test_widths_are_cells(text: str, width: int) -> None:
    assert width == cell_width(text)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("宽宽", 4, "宽宽"),
        ("宽宽", 3, "宽…"),
        ("宽宽", 2, "…"),
        ("a", 0, ""),
        ("", 0, ""),
        ("ab", 1, "…"),
    ],
)
def test_long_texts_are_cut_to_cells(text: str, width: int, expected: str) -> None:
    assert expected == elide(text, width)


@given(any_text.map(visible), st.integers(0, 12))
def test_nothing_elided_is_wider_than_asked(text: str, width: int) -> None:
    cut = elide(text, width)
    assert cell_width(cut) <= width
    assert cut == text or text.startswith(cut.removesuffix("…"))


# --- Hex dumps -------------------------------------------------------------------------------------------------------
def test_a_dump_looks_like_that_of_hexdump() -> None:
    assert [
        "00000010  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|",
        "00000020  00 7f 20                                          |.. |",
    ] == hex_dump(b"ABCDEFGHIJKLMNOP\x00\x7f ", start=16)
    assert [] == hex_dump(b"")


@given(st.binary(max_size=50), st.sampled_from([8, 16]))
def test_a_dump_gives_the_bytes_back(data: bytes, width: int) -> None:
    lines = hex_dump(data, width=width)
    assert data == b"".join(bytes.fromhex(line[10 : 10 + width * 3].strip()) for line in lines)
    assert 1 >= len({line.index("|") for line in lines})


# --- Units -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (9999, "9999 B"),
        (10240, "10.0 KiB"),
        (5 << 20, "5.0 MiB"),
        (1 << 40, "1.0 TiB"),
        (3 << 30, "3.0 GiB"),
        (1023999, "1.0 MiB"),
    ],
)
def test_sizes_are_shown(count: int, expected: str) -> None:
    assert expected == size_text(count)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0002, "0.2 ms"),
        (0.012, "12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (1.2, "1.20 s"),
        (59.99, "59.99 s"),
        (59.999, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.7, "1 h 00 min"),
        (10920, "3 h 02 min"),
        (59.996, "1 min 00 s"),
        (0.0099, "9.9 ms"),
        (0.00999, "10 ms"),
    ],
)
def test_durations_are_shown(seconds: float, expected: str) -> None:
    assert expected == duration_text(seconds)


def test_numbers_come_with_their_nouns() -> None:
    assert ["1 message", "2 messages", "0 replies"] == [
        count_text(1, "message"),
        count_text(2, "message"),
        count_text(0, "reply", "replies"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("12", 12),
        ("1_000", 1000),
        ("10k", 10240),
        ("10 KiB", 10240),
        ("10KB", 10240),
        ("1.5M", 3 << 19),
        ("2g", 2 << 30),
        ("1TiB", 1 << 40),
        (" 7b ", 7),
    ],
)
def test_sizes_are_read(text: str, expected: int) -> None:
    assert expected == parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "k", "x", "-1", "1x", "1.2.3", "_1", "²", "1ib", "1 k k", "nan", "inf", "1" * 400]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse_size(text)
    assert ("size/form", text) == (refused.value.code, refused.value.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("250ms", 0.25),
        ("2m", 120),
        ("2min", 120),
        ("1h30m", 5400),
        ("1 h 5 s", 3605),
        ("1d", 86400),
        (" 3 ", 3),
    ],
)
def test_durations_are_read(text: str, expected: float) -> None:
    assert expected == parse_duration(text)


@pytest.mark.parametrize("text", ["", " ", "s", "x", "-1", "1x", "5 6", "1h30", "nan", "inf", "1e3", "²s", "1" * 400])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse_duration(text)
    assert ("duration/form", text) == (refused.value.code, refused.value.value)


@given(st.text(max_size=8) | st.text("0123456789._ kmgtibhsd", max_size=8))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for parse in (parse_size, parse_duration):
        try:
            number = parse(text)
        except UsageProblem:
            continue
        assert 0 <= number < float("inf")


def test_a_mistyped_word_has_a_neighbour() -> None:
    assert "connect" == nearest("conect", ["send", "connect"])
    assert nearest("xyz", ["send", "connect"]) is None


def test_text_that_is_ascii_needs_no_table_of_widths() -> None:
    code = "import sys; from wscli.text import elide; elide('abc', 2); sys.exit('wcwidth' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


# --- What goes beyond the ordinary -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\x85\xa0\xad", "\\x85\\xa0\\xad"),
        ("\u061c\u200f\u2028\u2060\u206f\ufeff", "\\u061c\\u200f\\u2028\\u2060\\u206f\\ufeff"),
        ("\ufff9\ufffb\ue000", "\\ufff9\\ufffb\\ue000"),
        ("\U000e0001\U000e007f", "\\U000e0001\\U000e007f"),
    ],
)
def test_what_formats_or_is_private_has_its_escape(text: str, expected: str) -> None:
    assert expected == visible(text)


def test_each_run_of_marks_is_cut_beside_escapes_too() -> None:
    kept, more = "e" + "\u0301" * MARKS_KEPT, "\u0301" * 57
    text = f"\x1b{kept}{more}x{kept}\u0301\n"
    assert f"\\x1b{kept}<+57 marks>x{kept}<+1 marks>\n" == visible(text, newlines=True)


def test_all_of_unicode_is_safe_and_does_not_fill_the_memory() -> None:
    assert visible("".join(map(chr, range(0x20000)))).isprintable()
    assert len(_ESCAPES) <= TABLE_LIMIT
    assert len(_MARKS) <= TABLE_LIMIT


def test_a_surrogate_in_bytes_is_no_text() -> None:
    assert "\\xed\\xa0\\x80" == visible_bytes(b"\xed\xa0\x80")


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("hello", -1, ""),
        ("e\u0301" * 3, 3, "e\u0301" * 3),
        ("e\u0301" * 3, 2, "e\u0301…"),
        ("\u2764\ufe0f", 2, "\u2764\ufe0f"),
        ("\u2764\ufe0f\u2764\ufe0f", 3, "\u2764\ufe0f…"),
        ("a\u2764\ufe0f", 2, "a…"),
    ],
)
def test_marks_take_no_room_and_stay_with_their_character(text: str, width: int, expected: str) -> None:
    assert expected == elide(text, width)


def test_a_control_character_beside_wide_ones_takes_a_cell() -> None:
    assert 3 == cell_width("宽\x07")


@given(st.binary(max_size=50), st.integers(1, 20))
def test_a_dump_of_any_width_has_straight_columns(data: bytes, width: int) -> None:
    lines = hex_dump(data, width=width)
    assert data == b"".join(bytes.fromhex(line[10 : line.index("|")]) for line in lines)
    assert 1 >= len({line.index("|") for line in lines})


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-0.0014, "-1.4 ms"), (float("inf"), "inf s"), (float("nan"), "nan s")]
)
def test_a_duration_that_cannot_be_is_shown_all_the_same(seconds: float, expected: str) -> None:
    assert expected == duration_text(seconds)


@given(st.floats(60, 1e6))
def test_a_duration_that_is_shown_can_be_typed(seconds: float) -> None:
    shown = duration_text(seconds)
    assert shown == duration_text(parse_duration(shown))
