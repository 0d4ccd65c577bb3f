"""What recording costs: `python -m tests.bench.recording_cost [MESSAGES]`, 100,000 by default.

A peer that has its frames ready sends them as fast as they are taken, so that it is `wscli listen` that is measured:
with and without `--record`, in turns, each some times. Prints the best wall time of both and their ratio, which is to
stay below 2.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.end_to_end.peers import CLOSE_1000, RawServer, upgrade
from wscli.wire.frames import TEXT, FrameOrder, encode_frame

TURNS = 4


def listen(answer: bytes, *options: str) -> float:
    """Return the seconds that a whole run takes."""
    with RawServer(upgrade(answer)) as peer:
        command = [sys.executable, "-m", "wscli", "listen", "--no-deflate", *options, peer.url()]
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun


def measure(messages: int) -> None:
    """Run both in turns and print what they took."""
    payload = b'{"id": %d, "type": "quote", "price": 12.5, "name": "Gr\xc3\xbc\xc3\x9fe"}'
    frames = [encode_frame(FrameOrder(TEXT, payload % number)).raw for number in range(messages)]
    answer = b"".join(frames) + CLOSE_1000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "session.jsonl"
        plain, kept = [], []
        for _ in range(TURNS):
            plain.append(listen(answer))
            kept.append(listen(answer, "--record", str(file)))
        with file.open("rb") as lines:
            count = sum(1 for _ in lines)
        size = file.stat().st_size
    print(f"{messages:,} messages: {min(plain):.2f} s without, {min(kept):.2f} s with a recording")
    print(f"of {count:,} lines and {size / 1e6:.0f} MB: {min(kept) / min(plain):.2f} times the wall time")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
