"""How fast a recording is summarised: `python -m tests.bench.summary_speed [MESSAGES]`, 1,000,000 by default.

Makes a recording of so many messages (two events each), runs `wscli replay --summary` on a tenth of it and on all, and
prints events a second and the peak of resident memory, which is to be the same for both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.make_recording import make


def summarise(path: str) -> None:
    """Summarise a recording and print what it took."""
    command = [sys.executable, "-m", "wscli", "replay", "--summary", "--json", path]
    begun = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert running.stdout is not None
    events = json.loads(running.stdout.read())["events"]
    _, status, used = os.wait4(running.pid, 0)
    wall = time.perf_counter() - begun
    assert status == 0
    processor = used.ru_utime + used.ru_stime
    print(
        f"{events:,} events in {wall:.1f} s ({events / wall:,.0f}/s), {processor:.1f} s of the processor "
        f"({events / processor:,.0f}/s), {used.ru_maxrss / 1024:.0f} MiB"
    )


def measure(messages: int) -> None:
    """Make the recordings and summarise them."""
    with tempfile.TemporaryDirectory() as folder:
        for count in (messages // 10, messages):
            path = str(Path(folder) / f"{count}.jsonl")
            make(path, count)
            summarise(path)


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
