"""The gallery of `--html` in a real browser, opened from the disk: Chromium, without a window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PAINT, Cli, paint
from tests.web.conftest import browser

pytest.importorskip("playwright", reason="the browser is driven by Playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # a fixture
LOADED = "each => each.every(image => image.complete && image.naturalWidth > 0)"
SHOWN = "number => document.querySelector(`#foto-${number} .immagine img`)?.naturalWidth > 0"


@pytest.fixture(params=["galleria.html", "galleria"])
def address(cli: Cli, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a gallery of five photos."""
    folder = tmp_path / "foto"
    for number, size in enumerate(((900, 600), (600, 900), (1200, 500), (500, 500), (800, 600))):
        paint(folder / f"{number} {'una gita al mare ' * 9}.png", PAINT["rosso"], size)
    assert cli("index", folder)[0] == 0
    target = tmp_path / request.param
    title = ("--titolo", "Una gita di nome così lungo da non stare su una riga sola, in autunno")
    assert cli("cerca", "rosso", "-n", "5", "--html", target, *title)[0] == 0
    return (target if target.is_file() else target / "index.html").as_uri()


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page that asks for nothing but files, and whose policy blocks nothing."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
    page = context.new_page()
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_function(f"({LOADED})([...document.querySelectorAll('.apri img')])")
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    assert complaints == []


def is_shown(page: Page, number: int) -> None:
    page.wait_for_url(re.compile(f"#foto-{number}$"))
    page.wait_for_function(SHOWN, arg=number)
    assert page.locator(".foto:visible").count() == 1


def test_it_fits_any_screen_and_reads_well(browser: Browser, address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
    for width in (390, 1280):
        for scheme in ("light", "dark"):
            options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
            # bypass_csp: for axe, which is a script.
            with opened(browser, address, bypass_csp=True, **options) as page:
                for where in ("", "#foto-2"):
                    page.goto(address + where)
                    if where:
                        is_shown(page, 2)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    found = axe.Axe().run(page)
                    assert found.violations_count == 0, found.generate_report()


def test_keys_turn_enlarge_and_close_the_photo(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.locator(".apri").nth(1).focus()
        page.keyboard.press("Enter")
        is_shown(page, 2)
        page.keyboard.press("ArrowRight")
        is_shown(page, 3)
        box = page.locator("#foto-3 .immagine")
        wide = box.bounding_box()
        page.keyboard.press("z")
        page.locator("#foto-3 .palco.aperto").wait_for()
        enlarged = box.bounding_box()
        assert wide and enlarged and enlarged["width"] > 1.5 * wide["width"]
        # What lies behind is not reached with Tab.
        for _ in range(6):
            page.keyboard.press("Tab")
            inside = "document.activeElement.closest('.foto, body').matches('#foto-3, body')"
            assert page.evaluate(inside)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        is_shown(page, 5)
        page.keyboard.press("ArrowRight")  # there is none
        page.keyboard.press("ArrowLeft")
        is_shown(page, 4)
        page.keyboard.press("Escape")
        page.wait_for_url(address)  # as if no photo had been opened
        page.wait_for_function("document.activeElement.hash === '#foto-4'")
        assert page.locator(".foto:visible").count() == 0


def test_an_address_names_a_photo_and_back_closes_it(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}#foto-3") as page:
        is_shown(page, 3)
        page.locator("#foto-3 .chiudi").click()
        page.wait_for_url(f"{address}#posto-3")
        page.locator(".apri").first.click()
        is_shown(page, 1)
        page.locator("#foto-1 .dopo").click()
        is_shown(page, 2)
        page.go_back()
        page.wait_for_url(f"{address}#posto-3")
        page.wait_for_function("!document.querySelector('.foto:target')")


def test_a_finger_turns_the_photo(browser: Browser, address: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(browser, f"{address}#foto-3", **phone) as page:
        is_shown(page, 3)
        touch = page.context.new_cdp_session(page)

        def swipe(start: int, end: int) -> None:
            def send(kind: str, *points: dict[str, int]) -> None:
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [*points]})

            send("touchStart", {"x": start, "y": 400})
            send("touchMove", {"x": (start + end) // 2, "y": 402})
            send("touchMove", {"x": end, "y": 405})
            send("touchEnd")

        swipe(300, 100)
        is_shown(page, 4)
        swipe(100, 300)
        is_shown(page, 3)


def test_without_scripts_links_do_the_same(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.locator(".apri").nth(2).click()
    page.locator("#foto-3 .immagine img").wait_for()
    page.locator("#foto-3 .dopo").click()
    page.locator("#foto-4 .immagine img").wait_for()
    page.locator("#foto-4 .chiudi").click()
    page.locator("#foto-4").wait_for(state="hidden")
    assert page.url == f"{address}#posto-4"
    context.close()


def test_on_paper_it_is_a_contact_sheet(browser: Browser, address: str) -> None:
    with opened(browser, f"{address}#foto-3") as page:
        is_shown(page, 3)
        page.emulate_media(media="print")
        assert page.locator(".foto:visible, .palco:visible").count() == 0
        tops = [
            box["y"] for each in page.locator(".apri img").all() if (box := each.bounding_box())
        ]
        assert len(tops) == 5 and len({round(top) for top in tops}) < 5  # several in a row
        assert page.locator("header").is_visible()
        sheet = page.pdf(format="A4")
        # One page, and no picture but the small ones: the larger has 480 pixels.
        assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
        widths = [int(w) for w in re.findall(rb"/Width (\d+)", sheet)]
        assert widths and max(widths) <= 480
