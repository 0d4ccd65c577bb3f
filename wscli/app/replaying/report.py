"""What a replay came to: for people, as JSON, as JUnit's XML for test runners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wscli.engine.jobs.comparing import Comparison, Difference, Received, Verdict
from wscli.engine.jobs.replay import ReplayJob
from wscli.text import count_text, elide, visible, visible_bytes
from wscli.values import Value

SHOWN = 200
"""Characters of a message that a report shows."""


class RunReport(Value):
    """The result of one run."""

    name: str
    """As `run 1`, `session 3 from 127.0.0.1:5000`."""
    comparisons: tuple[Comparison, ...]
    ending: str | None
    """How its end differs from the recording's; None where it does not."""
    not_captured: tuple[str, ...]
    seconds: float
    what: tuple[str, str] = ("reply", "replies")
    """What is compared, one and many."""

    @property
    def is_different(self) -> bool:
        """Whether anything differs from the recording."""
        return self.ending is not None or any(one.verdict is not Verdict.SAME for one in self.comparisons)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many of each verdict there are."""
        return {verdict: sum(1 for one in self.comparisons if one.verdict is verdict) for verdict in Verdict}


def report_of(job: ReplayJob, name: str, seconds: float, what: tuple[str, str] = ("reply", "replies")) -> RunReport:
    """Return the report of a job whose session is over."""
    return RunReport(name, job.comparisons, job.ending_difference, job.not_captured, seconds, what)


# --- For people ------------------------------------------------------------------------------------------------------
def difference_text(report: RunReport) -> str:
    """Return what differs, nothing where nothing does; escaped."""
    lines: list[str] = []
    for comparison in report.comparisons:
        if comparison.verdict is not Verdict.SAME:
            lines += _comparison_lines(comparison, report.what[0])
    if report.ending is not None:
        lines.append(f"end: {visible(report.ending)}")
    lines += [f"capture {visible(name)}: nothing came for it" for name in report.not_captured]
    return "".join(f"{line}\n" for line in lines)


def _comparison_lines(comparison: Comparison, what: str) -> list[str]:
    lines = [f"{what} {comparison.number}: {comparison.verdict.value}"]
    if comparison.verdict is Verdict.DIFFERENT and not _is_whole(comparison.differences):
        for difference in comparison.differences:
            lines.append(f"  at {visible(difference.place) or 'the value'}")
            lines += [
                f"    recorded  {_side_text(difference.recorded)}",
                f"    received  {_side_text(difference.received)}",
            ]
        return lines
    for name, message in (("recorded", comparison.expected), ("received", comparison.actual)):
        if message is not None:
            lines.append(f"  {name}  {_shown(message.payload)}")
    return lines


def _is_whole(differences: Sequence[Difference]) -> bool:
    """Whether the place says nothing that the messages do not show: they part near their beginning."""
    return len(differences) == 1 and differences[0].place in ("byte 0", "")


def _side_text(data: bytes | None) -> str:
    return "nothing there" if data is None else _shown(data)


def _shown(data: bytes) -> str:
    return elide(visible_bytes(data[: 4 * SHOWN]), SHOWN)


def sums_text(report: RunReport, prefix: str = "replayed") -> str:
    """Return the sums of a run in one line."""
    sums = ", ".join(f"{count} {verdict.value}" for verdict, count in report.counts.items())
    return f"{prefix}: {count_text(len(report.comparisons), *report.what)}, {sums}\n"


# --- As JSON ---------------------------------------------------------------------------------------------------------
def report_json(report: RunReport, status: int) -> str:
    """Return a line of JSON for each comparison, and one with the sums."""
    from json import dumps

    records: list[dict[str, Any]] = [{"run": report.name, **_comparison_json(one)} for one in report.comparisons]
    sums: dict[str, Any] = {verdict.value: count for verdict, count in report.counts.items()}
    end = {"ending": report.ending, "not_captured": list(report.not_captured), "seconds": round(report.seconds, 6)}
    records.append({"run": report.name, "compared": len(report.comparisons), **sums, **end, "status": status})
    return "".join(f"{dumps(record)}\n" for record in records)


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    record: dict[str, Any] = {"number": comparison.number, "verdict": comparison.verdict.value}
    if comparison.verdict is not Verdict.SAME:
        for name, message in (("recorded", comparison.expected), ("received", comparison.actual)):
            if message is not None:
                record[name] = _message_json(message)
    if comparison.differences:
        record["differences"] = [
            {"place": one.place, "recorded": _text(one.recorded), "received": _text(one.received)}
            for one in comparison.differences
        ]
    return record


def _message_json(message: Received) -> dict[str, str]:
    try:
        return {"kind": message.kind.value, "text": message.payload.decode()}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"kind": message.kind.value, "base64": b64encode(message.payload).decode()}


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "backslashreplace")


# --- For test runners ------------------------------------------------------------------------------------------------
def junit_xml(reports: Iterable[RunReport], name: str) -> str:
    """Return the reports as JUnit's XML: a suite a run, a case a message and one for the end."""
    suites = "".join(_suite(report, name) for report in reports)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suites}</testsuites>\n'


def _suite(report: RunReport, name: str) -> str:
    cases = [_case(f"{report.what[0]} {one.number}", name, _failure(one, report.what[0])) for one in report.comparisons]
    cases.append(_case("end", name, "" if report.ending is None else _element("different", report.ending)))
    failures = sum(1 for case in cases if "<failure" in case)
    attributes = f'name={_quoted(f"{name}: {report.name}")} tests="{len(cases)}" failures="{failures}"'
    return f'<testsuite {attributes} time="{report.seconds:.3f}">\n{"".join(cases)}</testsuite>\n'


def _case(name: str, suite: str, failure: str) -> str:
    return f"<testcase classname={_quoted(suite)} name={_quoted(name)}>{failure}</testcase>\n"


def _failure(comparison: Comparison, what: str) -> str:
    if comparison.verdict is Verdict.SAME:
        return ""
    return _element(comparison.verdict.value, "\n".join(_comparison_lines(comparison, what)))


def _element(message: str, text: str) -> str:
    from xml.sax.saxutils import escape

    # What XML cannot hold (control characters) is escaped before, as for a terminal.
    return f"<failure message={_quoted(message)}>{escape(visible(text, newlines=True))}</failure>"


def _quoted(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(visible(text))
