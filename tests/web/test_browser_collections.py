"""Collections and duplicates in a real browser: without scripts, by keyboard, on a phone;
accessible (axe-core).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cercafoto import Library
from cercafoto.question.filters.filter import Filters
from cercafoto.question.question import Question
from cercafoto.web.pages import collect
from tests.support.scenes import compressed, scene
from tests.support.web_server import running
from tests.web.conftest import home, let_in

expect = pytest.importorskip("playwright.sync_api", reason="the browser needs Playwright").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def scenes(library: Library, tmp_path: Path) -> Path:
    """Two pictures, the first also smaller, the second also twice; and two collections."""
    folder = tmp_path / "scene"
    (folder / "estate").mkdir(parents=True)
    for number in range(2):
        scene(number).save(folder / f"s{number}.png")
    compressed(scene(0, (320, 240))).save(folder / "estate" / "piccola.jpg")
    shutil.copy(folder / "s1.png", folder / "estate" / "s1 copia.png")
    library.index([folder])
    summer = Question(typed=Filters(folders=(folder / "estate",)))
    library.collections.keep("Estate", summer)
    library.collections.keep("L" + "unga" * 15, Question(("rosso",)))
    return folder


@pytest.fixture
def page(browser: Browser, library: Library, scenes: Path) -> Iterator[Page]:
    """A browser without scripts: all must work in it."""
    with running(library.settings) as address:
        options = {"java_script_enabled": False, "base_url": home(address)}
        with let_in(browser, address, **options) as found:
            yield found


def test_a_collection_is_opened_renamed_and_deleted_by_keyboard(
    page: Page, library: Library
) -> None:
    page.get_by_role("link", name="Raccolte").press("Enter")
    expect(page.get_by_role("heading", name="Raccolte")).to_be_visible()
    while (count := page.get_by_role("link", name="Conta l")).count():
        count.press("Enter")
    expect(page.locator(".copertina img").first).not_to_have_js_property("naturalWidth", 0)
    page.get_by_role("link", name="Estate").press("Enter")
    expect(page.get_by_role("heading", name="Estate", exact=True)).to_be_visible()
    page.get_by_text("Cambia la raccolta").press("Enter")
    page.get_by_label("Nome nuovo della raccolta").fill("Estate al mare")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Estate al mare")).to_be_visible()
    assert "Estate al mare" in library.collections.names()
    page.get_by_text("Cambia la raccolta").press("Enter")
    page.get_by_role("button", name="Togli la raccolta").press("Enter")
    page.wait_for_url("**/raccolte")
    expect(page.locator(".raccolte li")).to_have_count(1)


def test_covers_come_by_and_by(
    browser: Browser, library: Library, scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With scripts; each request answers one more question."""
    monkeypatch.setattr(collect, "AT_ONCE", -1.0)
    monkeypatch.setattr(collect, "COUNTING", -1.0)
    library.collections.keep("Blu", Question(("blu",)))
    with running(library.settings) as address, let_in(browser, address) as page:
        page.get_by_role("link", name="Raccolte").click()
        expect(page.locator("#da-contare")).to_have_count(0)
        assert "da contare" not in page.locator(".raccolte").inner_text()
        assert page.locator(".raccolte li").count() == 3
        page.get_by_role("link", name="Estate").click()
        expect(page.get_by_role("heading", name="Estate")).to_be_visible()


def test_duplicates_are_set_aside_and_brought_back_by_keyboard(
    page: Page, scenes: Path, tmp_path: Path
) -> None:
    aside = tmp_path / "Doppioni"
    page.goto("/doppioni")
    page.get_by_role("button", name="Cerca i doppioni").press("Enter")
    while page.locator(".doppioni > li").count() < 2:
        page.reload()
    # Enter in the box moves nothing.
    page.get_by_label("nella cartella").press("Enter")
    expect(page.locator(".doppioni > li")).to_have_count(2)
    assert not aside.exists()
    page.get_by_role("button", name="quella in più del gruppo 2").press("Enter")
    expect(page.get_by_text(f"Spostata in {aside}")).to_be_visible()
    expect(page.locator(".doppioni > li")).to_have_count(1)
    assert len([*aside.rglob("*.*")]) == 1
    page.get_by_role("button", name="Annulla").press("Enter")
    expect(page.get_by_text("Tornata dov’era")).to_be_visible()
    page.get_by_role("button", name="di tutta la pagina").press("Enter")
    expect(page.get_by_text("Nessun doppione")).to_be_visible()
    assert sorted(each.name for each in scenes.rglob("*.*")) == ["s0.png", "s1.png"]


def test_while_it_looks_the_page_waits(browser: Browser, library: Library, scenes: Path) -> None:
    """With scripts nothing has to be loaded again by hand."""
    with running(library.settings) as address, let_in(browser, address) as page:
        page.get_by_role("link", name="Doppioni").click()
        page.get_by_role("button", name="Cerca i doppioni").click()
        expect(page.locator(".doppioni > li")).to_have_count(2)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_accessible(
    width: int, scheme: str, browser: Browser, library: Library, scenes: Path
) -> None:
    """axe-core finds no fault, and nothing is wider than the screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with (
        running(library.settings) as address,
        let_in(browser, address, color_scheme=scheme) as page,
    ):
        page.set_viewport_size({"width": width, "height": 844})

        def is_fine(name: str) -> None:
            page.wait_for_load_state("networkidle")
            found = axe.run(page).response["violations"]
            told = [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]
            assert told == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name

        for name in ("raccolte", "?raccolta=Estate", "doppioni"):
            page.goto(home(address) + name)
            if details := page.locator(".salva summary").all():
                details[0].click()
            is_fine(name)
        page.get_by_role("button", name="Cerca i doppioni").click()
        page.locator(".doppioni > li").first.wait_for()
        is_fine("found")
        page.get_by_role("button", name="del gruppo 1").click()
        page.get_by_text("Spostata in").wait_for()
        is_fine("moved")
        if width == 390:  # the menu shows where one is
            here = page.locator(".testata [aria-current]").bounding_box()
            assert here and here["x"] >= 0 and here["x"] + here["width"] <= width
