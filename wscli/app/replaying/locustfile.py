"""Writing a locustfile that plays a recording: for Locust's master and workers on as many machines as wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from wscli.app.console import Console
from wscli.app.exit_status import ExitStatus
from wscli.errors import UsageProblem, file_problem
from wscli.record.reader import read_recording

EMBEDDED_AT_MOST = 1 << 20
"""Bytes of a compressed recording that a locustfile holds itself; a larger one is named, and has to be there."""
_LINE = 100

_TEMPLATE = '''"""Plays a recording of wscli as Locust users; written by `wscli replay --locust`.

Each machine needs Locust and wscli: pip install 'wscli[load]'

    locust -f {name} --headless -u 100 -r 10 -t 60s                # on one machine
    locust -f {name} --master --headless -u 100 -r 10 -t 60s --expect-workers 2
    locust -f - --worker --master-host HOST                        # on the others: they fetch this file
"""

from wscli.load import ReplayUser


class Recorded(ReplayUser):
    host = {url!r}
    options = {options}
{source}'''


def write_locustfile(path: str, recording: str, url: str, options: Sequence[str]) -> ExitStatus:
    """Write the file, readable by its owner alone, since options and recording may hold secrets."""
    if recording == "-":
        reason, hint = "standard input is read once, and Locust needs it later", "keep the recording in a file"
        raise UsageProblem("replay/locust", "--locust", path, reason, hint=hint)
    with read_recording(recording) as opened:  # what is no recording is said now, not by a worker later
        for _ in opened.iter_events():
            pass
        notes = list(opened.notes)
    text = _TEMPLATE.format(
        name=os.path.basename(path),  # noqa: PTH119 - os is loaded
        url=url,
        options=_tuple(options),
        source=_source(recording),
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
    except (OSError, ValueError) as error:
        raise file_problem("replay/locust", "--locust", path, error) from error
    console = Console()
    for note in notes:
        console.note(note)
    console.note(f"written: locust -f {path} --headless -u 100 -r 10 -t 60s")
    return ExitStatus.DONE


def _tuple(words: Sequence[str]) -> str:
    return "(" + "".join(f"{word!r}, " for word in words).rstrip() + ")"


def _source(recording: str) -> str:
    from base64 import b64encode
    from gzip import compress

    data = Path(recording).read_bytes()  # it was opened and read just now
    packed = data if data.startswith(b"\x1f\x8b") else compress(data, mtime=0)
    if len(packed) > EMBEDDED_AT_MOST:
        return f"    recording = {str(Path(recording).absolute())!r}\n"
    text = b64encode(packed).decode()
    lines = "".join(f'        "{text[place : place + _LINE]}"\n' for place in range(0, len(text), _LINE))
    return f"    embedded = (\n{lines}    )\n"
