"""Numbers as people read them, a line each, and as JSON."""

from __future__ import annotations

from typing import Any

from wscli.stats.histogram import Histogram
from wscli.stats.summary import Direction, Summary, opcode_counts
from wscli.stats.timeline import Timeline
from wscli.text import count_text, duration_text, size_text, visible

PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))
_LABEL = 11


def line(label: str, text: str) -> str:
    """Return one line of a report."""
    return f"{label:<{_LABEL}}{text}"


def times_text(times: Histogram) -> str:
    """Return the percentiles of times in seconds."""
    shown = [f"{name} {duration_text(times.percentile(share))}" for name, share in PERCENTILES]
    return "  ".join((*shown, f"max {duration_text(times.most)}", f"({times.count})"))


def times_json(times: Histogram) -> dict[str, float | int]:
    """Return count, least, mean, percentiles and most of times in seconds."""
    numbers: dict[str, float | int] = {"count": times.count, "min": times.least, "mean": times.mean}
    for name, share in PERCENTILES:
        numbers[name] = times.percentile(share)
    return {name: round(number, 9) for name, number in (numbers | {"max": times.most}).items()}


def summary_lines(summary: Summary, width: int = 80) -> list[str]:
    """Return the numbers of a session, a line each; nothing of a peer in them is unescaped."""
    lines = [
        line("events", f"{summary.events:,} in {duration_text(summary.end)}"),
        line("sessions", f"{summary.sessions} opened" + "".join(_endings(summary))),
    ]
    lines += _direction_lines("sent", summary.sent, summary.duration)
    lines += _direction_lines("received", summary.received, summary.duration)
    if summary.reply_times.count:
        lines.append(line("replies", times_text(summary.reply_times)))
    if summary.round_trips.count:
        lines.append(line("ping RTT", times_text(summary.round_trips)))
    if summary.silences:
        shown = [f"{duration_text(seconds)} from {duration_text(at)}" for seconds, at in summary.silences]
        lines.append(line("silences", ", ".join(shown)))
    lines += [line("deviation", visible(f"{code} ×{count}")) for code, count in summary.deviations.items()]
    lines += [line("finding", visible(text)) for text in summary.findings]
    lines += _timeline_lines(summary, max(width - _LABEL, 10))
    return lines


def _endings(summary: Summary) -> list[str]:
    return [f", {words}" + (f" ×{count}" if count > 1 else "") for words, count in summary.endings.items()]


def _direction_lines(name: str, side: Direction, duration: float) -> list[str]:
    frames = "  ".join(f"{opcode} {count:,}" for opcode, count in opcode_counts(side).items())
    lines = []
    if side.messages:
        sizes = side.sizes
        rate = f", {side.messages / duration:,.1f}/s" if duration > 0 else ""
        shown = f"{count_text(side.messages, 'message')} ({side.texts} text, {side.binaries} binary){rate}"
        lines.append(line(name, f"{shown}, {size_text(int(sizes.total))}"))
        spread = "  ".join(f"{label} {size_text(round(sizes.percentile(share)))}" for label, share in PERCENTILES)
        lines.append(line("  sizes", f"min {size_text(int(sizes.least))}  {spread}  max {size_text(int(sizes.most))}"))
    if frames:
        saved = f", {size_text(side.frame_bytes)} on the wire"
        lines.append(line("  frames" if side.messages else name, f"{frames}{saved}"))
    return lines or [line(name, "nothing")]


def _timeline(summary: Summary) -> Timeline:
    return summary.timeline if summary.sent.messages or summary.received.messages else summary.frame_timeline


def _timeline_lines(summary: Summary, width: int) -> list[str]:
    timeline = _timeline(summary)
    plot = timeline.plot(width)
    if not plot:
        return []
    bin_width, counts = timeline.bins(width)
    unit = f"up to {max(counts):,} in {duration_text(bin_width)}"
    return [line("timeline", plot), line("", f"0 … {duration_text(summary.end)}, {unit}")]


def summary_json(summary: Summary) -> dict[str, Any]:
    """Return the numbers of a session for machines: times in seconds, sizes in bytes."""
    bin_width, counts = _timeline(summary).bins(64)
    return {
        "events": summary.events,
        "sessions": summary.sessions,
        "seconds": summary.end,
        "endings": summary.endings,
        "sent": _direction_json(summary.sent, summary.duration),
        "received": _direction_json(summary.received, summary.duration),
        "reply_times": times_json(summary.reply_times),
        "ping_round_trips": times_json(summary.round_trips),
        "silences": [{"seconds": seconds, "at": at} for seconds, at in summary.silences],
        "deviations": summary.deviations,
        "findings": summary.findings,
        "timeline": {"bin_seconds": bin_width, "counts": counts},
    }


def _direction_json(side: Direction, duration: float) -> dict[str, Any]:
    return {
        "messages": side.messages,
        "text": side.texts,
        "binary": side.binaries,
        "bytes": int(side.sizes.total),
        "messages_per_second": side.messages / duration if duration > 0 else None,
        "sizes": times_json(side.sizes),
        "frames": opcode_counts(side),
        "wire_bytes": side.frame_bytes,
    }
