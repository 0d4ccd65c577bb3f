"""The slow twin of `quick`: the same table as a typer application, for help, completion and whatever quick declines.

Its functions do not run anything: they return the command and its values, so that both twins end at the same place, and
no command runs inside typer's own handling of errors. A usage error becomes a UsageProblem, told like every other.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from wscli.cli.command import Command, Values, complete_values, spell_out
from wscli.cli.commands import ALIASES, COMMANDS, load_command, plain_name
from wscli.cli.options import VERSION, Argument, Kind, Option, convert
from wscli.errors import UsageProblem

SUMMARY = "Talk WebSocket, and see what is said: every handshake line, every frame, every close, explained."
EXAMPLES = (
    ("Talk to a server", "wscli connect ws://localhost:8080/chat"),
    ("Print what a server sends", "wscli listen wss://example.com/feed"),
    ("Ask one question in a script", "wscli send -1 localhost:8080 hello"),
    ("See it all without a network", "wscli demo"),
)

# Weak: typer gives the base of its usage errors no public name; it is the parent of one that has.
_UsageError: type[Any] = typer.BadParameter.__mro__[1]

Parsed = tuple[Command, Values]


def parse_slowly(argv: list[str]) -> Parsed | int:
    """Return the command and values of a whole line, or the exit status where typer has answered itself (help).

    UsageProblem for everything that is wrong with the line. SystemExit after an answer to a shell's completion.
    """
    command = typer.main.get_command(build_app())
    try:
        answer: Parsed | int | None = command.main(args=argv, prog_name="wscli", standalone_mode=False)
    except _UsageError as error:
        raise _problem_of(error, argv) from error
    return 0 if answer is None else answer


def build_app() -> typer.Typer:
    """Return the application with every command of the registry."""
    settings = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(
        name="wscli",
        cls=_TableGroup,
        help=SUMMARY,
        context_settings=settings,
        rich_markup_mode="rich",
    )
    app.callback()(_root)
    for name in COMMANDS:
        command = load_command(name)
        app.command(
            name,
            cls=_TableCommand,
            help=f"{command.summary}.{_also_called(command)}",
            context_settings=settings,
            rich_help_panel=command.panel,
        )(_function_of(command))
    return app


def _also_called(command: Command) -> str:
    return f" Also called {', '.join(command.aliases)}." if command.aliases else ""


class _TableCommand(TyperCommand):
    """A command whose usage line and optional values come from our table."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the pieces of the usage line (typer)."""
        return load_command(str(self.name)).synopsis.split(" ")[1:]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the line (typer)."""
        return super().parse_args(ctx, spell_out(load_command(str(self.name)), args))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help (typer)."""
        super().format_help(ctx, formatter)
        _show_examples(load_command(str(self.name)).examples, formatter)


class _TableGroup(TyperGroup):
    """The command `wscli` itself."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a subcommand, also by another name of it (typer); the list has each once."""
        return super().get_command(ctx, plain_name(cmd_name))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return what a word may become (typer): other names of commands too, where nothing else begins so."""
        found = super().shell_complete(ctx, incomplete)
        if found or not incomplete:
            return found
        # Weak: typer gives the class of its completions no public name; any of them has it.
        item = type(super().shell_complete(ctx, "")[0])
        return [item(alias) for alias in ALIASES if alias.startswith(incomplete)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help (typer)."""
        super().format_help(ctx, formatter)
        _show_examples(EXAMPLES, formatter)


def _show_examples(examples: tuple[tuple[str, str], ...], formatter: Any) -> None:
    """Show examples as they are typed; typer's own way wraps them, and how depends on its version."""
    text = "".join(["Examples:\n", *(f"\n  {comment}:\n    {typed}\n" for comment, typed in examples)])
    if formatter.getvalue():  # without rich, help is collected first
        formatter.write(f"\n{text}")
    else:
        typer.echo(text)


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer's way to call it
    if value:
        from wscli.cli.main import print_version

        print_version()
        raise typer.Exit


def _root(
    version: Annotated[  # noqa: FBT002 - how typer declares a flag
        bool, typer.Option(*VERSION.flags, help=VERSION.help, callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Carry the options that stand before any command."""


# --- From the table to typer -----------------------------------------------------------------------------------------
def _function_of(command: Command) -> Callable[..., Parsed]:
    """Return a function with the signature that typer reads; it returns the values."""

    def parsed(**given: Any) -> Parsed:
        return command, complete_values(
            command, {name: _plain(value) for name, value in given.items() if _is_given(value)}
        )

    parameters = [
        *(_parameter(argument.name, *_argument(argument)) for argument in command.arguments),
        *(_parameter(option.name, *_option(option)) for option in command.options),
    ]
    parsed.__name__ = command.name
    parsed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    parsed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return parsed


def _is_given(value: Any) -> bool:
    return value is not None and value is not False  # by identity: a given 0 or empty text is a value


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _argument(argument: Argument) -> tuple[Any, Any]:
    kind: Any = list[str] if argument.is_repeated else str
    choices = argument.choices
    information = typer.Argument(
        metavar=argument.metavar,
        help=argument.help,
        show_default=False,
        parser=_text,
        autocompletion=_completion(choices) if choices else None,
    )
    if argument.is_optional:
        return Annotated[kind | None, information], None
    return Annotated[kind, information], inspect.Parameter.empty


def _option(option: Option) -> tuple[Any, Any]:
    information = typer.Option(
        *option.flags,
        help=_help(option),
        metavar=option.shown_metavar.strip() or " ",
        rich_help_panel=option.panel,
        hidden=option.hidden,
        show_default=False,
        count=option.kind is Kind.COUNT,
        parser=_parser(option) if option.takes_value or option.kind is Kind.OPTIONAL_TEXT else None,
        autocompletion=_completion(option.choices) if option.choices else None,
    )
    if option.kind is Kind.FLAG:
        return Annotated[bool, information], False
    if option.kind is Kind.COUNT:
        return Annotated[int, information], 0
    kind: Any = list[str] if option.kind is Kind.TEXTS else str
    return Annotated[kind | None, information], None


def _text(text: str) -> str:
    """Return an argument as it is; typer shows the name of this function, without its underscore, as the type."""
    return text


_text.__name__ = "text"


def _help(option: Option) -> str:
    return option.help if option.default is None else f"{option.help} (default: {option.default})"


def _parser(option: Option) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        return convert(option, text)

    return parse


def _completion(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


# --- What is wrong with a line ---------------------------------------------------------------------------------------
def _problem_of(error: Any, argv: list[str]) -> UsageProblem:
    command = argv[0] if argv and plain_name(argv[0]) in COMMANDS else None
    hint = f"`wscli {command} --help` shows what there is" if command else "`wscli --help` shows what there is"
    if hasattr(error, "possibilities"):  # an unknown option
        if error.possibilities:
            hint = f"did you mean `{error.possibilities[0]}`? {hint}"
        return UsageProblem("usage/option", "option", error.option_name, "there is no such option", hint=hint)
    sentence = error.format_message().rstrip(".").replace("'", "`")
    return UsageProblem("usage/line", command or "command line", None, sentence[:1].lower() + sentence[1:], hint=hint)
