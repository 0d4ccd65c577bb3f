"""Whether a typed text is JSON that goes on: Enter then begins a new line, as in ptpython."""

from __future__ import annotations

_PAIRS = {"}": "{", "]": "["}


def looks_like_json(text: str) -> bool:
    """Return whether a text begins as an object or an array; two braces begin a template."""
    begin = text.lstrip()[:2]
    return begin[:1] in ("{", "[") and begin != "{{"


def is_unfinished(text: str) -> bool:
    """Return whether a message begins like JSON and has brackets or a string still open."""
    if not looks_like_json(text):
        return False
    outside, is_string = _without_strings(text)
    open_brackets: list[str] = []
    for character in outside:
        if character in "{[":
            open_brackets.append(character)
        elif character in _PAIRS and (not open_brackets or open_brackets.pop() != _PAIRS[character]):
            return False  # it is broken, not unfinished
    return is_string or bool(open_brackets)


def _without_strings(text: str) -> tuple[str, bool]:
    """Return what stands outside of strings, and whether the last one is still open."""
    outside: list[str] = []
    is_string = is_escaped = False
    for character in text:
        if not is_string:
            outside.append(character)
            is_string = character == '"'
        elif is_escaped:
            is_escaped = False
        else:
            is_escaped = character == "\\"
            is_string = character != '"'
    return "".join(outside), is_string


def json_fault(text: str) -> str | None:
    """Return what is wrong with a text that looks like JSON; None for good JSON and for anything else."""
    if not looks_like_json(text):
        return None
    import re
    from json import JSONDecodeError, loads

    try:
        loads(re.sub(r"\{\{[^{}]*\}\}", lambda found: "0".rjust(len(found.group())), text))  # a template is a value
    except JSONDecodeError as error:
        return f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return None
