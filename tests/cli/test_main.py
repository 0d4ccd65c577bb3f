from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wscli import __version__
from wscli.cli import main as entry_module
from wscli.cli.main import entry, main
from wscli.errors import EnvironmentProblem, UsageProblem

ROOT = Path(__file__).parents[2]


def run(*argv: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run wscli in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "wscli", *argv],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
        timeout=30,
        **more,
    )


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the next command line end in an exception of the test's choice."""

    def set_answer(error: BaseException) -> None:
        def fail(_argv: list[str]) -> int:
            raise error

        monkeypatch.setattr(entry_module, "_answer", fail)

    return set_answer


# --- Answers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_printed(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([flag]) == 0
    assert f"wscli {__version__}\n" == capsys.readouterr().out


def test_the_arguments_of_the_process_are_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wscli", "-V"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("wscli ")


def test_no_arguments_show_the_help_and_count_as_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Talk to a server" in capsys.readouterr().err


def test_a_command_without_what_it_needs_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen"]) == 2
    assert "wscli listen [OPTIONS] URL" in capsys.readouterr().err


def test_help_was_asked_for_and_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "--help"]) == 0
    assert "--count" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["listen", "send", "connect"])
def test_a_quick_line_runs_its_command(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--dry-run", "localhost:1"]) == 0
    assert capfd.readouterr().out.startswith("GET / HTTP/1.1\r\n")


def test_a_line_that_only_typer_explains_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "--cuont", "3", "u"]) == 2
    err = capsys.readouterr().err
    assert "wscli: option `--cuont`: there is no such option\n  hint: did you mean `--count`?" in err


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["lisen"], "did you mean `listen`?"),
        (["zzzz"], "`wscli --help` lists the commands"),
        (["ws://h/"], "to talk to it write `wscli connect ws://h/`"),
        (["localhost:80"], "to talk to it write `wscli connect localhost:80`"),
        (["listen", "8080"], "to accept connections use `wscli serve 8080`"),
        (["serve", "h"], "write PORT or ADDRESS:PORT"),
        (["serve", "--deflate", "--no-deflate"], "drop one"),
        (["send", "-t", "--binary", "h:1"], "drop one"),
        (["send", "--no-wait", "--until", "x", "h:1"], "drop one"),
        (["replay", "f", "8080"], "to accept connections"),
        (["replay", "--speed", "0", "f"], "write 2, 0.5 or max"),
        (["man", "lisen"], "did you mean `listen`?"),
        (["docter"], "did you mean `doctor`?"),
        (["doctor", "--max-requests", "0", "h:1"], "1 sends the plain request alone"),
        (["doctor", "--nothing", "h:1"], "`wscli doctor --help` shows what there is"),
    ],
)
def test_wrong_usage_says_what_to_do(argv: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert line in capsys.readouterr().err


def test_a_missing_file_is_a_local_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "absent")]) == 14
    assert "absent" in capsys.readouterr().err


def test_at_a_terminal_connect_does_not_read_its_input_as_messages(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _number: True)
    assert main(["connect", "--dry-run", "localhost:1"]) == 0
    assert "Host: localhost:1" in capfd.readouterr().out


def test_an_address_in_use_is_a_local_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", str(taken.getsockname()[1])]) == 14
    assert "choose another port" in capsys.readouterr().err


def test_a_line_that_quick_declines_but_typer_takes_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wscli.cli.quick.parse_quickly", lambda _command, _argv: None)
    assert main(["man", "wscli-man"]) == 0
    assert "WSCLI-MAN(1)" in capsys.readouterr().out


def test_the_demonstration_runs_without_a_network() -> None:
    assert run("demo", stdin=subprocess.DEVNULL).returncode == 0


# --- How everything ends ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageProblem("a/b", "URL", "x\x1b[2J", "it is wrong", hint="do \x07 this"), 2),
        (EnvironmentProblem("a/b", "file", "x", "it is gone"), 14),
        (OSError(errno.ENOSPC, "No space left on device"), 14),
        (BrokenPipeError(), 0),
        (KeyboardInterrupt(), 130),
        (SystemExit(1), 0),
        (ValueError("surprise"), 1),
    ],
)
def test_each_end_has_its_status(error: BaseException, status: int, answer: Any) -> None:
    answer(error)
    assert status == main([])


def test_a_problem_is_a_line_and_a_hint_without_control_characters(
    answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(UsageProblem("a/b", "URL", "x\x1b[2J", "it is wrong", hint="do \x07 this"))
    main([])
    assert "wscli: URL `x\\x1b[2J`: it is wrong\n  hint: do \\x07 this\n" == capsys.readouterr().err


def test_a_broken_pipe_is_quiet(answer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer(BrokenPipeError())
    main([])
    assert ("", "") == capsys.readouterr()


def test_a_fault_of_ours_asks_for_a_report(
    answer: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WSCLI_DEBUG", raising=False)
    answer(ValueError("surprise"))
    main([])
    err = capsys.readouterr().err
    assert err.startswith("wscli: internal fault: ValueError: surprise; please report\n  hint: with WSCLI_DEBUG=1")
    assert "Traceback" not in err


def test_the_traceback_is_shown_on_request(
    answer: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WSCLI_DEBUG", "1")
    answer(ValueError("surprise"))
    main([])
    assert "Traceback" in capsys.readouterr().err


def test_a_shell_gets_typers_status(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_WSCLI_COMPLETE", "complete_bash")
    answer(SystemExit(1))
    assert main([]) == 1


# --- Streams that are not there --------------------------------------------------------------------------------------
def test_missing_streams_break_nothing(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["--version"]) == 0
    assert main(["lisen"]) == 2
    answer(BrokenPipeError())
    assert main([]) == 0


def test_a_stderr_that_fails_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(sys, "stderr", Full())
    assert main(["lisen"]) == 2


def test_a_closed_reader_is_met_before_the_interpreter_ends() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "wscli", "--version"], cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (0, b"") == (ended.returncode, ended.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["man"]])
def test_a_full_disk_is_a_local_failure(argv: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "wscli", *argv], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (14, b"wscli: system: No space left on device\n") == (ended.returncode, ended.stderr)


def test_closed_standard_streams_are_occupied_so_that_no_socket_takes_their_place() -> None:
    script = (
        "import os, sys; [os.close(number) for number in (0, 1, 2)]; sys.argv = ['wscli', 'man'];"
        "from wscli.cli import main; main._occupy_standard_streams();"
        "assert os.open(os.devnull, os.O_RDONLY) > 2; main.entry()"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_the_program_leaves_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["wscli", "lisen"])
    with pytest.raises(SystemExit) as caught:
        entry()
    assert caught.value.code == 2


def test_what_a_problem_left_in_a_closed_pipe_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "argv", ["wscli", "lisen"])
    monkeypatch.setattr(sys, "stdout", Broken())
    with pytest.raises(SystemExit) as caught:
        entry()
    assert caught.value.code == 2


def test_occupying_leaves_open_streams_alone() -> None:
    stdout = sys.stdout
    entry_module._occupy_standard_streams()
    assert stdout is sys.stdout


def test_a_closed_stream_is_replaced_by_the_null_device(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def stat(number: int) -> None:
        if number == 0:
            raise OSError

    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(entry_module, "open", lambda *_arguments, **_more: "null", raising=False)
    with monkeypatch.context() as system:
        system.setattr(os, "fstat", stat)
        system.setattr(os, "open", lambda path, _flags: opened.append(path))
        entry_module._occupy_standard_streams()
    assert ([os.devnull], "null") == (opened, sys.stdin)
