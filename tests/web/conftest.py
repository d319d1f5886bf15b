"""A browser without a window, for tests that drive one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.faces.conftest import family, painted
from tests.support.waiting import PATIENCE

__all__ = ["family", "painted"]  # fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    pytest.importorskip("playwright", reason="the browser is driven by Playwright")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        # --no-sandbox: as root, as containers run tests, Chromium refuses to start otherwise.
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE * 1000
        )
        expect.set_options(timeout=PATIENCE * 1000)
        new_context = found.new_context

        def patient(**options: Any) -> BrowserContext:
            context = new_context(**options)
            context.set_default_timeout(PATIENCE * 1000)
            return context

        found.new_context = patient  # type: ignore[assignment, method-assign]
        yield found
        found.close()


def open_data(page: Page) -> None:
    """Open the drawer of the page of one photo."""
    page.locator("#dati:not([open]) summary").click()
    page.locator("#dati[open] .scheda").wait_for()


@contextmanager
def let_in(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page that was let in; script errors and anything the policy blocks fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
    found = context.new_page()
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    found.goto(address)
    found.wait_for_url(home(address))
    yield found
    context.close()
    # A question that the server refuses is told by the browser too.
    assert [text for text in complaints if "400" not in text and "422" not in text] == []


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of the server at `address`, a fixture of the module."""
    with let_in(browser, address, locale="it-IT") as found:
        yield found


def home(address: str) -> str:
    """Return the address of the first page, without the key."""
    return address.split("?")[0]
