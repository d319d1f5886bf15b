"""The photos by date in a real browser: headings, years beside the grid, jumps, a page that stands
still."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cercafoto import Library, Settings
from tests.conftest import paint
from tests.support.web_server import running
from tests.web.conftest import home, let_in

expect = pytest.importorskip("playwright.sync_api", reason="the browser needs Playwright").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BUSY = "Giovedì 15 agosto 2019"
# Layout shifts that no person caused; added before any script of the page.
SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Settings:
    """Return the settings of an archive with photos of twelve years, thirty of them of one day, and
    five without a date."""
    folder = tmp_path_factory.mktemp("tempo")
    (folder / "models").mkdir()
    (folder / "models" / "tiny").symlink_to(tiny)
    settings = Settings(
        folder / "archive", folder / "models", "tiny", True, thumbnails=folder / "miniature"
    )
    days = [f"{2009 + at // 12}{1 + at % 4 * 3:02}{1 + at % 12:02}" for at in range(144)]
    names = [f"IMG_{day}_1010{at % 60:02}_{at}" for at, day in enumerate(days)]
    names += [f"IMG_20190815_10{at:02}00_festa{at}" for at in range(10)]
    names += [f"IMG_20190815_2000{at:02}_sera{at}" for at in range(20)]
    names += [f"senza{at}" for at in range(5)]
    for at, name in enumerate(names):
        size = ((60, 40), (40, 60), (90, 30))[at % 3]
        paint(folder / "foto" / f"{name}.png", (at, 255 - at, 3 * at % 256), size)
    Library(settings).index([folder / "foto"])
    return settings


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    with running(settings) as found:
        yield found


@pytest.fixture(scope="module")
def slow_address(settings: Settings) -> Iterator[str]:
    """Yield the address of a server whose page of 60 kB comes in pieces."""
    with running(settings, slow=True) as found:
        yield found


def headings(page: Page) -> list[str]:
    return page.locator(".mese h3").evaluate_all(
        "all => all.map(one => one.firstChild.data.trim())"
    )


def slider(page: Page) -> str:
    return page.get_by_role("slider", name="Vai a un mese").get_attribute("aria-valuetext") or ""


def test_headings_say_the_months_and_the_busy_day(page: Page) -> None:
    page.locator(".altre").wait_for(state="attached")
    more = """before => document.querySelectorAll(".tessera").length > before
        || !document.querySelector(".altre")"""
    while page.locator(".altre").count():
        before = page.locator(".tessera").count()
        page.mouse.wheel(0, 60_000)
        page.wait_for_function(more, arg=before)
    titles = headings(page)
    assert len(titles) == len(set(titles))  # a section that goes on has no second heading
    assert titles[0] == "Luglio–ottobre 2020" and titles[-1] == "Senza data"
    at = titles.index(BUSY)
    assert titles[at - 1] == "Ottobre 2019" and titles[at + 1] == "Aprile–luglio 2019"
    # Below each heading are as many photos as it says.
    said = page.locator(".mese .numero").all_inner_texts()
    kinds = page.locator("#griglia > li").evaluate_all(
        "all => all.map(one => one.classList.contains('mese'))"
    )
    runs = [len([*run]) for heading, run in groupby(kinds) if not heading]
    assert [f"{number} foto" for number in runs] == said


def test_a_heading_stays_while_its_photos_pass(page: Page) -> None:
    page.goto(f"{page.url}?vai=agosto+2019")
    assert headings(page)[0] == BUSY
    page.mouse.move(400, 500)
    page.mouse.wheel(0, 900)
    page.wait_for_function("() => scrollY > 500")
    box = page.locator(".mese").first.bounding_box()
    below = page.locator(".domanda").bounding_box()
    assert box and below and box["y"] == pytest.approx(below["y"] + below["height"], abs=12)
    top = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('.mese').innerText",
        [box["x"] + 20, box["y"] + box["height"] / 2],
    )
    assert top.startswith(BUSY)


def test_a_tile_says_the_date_and_the_name_on_hover(page: Page) -> None:
    page.goto(f"{page.url}?vai=15/8/2019")
    tile = page.locator(".tessera").first
    assert tile.locator("time").inner_text() == "15 ago 2019, 20:00"
    assert (tile.locator("img").get_attribute("title") or "").startswith("IMG_20190815_2000")
    page.goto(f"{home(page.url)}?segue=|9223372036854775807|9223372036854775807")
    assert headings(page) == ["Senza data"]
    assert page.locator(".tessera .nome").count() == 5


@pytest.mark.parametrize("width", [1280, 390])
def test_the_years_are_dragged(browser: Browser, address: str, width: int) -> None:
    with let_in(browser, address, locale="it-IT") as page:
        page.set_viewport_size({"width": width, "height": 844})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        bar = page.get_by_role("slider", name="Vai a un mese").bounding_box()
        assert bar
        middle = bar["x"] + bar["width"] / 2
        page.mouse.move(middle, bar["y"] + 8)
        page.mouse.down()
        page.mouse.move(middle, bar["y"] + bar["height"] * 0.9, steps=5)
        told = page.locator(".tempo output").inner_text()
        assert "2010" in told or "2009" in told
        page.mouse.up()
        page.wait_for_url("**/?segue=20*")
        assert told.startswith(headings(page)[0])
        assert slider(page) == told
        assert not [url for url in asked if "/altre" in url and "segue=2015" in url]
        box = page.locator(".mese").first.bounding_box()
        assert box and box["y"] < 300  # the photos are in view


def test_the_years_answer_to_keys(page: Page) -> None:
    first = slider(page)
    assert first.startswith("Luglio–ottobre 2020, ")
    bar = page.get_by_role("slider", name="Vai a un mese")
    bar.focus()
    page.keyboard.press("End")
    assert slider(page) == "Senza data, 5 foto"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")  # further down, further back
    second = slider(page)
    assert second != first and "2020" in second
    page.keyboard.press("Enter")  # on the page already: it is scrolled to
    assert "segue" not in page.url
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    goal = slider(page)
    page.wait_for_url("**/?segue=20*")  # without Enter, after a while
    expect(bar).to_be_focused()
    assert goal.startswith(headings(page)[0])
    newer = page.locator(".piu-recenti a")
    title = newer.inner_text().removeprefix("↑ ")
    newer.click()
    page.wait_for_function("title => document.querySelector('.mese').innerText.startsWith(title)",
                           arg=title)  # fmt: skip


def test_a_date_is_typed(page: Page) -> None:
    page.get_by_label("Vai a", exact=True).fill("marzo 2012")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?vai=marzo+2012")
    assert headings(page)[0].endswith("2012")
    assert page.locator("time").first.inner_text().endswith("gen 2012, 10:10")
    page.get_by_label("Vai a", exact=True).fill("boh")
    page.keyboard.press("Enter")
    expect(page.locator(".nota")).to_have_text(
        "«boh» non è una data: scrivi per esempio agosto 2009 o 14/8/2009."
    )
    assert headings(page)[0].endswith("2020")
    # The question stays.
    page.goto(f"{home(page.url)}?da=2010&a=2015")
    page.get_by_label("Vai a", exact=True).fill("2012")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?da=2010&a=2015&vai=2012")
    assert headings(page)[0].endswith("2012")


def test_without_scripts_years_are_links(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    assert not page.get_by_role("slider").count()
    assert not page.locator(".conteggi").is_visible()  # they would not come
    page.get_by_role("navigation", name="Anni").get_by_role("link", name="2011").click()
    page.wait_for_url("**/?segue=2011*")
    assert headings(page)[0].endswith("2011")
    page.get_by_label("Vai a", exact=True).fill("2014")
    page.get_by_role("button", name="Vai", exact=True).click()
    page.wait_for_url("**/?vai=2014")
    assert headings(page)[0].endswith("2014")
    context.close()


def test_only_answers_by_date_have_headings(page: Page) -> None:
    start = home(page.url)
    page.goto(f"{start}?q=rosso&tutte=1")
    assert page.locator(".fiducia").count() and not page.locator(".mese, .tempo").count()
    for order in ("dalla+più+recente", "dalla+più+vecchia"):
        page.goto(f"{start}?q=rosso+{order}&tutte=1")
        assert page.locator(".mese").count()
        assert not page.locator(".fiducia").count()  # the photos are not ordered by it


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_the_page_stands_still(browser: Browser, slow_address: str, width: int) -> None:
    with let_in(browser, slow_address, locale="it-IT") as page:
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_load_state("networkidle")
        page.context.add_init_script(SHIFTS)
        for name in ("", "?q=rosso&tutte=1", "?vai=2014"):
            page.goto(home(slow_address) + name)
            page.locator(".conteggi summary").first.wait_for()
            page.wait_for_load_state("networkidle")
            assert sum(page.evaluate("shifts")) < 0.05, (name, page.evaluate("shifts"))


def test_captions_of_one_kind_have_one_height(page: Page) -> None:
    for name in ("", "?q=rosso&tutte=1"):
        page.goto(home(page.url) + name)
        heights = page.locator(".sotto").evaluate_all("all => all.map(one => one.offsetHeight)")
        assert len(heights) > 20 and len(set(heights)) == 1, name


def test_what_can_be_done_with_a_photo_is_behind_one_button(browser: Browser, address: str) -> None:
    with let_in(browser, address, locale="it-IT") as page:
        page.goto(f"{home(address)}?q=rosso&tutte=1")
        tile = page.locator(".tessera").nth(1)
        button = tile.locator(".mosse summary")
        assert float(button.evaluate("one => getComputedStyle(one).opacity")) == 0
        tile.hover()
        assert float(button.evaluate("one => getComputedStyle(one).opacity")) == 1
        button.click()
        tile.get_by_role("link", name="Simili a").wait_for()
        page.keyboard.press("Escape")
        expect(tile.get_by_role("link", name="Simili a")).to_be_hidden()
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        tile.get_by_role("link", name="Non questa").click()
        page.wait_for_url("**&meno=*")
    with let_in(browser, address, locale="it-IT", has_touch=True, is_mobile=True) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.reload()
        tile = page.locator(".tessera").first
        tile.locator(".mosse summary").tap()
        for target in (tile.locator(".mosse summary"), tile.get_by_role("link", name="Simili a")):
            box = target.bounding_box()
            assert box and box["height"] >= 44 and box["width"] >= 44
        page.locator("#parole").tap()  # elsewhere: it closes
        expect(tile.get_by_role("link", name="Simili a")).to_be_hidden()


def test_a_telephone_begins_with_photos(browser: Browser, address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with let_in(browser, address, locale="it-IT", has_touch=True, is_mobile=True) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.reload()
        page.locator(".conteggi summary").first.wait_for()
        box = page.locator(".tessera").first.bounding_box()
        assert box and box["y"] < 844 / 2
        counts, others = (
            page.locator(".conteggi").bounding_box(),
            page.locator(".vai, .salva").all(),
        )
        for other in filter(None, (each.bounding_box() for each in others)):
            assert counts and (
                other["y"] >= counts["y"] + counts["height"]
                or other["x"] + other["width"] <= counts["x"]
            )  # they do not touch
        tops = page.locator(".idee li").evaluate_all("all => all.map(one => one.offsetTop)")
        assert len(tops) > 1 and len(set(tops)) == 1  # one row
        for summary in (".filtri > summary", ".conteggi > details > summary"):
            page.locator(summary).tap()
            sheet = page.locator(summary).locator("..").bounding_box()
            assert sheet and sheet["y"] + sheet["height"] == pytest.approx(844, abs=1)
            assert box == page.locator(".tessera").first.bounding_box()  # it lies over the page
            assert axe.run(page).response["violations"] == []
            page.locator(summary).tap()
            expect(page.locator(summary).locator("..")).not_to_have_attribute("open", "")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_headings_and_years_are_accessible(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with let_in(browser, address, locale="it-IT", color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 844})
        for name in ("", "?vai=2012"):
            page.goto(home(address) + name)
            page.locator(".conteggi summary").first.wait_for()
            assert axe.run(page).response["violations"] == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_window_made_narrow_does_not_hide_the_photos(page: Page) -> None:
    counts = page.locator(".conteggi > details")
    counts.locator("section").first.wait_for()
    assert counts.get_attribute("open") is not None
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => !document.querySelector('.conteggi > details').open")


def test_on_a_telephone_the_rows_above_the_photos_are_even(page: Page) -> None:
    start = home(page.url)
    for question, rows in (("", 3), ("?q=rosso&tutte=1", 2)):
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(start + question)
        page.locator(".conteggi summary").first.wait_for()
        boxes = page.locator(".strumenti > *, .conteggi > details").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect()).map(box => [box.top, box.height])"
        )
        heights = {height for _, height in boxes}
        tops = sorted({top for top, _ in boxes})
        assert len(heights) == 1 and len(tops) == rows
        assert all(abs(b - a - min(heights)) < 1 for a, b in pairwise(tops))
    page.set_viewport_size({"width": 430, "height": 800})
    assert page.locator(".testata").evaluate("one => one.offsetHeight") < 70  # one line
