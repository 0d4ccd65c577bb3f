"""The page of `wscli serve` in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.browser import Browser, Page, find_browser
from tests.end_to_end.conftest import start
from tests.end_to_end.test_serve import Serving

PROGRAM = find_browser()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")

ALL_OPEN = "document.querySelectorAll('[data-state=open]').length === 4"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server says; a file, because nobody empties a pipe."""
    return tmp_path_factory.mktemp("served") / "talk"


@pytest.fixture(scope="module")
def served(talk: Path) -> Iterator[Serving]:
    with talk.open("wb") as file:
        running = Serving("-v", stderr=file.fileno())
    yield running
    running.stop()


@pytest.fixture
def tabs(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens pages, and closes them after the test."""
    with ExitStack() as opened:

        def open_tab(url: str) -> Page:
            page = browser.open(url.replace("ws:", "http:"))
            opened.callback(page.close)
            return page

        yield open_tab


@pytest.fixture
def page(tabs: Callable[[str], Page], served: Serving) -> Page:
    opened = tabs(served.url)
    opened.wait(ALL_OPEN)
    return opened


def test_the_page_and_its_resources_come_over_kept_connections(page: Page) -> None:
    answers = [event["response"] for event in page.events("Network.responseReceived")]
    assert {200} == {answer["status"] for answer in answers}
    names = {answer["url"].rpartition("/")[2] for answer in answers}
    assert {"", "style.css", "script.js", "logo.svg", "wave.svg"} <= names
    assert any(answer["connectionReused"] for answer in answers)
    assert len({answer["connectionId"] for answer in answers}) < len(answers)


def test_the_header_says_how_many_connections_are_open(page: Page) -> None:
    page.wait("document.getElementById('summary').textContent === '4 of 4 connections open'")


def test_nothing_is_logged_as_an_error(page: Page) -> None:
    assert [] == page.events("Runtime.exceptionThrown")
    assert [] == [event for event in page.events("Runtime.consoleAPICalled") if event["type"] == "error"]


def test_the_increment_runs_resets_and_is_closed_by_the_server(page: Page) -> None:
    page.wait("Number(document.getElementById('increment').textContent) > 20")
    page.ask("document.getElementById('increment-reset').click()")
    page.wait("Number(document.getElementById('increment').textContent) < 15")
    page.ask("document.getElementById('increment-close').click()")
    page.wait("document.querySelector('[data-service=dumb-increment-protocol]').dataset.state === 'closed'")
    page.wait("!document.getElementById('increment-connect').hidden")
    page.ask("document.getElementById('increment-connect').click()")
    page.wait("document.querySelector('[data-service=dumb-increment-protocol]').dataset.state === 'open'")


def test_what_is_typed_comes_back_and_stays_text(page: Page) -> None:
    page.ask("document.getElementById('echo-text').value = '<img src=x onerror=alert(1)>'")
    page.ask("document.getElementById('echo-form').requestSubmit()")
    line = page.wait("document.getElementById('echo-log').textContent")
    assert line.startswith("<img src=x onerror=alert(1)>")
    assert line.endswith(" ms")
    assert 0 == page.ask("document.querySelectorAll('#echo-log img').length")


def test_a_line_drawn_in_one_tab_appears_in_another_and_in_wscli(
    tabs: Callable[[str], Page], served: Serving, page: Page
) -> None:
    other = tabs(served.url)
    other.wait(ALL_OPEN)
    listening = start("listen", "-n", "3", "-v", "-s", "lws-mirror-protocol", served.url)
    assert listening.stderr is not None
    while b"open in" not in listening.stderr.readline():
        pass
    page.call("Page.bringToFront")
    page.drag("#mirror", (10, 10), (60, 40), (110, 40), (110, 90))
    output, _ = listening.communicate(timeout=20)
    assert [["d", "#d9480f"]] * 3 == [line.split()[:2] for line in output.decode().splitlines()]
    for tab in (page, other):
        tab.wait("Number(document.getElementById('mirror-count').textContent) >= 3")
        assert tab.ask(
            "document.getElementById('mirror').getContext('2d').getImageData(0, 0, 600, 300).data.some((byte) => byte)"
        )


def test_the_keyboard_draws_too(page: Page) -> None:
    page.call("Page.bringToFront")
    page.ask("document.getElementById('mirror').focus()")
    for key in (" ", "ArrowLeft", "ArrowUp"):
        page.key(key)
    page.wait("Number(document.getElementById('mirror-count').textContent) >= 2")
    assert "down at 292, 142" == page.ask("document.getElementById('mirror-pen').textContent")
    for _ in range(40):
        page.key("ArrowLeft")
    assert "down at 0, 142" == page.ask("document.getElementById('mirror-pen').textContent")


def test_the_frames_of_others_are_seen_live(page: Page) -> None:
    page.wait("[...document.querySelectorAll('#frames tr')].some((row) => row.textContent.includes('sentTEXT'))")
    page.ask("document.getElementById('frames-pause').click()")
    assert "true" == page.ask("document.getElementById('frames-pause').getAttribute('aria-pressed')")


def test_thousands_of_frames_leave_the_page_time_for_others(page: Page, served: Serving) -> None:
    page.call("Performance.enable")
    page.wait("document.getElementById('frames').rows.length > 0")
    before = _layouts(page)
    process = start("listen", "-q", f"{served.url}source?messages=3000&size=50")
    assert 3000 == len(process.communicate(timeout=20)[0].splitlines())
    page.wait("document.getElementById('frames').textContent.includes('CLOSE')")
    assert page.ask("document.getElementById('frames').rows.length") <= 200
    assert _layouts(page) - before < 1500  # not one for each frame


def _layouts(page: Page) -> float:
    """How often the page was laid out so far."""
    metrics = page.call("Performance.getMetrics")["metrics"]
    count: float = next(metric["value"] for metric in metrics if metric["name"] == "LayoutCount")
    return count


LWS_PAGES = Path("/usr/share/libwebsockets-test-server")


@pytest.mark.skipif(not LWS_PAGES.is_dir(), reason="libwebsockets' test pages are not installed")
def test_the_test_pages_of_libwebsockets_work(tabs: Callable[[str], Page]) -> None:
    running = Serving("--static", str(LWS_PAGES))
    opened = tabs(f"{running.url}test.html")
    opened.wait("Number(document.getElementById('number').textContent) > 20")
    opened.wait("document.getElementById('conninfo').textContent.includes('127.0.0.1')")
    assert "wscli" in opened.ask("document.getElementById('servinfo').textContent")
    listening = start("listen", "-n", "1", "-v", "-s", "lws-mirror-protocol", running.url)
    assert listening.stderr is not None
    while b"open in" not in listening.stderr.readline():
        pass
    opened.ask("document.getElementById('tab-2').click()")  # the page shows one part at a time
    opened.drag("canvas", (30, 30), (60, 40), (90, 40))
    output, _ = listening.communicate(timeout=20)
    assert output.startswith(b"d #")
    running.stop()


def test_the_form_comes_back_as_a_page(page: Page) -> None:
    page.ask("document.getElementById('upload-text').value = 'posted text'")
    page.ask("document.getElementById('upload').requestSubmit()")
    page.wait("document.title === 'Posted' && document.body.textContent.includes('posted text')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, scheme: str) -> None:
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    colours = page.ask(
        "['color', 'background-color'].map((name) => getComputedStyle(document.body).getPropertyValue(name))"
    )
    lights = [_luminance(colour) for colour in colours]
    assert (max(lights) + 0.05) / (min(lights) + 0.05) > 7  # WCAG 2.2, contrast (enhanced)


@pytest.mark.parametrize("width", [320, 400, 1200])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    assert width >= page.ask("document.documentElement.scrollWidth")
    assert [] == page.ask(
        "[...document.querySelectorAll('input')].filter((input) => input.clientWidth < 40 && input.type !== 'color')"
    )


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_control_has_a_name(page: Page) -> None:
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "checkbox", "ColorWell", "application"}
    named = [
        (node["role"]["value"], node["name"]["value"]) for node in nodes if node.get("role", {}).get("value") in roles
    ]
    assert len(named) >= 10
    assert [] == [role for role, name in named if not name]


def test_the_story_of_a_connection_is_told(tabs: Callable[[str], Page], talk: Path) -> None:
    running = Serving("-v", stderr=(file := talk.open("wb")).fileno())
    file.close()
    opened = tabs(f"{running.url}stream?count=1")
    assert "line 1 of 1" in opened.ask("document.body.textContent")
    running.stop()
    assert " on this connection: GET /stream?count=1" in talk.read_text()
