"""The manual's pages for `wscli man`: found beside the package or in a checkout, shown the best way there is."""

from __future__ import annotations

import sys
from pathlib import Path

from wscli.errors import EnvironmentProblem, UsageProblem

_PACKAGE = Path(__file__).resolve().parent.parent
FOLDERS = (_PACKAGE / "_man", _PACKAGE.parent / "man")
"""Where pages may be: in an installed package, in a checkout."""

_VIEWERS = (("man", "-l"), ("mandoc", "-a"))
"""Programs that show a page from a file on the terminal, in order of preference."""


def find_pages(folders: tuple[Path, ...] = FOLDERS) -> dict[str, Path]:
    """Return the pages of the first folder that has any, by name without the section; EnvironmentProblem without."""
    for folder in folders:
        found = {path.stem: path for path in sorted(folder.glob("man[157]/wscli*.[157]"))}
        if found:
            return found
    raise EnvironmentProblem("man/none", "manual", None, "its pages are not installed")


def find_page(name: str, folders: tuple[Path, ...] = FOLDERS) -> Path:
    """Return the page of a command, or of this name; UsageProblem with what there is where there is no such page."""
    from wscli.cli.commands import plain_name

    pages = find_pages(folders)
    for candidate in (name, f"wscli-{plain_name(name)}"):
        if candidate in pages:
            return pages[candidate]
    from wscli.text import nearest

    names = [page.removeprefix("wscli-") for page in pages]
    near = nearest(name, names)
    hint = f"{f'did you mean `{near}`? ' if near else ''}there are {', '.join(names)}"
    raise UsageProblem("man/page", "manual page", name, "there is no such page", hint=hint)


def show_page(name: str | None) -> int:
    """Show a page by a command's name or its own; returns the exit status."""
    path = find_page(name or "wscli")
    if sys.stdout is None or (sys.stdout.isatty() and _view(path)):
        return 0
    from wscli.cli.roff import plain_text

    sys.stdout.write(plain_text(path.read_text(encoding="ascii")))
    return 0


def _view(path: Path) -> bool:
    """Let a program show the page; returns whether one did."""
    import shutil
    import subprocess

    for program, switch in _VIEWERS:
        found = shutil.which(program)
        if found is None:
            continue
        # A program of the user's own path and a file of our own package.
        command = [found, switch, str(path)]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0:  # noqa: S603
            return True
    return False
