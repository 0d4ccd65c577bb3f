"""`wscli replay`: show a recorded session, send it again and compare, play its server, be many users of it."""

from __future__ import annotations

from wscli.cli.command import TALK, Command, Values
from wscli.cli.options import CHOSEN_CONNECTION, CONNECTION, PAYLOAD_FORMATS, Argument, Kind, Option

_SHOWING = "Showing"
_SENDING = "Sending again"
_SERVING = "Playing the server"
_LOAD = "Many users"

_SHOW = (
    Option(
        "only",
        ("--only",),
        Kind.CHOICE,
        "Show one direction only",
        "DIRECTION",
        _SHOWING,
        choices=("sent", "received"),
    ),
    Option(
        "match",
        ("--match",),
        Kind.TEXTS,
        "Show frames and messages only where this regular expression is found; repeat for more, which all must be",
        "REGEX",
        _SHOWING,
    ),
    Option("opcode", ("--opcode",), Kind.TEXT, "Show frames of these opcodes only, as text,ping", "LIST", _SHOWING),
    Option(
        "where",
        ("--where",),
        Kind.TEXTS,
        "Show messages only that are JSON with something, or this, at the path; repeat for more, which all must be",
        "PATH[=VALUE]",
        _SHOWING,
    ),
    Option(
        "summary",
        ("--summary",),
        Kind.FLAG,
        "Show the session in numbers: counts, sizes, rates, times, silences, a timeline",
        panel=_SHOWING,
    ),
)

_SEND = (
    Option(
        "reply_time",
        ("--reply-time",),
        Kind.SECONDS,
        "How long to wait for a reply that the recording has before going on without it",
        "SECONDS",
        _SENDING,
        default="5",
    ),
    Option(
        "set",
        ("--set",),
        Kind.TEXTS,
        "Send this value for each JSON member NAME, or for the value captured as NAME; repeat for more",
        "NAME=VALUE",
        _SENDING,
    ),
    Option(
        "capture",
        ("--capture",),
        Kind.TEXTS,
        "Carry the value at this path of a reply into later messages, in place of the recorded one; repeat for more",
        "NAME=PATH",
        _SENDING,
    ),
    Option(
        "ignore",
        ("--ignore",),
        Kind.TEXTS,
        "Leave this out of the comparison: a JSON path from its slash or $. on, or a regular expression; repeat for "
        "more",
        "PATTERN",
        _SENDING,
    ),
    Option(
        "exact",
        ("--exact",),
        Kind.FLAG,
        "Send frames as they were: the same fragments, pings, mask keys and Close, legal or not",
        panel=_SENDING,
    ),
    Option("loop", ("--loop",), Kind.NUMBER, "Play it this many times", "N", _SENDING, default="1"),
    Option("junit", ("--junit",), Kind.PATH, "Write the comparison for test runners, as JUnit's XML", "FILE", _SENDING),
)

_SERVE = (
    Option(
        "serve",
        ("--serve",),
        Kind.TEXT,
        "Play the server's side to clients, and compare what they send; on loopback unless an address is given",
        "[ADDR:]PORT",
        _SERVING,
    ),
    Option("once", ("--once",), Kind.FLAG, "Leave after one session", panel=_SERVING),
    Option("sessions", ("--sessions",), Kind.NUMBER, "Leave after this many sessions", "N", _SERVING),
)

_USERS = (
    Option("users", ("--users",), Kind.NUMBER, "Be this many users at the same time", "N", _LOAD),
    Option("ramp", ("--ramp",), Kind.SECONDS, "Let the users come over this time", "SECONDS", _LOAD),
    Option(
        "locust",
        ("--locust",),
        Kind.PATH,
        "Write a locustfile that plays the recording as a Locust user, for more than one machine (extra `load`)",
        "FILE.py",
        _LOAD,
    ),
)

OF_ONE_MODE = {
    "match": "show", "opcode": "show", "where": "show", "summary": "show", "only": "show",
    "once": "serve", "sessions": "serve",
    "users": "send", "ramp": "send", "locust": "send",
}  # fmt: skip
"""Options that mean something in one way of replaying alone."""
_NEEDS = {"show": "a recording that is shown", "serve": "--serve", "send": "a URL"}


def run(values: Values) -> int:
    """Do with the recording what was asked for."""
    from wscli.cli.request import connection_settings, recorded_server_settings, replay_speed, with_format

    _refuse_contradictions(values)
    settings = None if values["url"] is None else connection_settings(values)
    server = None if values["serve"] is None else recorded_server_settings(values)
    given = values
    values = with_format(values, *PAYLOAD_FORMATS) | {"speed": replay_speed(values["speed"])}
    if values["locust"] is not None:
        from wscli.app.replaying.locustfile import write_locustfile

        return write_locustfile(values["locust"], values["file"], values["url"], options_given(given))
    from wscli.app.replay import run_replay

    return run_replay(settings, server, values)


def _refuse_contradictions(values: Values) -> None:
    from wscli.errors import UsageProblem

    if values["url"] is not None and values["serve"] is not None:
        reason, hint = "there is a URL too", "give one of them: a server to play against, or an address to serve at"
        raise UsageProblem("replay/both", "--serve", values["serve"], reason, hint=hint)
    mode = "send" if values["url"] is not None else "serve" if values["serve"] is not None else "show"
    for option in (*_SHOW, *_SERVE, *_USERS):
        wanted = OF_ONE_MODE.get(option.name, mode)
        if wanted != mode and values[option.name] not in (None, False, ()):
            reason = f"it needs {_NEEDS[wanted]}"
            raise UsageProblem("replay/option", option.flag, None, reason, hint="leave it away")
    if values["users"] == 0:
        raise UsageProblem("replay/users", "--users", "0", "nobody would come", hint="write 1 or more")
    if values["ramp"] is not None and values["users"] is None:
        raise UsageProblem("replay/ramp", "--ramp", None, "there is one user only", hint="add --users N")
    if values["users"] is not None and values["junit"] is not None:
        raise UsageProblem("replay/junit", "--junit", values["junit"], "it is about one user", hint="drop --users")


_NOT_FOR_LOCUST = frozenset(
    ("locust", "users", "ramp", "loop", "junit", "json", "output", "record", "verbose", "quiet", "color", "dry_run")
)


def options_given(values: Values) -> list[str]:
    """Return the options of a line that differ from their defaults and shape what is sent, as they would be typed."""
    words: list[str] = []
    for option in COMMAND.options:
        value = values[option.name]
        if option.name in _NOT_FOR_LOCUST or value == option.absent_value:
            continue
        if option.kind is Kind.FLAG:
            words.append(option.flag)
        elif option.kind is Kind.OPTIONAL_TEXT:
            words.append(f"{option.flag}={value}")
        else:
            words += [f"{option.flag}={text}" for text in (value if option.kind is Kind.TEXTS else (value,))]
    return words


COMMAND = Command(
    "replay",
    "Show a recorded session, or send it again in step and compare",
    TALK,
    (
        Argument("file", "FILE", "The recording"),
        Argument("url", "URL", "Where to send it again; without it the recording is shown", is_optional=True),
    ),
    (
        Option(
            "speed",
            ("--speed",),
            Kind.TEXT,
            "How much faster than recorded, or max for without pauses",
            "X|max",
            default="1",
        ),
        Option(
            "sync",
            ("--sync",),
            Kind.CHOICE,
            "What the next message waits for: the replies before it, its time, or nothing",
            "WHAT",
            default="reply",
            choices=("reply", "time", "none"),
        ),
        CHOSEN_CONNECTION,
        *_SHOW,
        *_SEND,
        *_SERVE,
        *_USERS,
        *CONNECTION,
        *PAYLOAD_FORMATS,
    ),
    (
        ("Show a recording", "wscli replay session.jsonl"),
        ("Show it in numbers", "wscli replay --summary session.jsonl"),
        ("Play it against a server, in step with its replies", "wscli replay session.jsonl ws://localhost:8080/"),
        (
            "Leave a time stamp out of the comparison",
            "wscli replay --ignore /at session.jsonl localhost:8080",
        ),
        (
            "Carry the token that this run gets into later messages",
            "wscli replay --capture token=/session/token session.jsonl localhost:8080",
        ),
        ("Play its server to a client under test, once", "wscli replay --once --serve 8080 session.jsonl"),
        ("Be a hundred users who come within ten seconds", "wscli replay --users 100 --ramp 10 session.jsonl HOST"),
    ),
    run,
)
