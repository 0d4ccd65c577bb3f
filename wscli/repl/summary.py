"""What a session comes to: counts, rates and round trips, as lines to show and as one line below the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.events import Side
from wscli.render.style import Line
from wscli.repl.store import Store, Tally
from wscli.text import cell_width, duration_text, size_text, visible


def statistics(store: Store, now: float) -> list[Line]:
    """Return what `/show stats` shows, no wider than 40 cells but for the round trips."""
    end = store.ended_at if store.ended is not None else now
    seconds = max(end - store.opened_at, 1e-3)
    columns = [_column(store.tallies[side], seconds, end) for side in (Side.REMOTE, Side.LOCAL)]
    lines: list[Line] = [(("title", f"  {'':11}{'received':>12}  {'sent':>12}"),)]
    lines += [
        (("name", f"  {name:<11}"), ("plain", "  ".join(f"{column[name]:>12}" for column in columns)))
        for name in columns[0]
    ]
    if store.opened is not None:
        lines.append((("name", "  open       "), ("plain", f"{duration_text(seconds):>12}")))
    if store.round_trips:
        lines.append((("name", "  pongs      "), ("plain", f"  {round_trip_text(store.round_trips)}")))
    if store.dropped:
        lines.append((("note", f"  {store.dropped} frames are no longer kept"),))
    return lines


def _column(tally: Tally, seconds: float, end: float) -> dict[str, str]:
    return {
        "frames": str(tally.frames),
        "messages": str(tally.messages),
        "payload": size_text(tally.payload_bytes),
        "wire": size_text(tally.wire_bytes),
        "per second": f"{tally.messages / seconds:.1f}",
        "last": "-" if tally.last_at is None else f"{duration_text(max(0.0, end - tally.last_at))} ago",
    }


def round_trip_text(round_trips: Sequence[float]) -> str:
    """Return the percentiles of round trips."""
    ordered = sorted(round_trips)
    named = (("min", 0.0), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))
    shown = [f"{name} {duration_text(ordered[round((len(ordered) - 1) * place)])}" for name, place in named]
    return f"{len(ordered)} round trips  {' · '.join(shown)}"


def toolbar(store: Store, url: str, now: float, width: int, recording: str | None) -> str:
    """Return the line below the prompt, what matters most first, no wider than the terminal; safe to show."""
    sent, received = store.tallies[Side.LOCAL], store.tallies[Side.REMOTE]
    opened, ended = store.opened, store.ended
    state = "closed" if ended is not None else "open" if opened is not None else "connecting"
    parts = [
        state,
        f"↑{sent.messages} {size_text(sent.payload_bytes)}",
        f"↓{received.messages} {size_text(received.payload_bytes)}",
    ]
    if ended is None and opened is not None:
        last = max((tally.last_at for tally in (sent, received) if tally.last_at is not None), default=store.opened_at)
        if store.round_trips:
            parts.append(f"rtt {duration_text(store.round_trips[-1])}")
        if now - last >= 1:
            parts.append(f"idle {now - last:.0f} s")
    if recording is not None:
        parts.append(f"● {visible(recording)}")
    parts.append(url)
    if opened is not None:
        parts += [visible(opened.subprotocol)] if opened.subprotocol else []
        parts.append("deflate" if opened.deflate is not None else "no deflate")
    if store.application:
        parts.append(visible(store.application))
    line = ""
    for part in parts:
        longer = f"{line} · {part}" if line else f" {part}"
        if cell_width(longer) + 1 > width:
            break
        line = longer
    return line
