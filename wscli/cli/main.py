"""Where wscli begins: quick answers first, then the command; every problem ends here as a line and a status.

This module imports nothing that a `--version` would feel.
"""

from __future__ import annotations

import os
import sys

from wscli.errors import EnvironmentProblem, Problem

COMPLETION = "_WSCLI_COMPLETE"
"""The variable in which a shell asks for completions."""


def entry() -> None:
    """Run as a program."""
    _occupy_standard_streams()
    status = main()
    try:
        _flush()
    except OSError:
        _silence_output()  # what a problem left in the buffer would raise again when the interpreter ends
    sys.exit(status)


def main(argv: list[str] | None = None) -> int:
    """Run a command line; returns the exit status and raises nothing."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        status = _answer(argv)
        _flush()
    except Problem as problem:
        _say(str(problem), problem.hint)
        return _status("LOCAL_FAILURE" if isinstance(problem, EnvironmentProblem) else "USAGE")
    except KeyboardInterrupt:
        return _status("INTERRUPTED")
    except OSError as error:
        return _give_up_output(error)
    except SystemExit as leaving:
        # So typer ends its answer to a shell, and rich a help page whose pipe was closed, which is no fault of anybody.
        return leaving.code if isinstance(leaving.code, int) and COMPLETION in os.environ else _status("DONE")
    except Exception as fault:  # noqa: BLE001 - the one place where every fault of ours ends
        _report(fault)
        return _status("FAULT")
    return status


def print_version() -> None:
    """Print what `--version` prints."""
    from wscli import __version__

    print("wscli", __version__)  # noqa: T201 - data on stdout


# --- Who answers -----------------------------------------------------------------------------------------------------
def _answer(argv: list[str]) -> int:
    if argv[:1] == ["--version"] or argv[:1] == ["-V"]:
        print_version()
        return 0
    if COMPLETION in os.environ:
        return _answer_slowly(argv)
    if not argv:
        return _show_usage(["--help"])
    if argv[0].startswith("-"):
        return _answer_slowly(argv)
    return _run(argv)


def _run(argv: list[str]) -> int:
    from wscli.cli.commands import COMMANDS, load_command, plain_name

    if plain_name(argv[0]) not in COMMANDS:
        raise _unknown_command(argv[0])
    command = load_command(argv[0])
    if len(argv) == 1 and command.needs_arguments:
        return _show_usage([*argv, "--help"])
    from wscli.cli.quick import parse_quickly

    values = parse_quickly(command, argv[1:])
    return _answer_slowly(argv) if values is None else command.run(values)


def _show_usage(argv: list[str]) -> int:
    """Show the help that nobody asked for: as talk, so that it does not end up in the file that data was meant for."""
    from contextlib import redirect_stdout

    with redirect_stdout(sys.stderr):
        _answer_slowly(argv)
    return _status("USAGE")


def _answer_slowly(argv: list[str]) -> int:
    from wscli.cli.typer_app import parse_slowly

    parsed = parse_slowly(argv)
    if isinstance(parsed, int):
        return _status("USAGE") if parsed else 0  # typer's 1 is no fault of ours: completion for a shell it lacks
    command, values = parsed
    return command.run(values)


def _unknown_command(name: str) -> Problem:
    from wscli.cli.commands import ALIASES, COMMANDS
    from wscli.errors import UsageProblem
    from wscli.text import nearest

    near = nearest(name, [*COMMANDS, *ALIASES])
    hint = f"did you mean `{near}`?" if near else "`wscli --help` lists the commands"
    if "://" in name or ":" in name:
        hint = f"to talk to it write `wscli connect {name}`"
    return UsageProblem("usage/command", "command", name, "there is no such command", hint=hint)


def _status(name: str) -> int:
    from wscli.app.exit_status import ExitStatus

    return int(ExitStatus[name])


# --- Talk ------------------------------------------------------------------------------------------------------------
def _say(sentence: str, hint: str | None) -> None:
    """Print a problem on stderr, where there is one."""
    if sys.stderr is None:
        return
    from wscli.text import visible

    lines = [f"wscli: {visible(sentence)}"]
    if hint:
        lines.append(f"  hint: {visible(hint)}")
    try:
        sys.stderr.write("\n".join([*lines, ""]))
        sys.stderr.flush()
    except OSError:
        pass  # nobody is left to tell


def _report(fault: Exception) -> None:
    _trace(fault)
    _say(
        f"internal fault: {type(fault).__name__}: {fault}; please report",
        "with WSCLI_DEBUG=1 in the environment the same command shows the traceback",
    )


def _trace(fault: Exception) -> None:
    if os.environ.get("WSCLI_DEBUG") and sys.stderr is not None:
        from traceback import print_exception

        print_exception(fault)


# --- Streams ---------------------------------------------------------------------------------------------------------
def _flush() -> None:
    """Write out what is buffered, so that a closed pipe is met here and not after us."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _give_up_output(error: OSError) -> int:
    """Say what failed, unless it is only that nobody reads any more."""
    _silence_output()
    if isinstance(error, BrokenPipeError):
        return _status("DONE")
    _trace(error)
    _say(str(EnvironmentProblem("system/failed", "system", error.filename, error.strerror or str(error))), None)
    return _status("LOCAL_FAILURE")


def _silence_output() -> None:
    """Lead stdout nowhere: what is still buffered would raise again when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        pass  # a stream without a descriptor has nothing to flush into
    finally:
        os.close(nowhere)


def _occupy_standard_streams() -> None:
    """Open the null device in place of closed standard streams.

    Else a socket would get descriptor 1 or 2, and whatever is printed would go to the peer.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor, which is this one
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 - lives as long as we do
