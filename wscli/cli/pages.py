"""The pages of the manual where `wscli man` shows them: found beside the package or in a checkout, shown the best way."""

from __future__ import annotations

import os
import sys

from wscli.errors import EnvironmentProblem, UsageProblem

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = (os.path.join(_PACKAGE, "_man"), os.path.join(os.path.dirname(_PACKAGE), "man"))
"""Where pages may be: in an installed package, in a checkout."""

_VIEWERS = (("man", "-l"), ("mandoc", "-a"))
"""Programs that show a page from a file on the terminal, in order of preference."""


def maybe_pages(folders: tuple[str, ...] = FOLDERS) -> dict[str, str] | None:
    """Return the path of each page by its name without the section; None where there are none."""
    for folder in folders:
        found = {
            file.rsplit(".", 1)[0]: os.path.join(folder, section, file)
            for section in ("man1", "man5")
            for file in _files(os.path.join(folder, section))
        }
        if found:
            return found
    return None


def _files(folder: str) -> list[str]:
    try:
        return sorted(file for file in os.listdir(folder) if file.startswith("wscli"))
    except OSError:
        return []


def show_page(name: str | None) -> int:
    """Show a page by a command's name or its own; returns the exit status."""
    path = find_page(name or "wscli")
    if sys.stdout is not None and sys.stdout.isatty() and _view(path):
        return 0
    from wscli.cli.roff import plain_text

    with open(path, encoding="ascii") as file:  # noqa: PTH123 - pathlib costs 5 ms
        text = plain_text(file.read())
    if sys.stdout is not None:
        sys.stdout.write(text)
    return 0


def find_page(name: str, folders: tuple[str, ...] = FOLDERS) -> str:
    """Return the path of a page; UsageProblem with what there is where there is no such page."""
    pages = maybe_pages(folders)
    if pages is None:
        raise EnvironmentProblem("man/none", "manual", None, "its pages are not installed")
    for candidate in (name, f"wscli-{name}"):
        if candidate in pages:
            return pages[candidate]
    from wscli.text import nearest

    names = [page.removeprefix("wscli-") for page in pages]
    near = nearest(name, names)
    hint = f"{f'did you mean `{near}`? ' if near else ''}there are {', '.join(names)}"
    raise UsageProblem("man/page", "manual page", name, "there is no such page", hint=hint)


def _view(path: str) -> bool:
    """Let a program show the page; returns whether one did."""
    import shutil
    import subprocess

    for program, switch in _VIEWERS:
        found = shutil.which(program)
        if found and subprocess.run([found, switch, path], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return True
    return False
