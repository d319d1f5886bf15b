"""The map of photos in a real browser: zoom, groups, a rectangle that becomes a filter, keys,
touch, and the list without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from cercafoto import Library, Settings
from tests.search.test_own_words import Photos
from tests.support.web_server import running
from tests.web.conftest import home, let_in

expect = pytest.importorskip("playwright.sync_api", reason="the browser needs Playwright").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Folder -> where its photos were taken, and how many they are.
TAKEN = {"siena": (43.318, 11.331, 6), "firenze": (43.77, 11.25, 4), "palermo": (38.11, 13.36, 1)}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[str]:
    """Yield the address of a server with photos of three towns, and two without a position."""
    folder = tmp_path_factory.mktemp("mappa")
    (folder / "models").mkdir()
    (folder / "models" / "tiny").symlink_to(tiny)
    settings = Settings(
        folder / "archive", folder / "models", "tiny", True, thumbnails=folder / "miniature"
    )
    photos = Photos(folder / "foto")
    for name, (latitude, longitude, number) in TAKEN.items():
        for i in range(number):
            # The first three photos of Siena are of one spot.
            at = (latitude + max(i - 2, 0) / 100, longitude)
            photos.add(f"{name}/{i}.jpg", f"2019:0{i + 1}:01", at=at)
    for i in range(2):
        photos.add(f"casa/{i}.jpg", "2018:01:01")
    Library(settings).index([photos.root])
    with running(settings) as found:
        yield found


def open_map(page: Page, address: str, view: str = "") -> None:
    """Open the map and wait for its groups. view: "zoom/latitude/longitude"; "" for all photos."""
    page.goto(f"{home(address)}mappa{'#' if view else ''}{view}")
    page.locator("#mappa[data-pronta]").wait_for()


def zoom(page: Page) -> float:
    """Return the zoom of the groups that are shown."""
    return float(page.locator("#mappa").get_attribute("data-pronta") or 0)


def zoomed(page: Page, before: float, closer: bool = True) -> None:
    """Wait until the groups of a closer, or a wider, view are shown."""
    page.wait_for_function(
        "([before, closer]) => (Number(mappa.dataset.pronta) - before) * (closer ? 1 : -1) > 0.1",
        arg=[before, closer],
    )


def numbers(page: Page) -> list[int]:
    """Return how many photos each group has, the largest first."""
    labels = page.locator(".gruppo").evaluate_all("all => all.map(one => one.ariaLabel)")
    counts = [1 if label.startswith("Una") else int(label.split()[0]) for label in labels]
    return sorted(counts, reverse=True)


def rectangle(page: Page) -> list[float]:
    """Return the corners that the address asks for."""
    page.wait_for_url(re.compile(r"/\?.*riquadro="))
    (corners,) = parse_qs(urlsplit(page.url).query)["riquadro"]
    return [float(degrees) for degrees in corners.split(",")]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse between two points of the map, each 0 to 1 from the left and from the top."""
    box = page.locator("#tavola").bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()


def test_groups_part_with_each_zoom_and_a_click(page: Page, address: str) -> None:
    open_map(page, address)
    assert numbers(page) == [10, 1]
    expect(page.locator("#mappa-stato")).to_have_text("11 foto in questa vista")
    before = zoom(page)
    page.locator(".gruppo").first.click()  # both towns
    zoomed(page, before)
    assert numbers(page)[:2] != [10, 1] and sum(numbers(page)) == 10
    before = zoom(page)
    page.get_by_role("button", name="Rimpicciolisci").click()
    zoomed(page, before, closer=False)
    page.get_by_role("button", name="Tutte").click()
    expect(page.locator("#mappa-stato")).to_have_text("11 foto in questa vista")
    before = zoom(page)
    page.locator("#tavola").hover()
    page.mouse.wheel(0, -400)
    zoomed(page, before)
    # The view is in the address.
    assert page.url.split("#")[1].startswith(f"{zoom(page):.2f}/")


def test_a_group_of_one_spot_asks_for_its_photos(page: Page, address: str) -> None:
    open_map(page, address, "15/43.318/11.331")
    expect(page.locator(".gruppo")).to_have_count(1)
    assert numbers(page) == [3]
    page.locator(".gruppo").click()
    south, west, north, east = rectangle(page)
    assert south < 43.318 < north and west < 11.331 < east
    expect(page.locator(".quante").first).to_have_text("3 foto")
    expect(page.locator(".gettone")).to_contain_text("in questo riquadro")
    # Back leads to the same view, and the answer to its own map.
    page.go_back()
    page.locator("#mappa[data-pronta]").wait_for()
    assert page.url.endswith("#15.00/43.3180/11.3310")
    page.go_forward()
    page.get_by_role("link", name="Sulla mappa").click()
    page.locator("#mappa[data-pronta]").wait_for()
    assert numbers(page) == [3] and zoom(page) > 12


def test_a_single_photo_is_opened(page: Page, address: str) -> None:
    open_map(page, address, "9/38.11/13.36")
    assert numbers(page) == [1]
    page.locator(".gruppo").click()
    page.wait_for_url(re.compile(r"/foto/\d+$"))


def test_a_rectangle_drawn_is_a_filter(page: Page, address: str) -> None:
    open_map(page, address, "8/43.5/11.3")
    page.keyboard.down("Shift")
    drag(page, (0.1, 0.5), (0.9, 0.9))
    page.keyboard.up("Shift")
    south, west, north, east = rectangle(page)
    assert south < 43.31 and 43.35 < north < 43.6 and west < 11.2 and east > 11.4
    expect(page.locator(".quante").first).to_have_text("6 foto")
    open_map(page, address, "8/43.5/11.3")
    page.get_by_role("button", name="Scegli un riquadro").click()
    drag(page, (0.9, 0.45), (0.1, 0.1))
    assert rectangle(page)[0] > 43.35
    expect(page.locator(".quante").first).to_have_text("4 foto")


def test_dragging_moves_the_map_and_opens_nothing(page: Page, address: str) -> None:
    open_map(page, address, "15/43.318/11.331")
    expect(page.locator(".gruppo")).to_have_count(1)
    drag(page, (0.5, 0.5), (0.7, 0.6))  # begins on the group
    page.wait_for_function("() => location.hash && !location.hash.endsWith('/11.3310')")
    assert urlsplit(page.url).path == "/mappa" and numbers(page) == [3]


def test_with_keys_alone(page: Page, address: str) -> None:
    open_map(page, address)
    page.locator("#tavola").focus()
    before = zoom(page)
    page.keyboard.press("+")
    zoomed(page, before)
    page.keyboard.press("-")
    page.keyboard.press("ArrowRight")
    before = zoom(page)
    page.keyboard.press("Home")
    expect(page.locator("#mappa-stato")).to_have_text("11 foto in questa vista")
    page.keyboard.press("Tab")
    group = page.locator(".gruppo:focus")
    expect(group).to_have_attribute("aria-label", re.compile("^10 foto"))
    outline = "one => getComputedStyle(one).outlineStyle"
    assert group.evaluate(outline) == "solid"
    before = zoom(page)
    page.keyboard.press("Enter")
    zoomed(page, before)
    expect(page.locator("#tavola")).to_be_focused()
    page.get_by_role("button", name="Solo le foto di qui").focus()
    page.keyboard.press("Enter")
    south, west, north, east = rectangle(page)
    assert south < 43.31 and north > 43.77 and west < 11.25 and east > 11.34
    expect(page.locator(".quante").first).to_have_text("10 foto")


def test_with_fingers(browser: Browser, address: str) -> None:
    with let_in(browser, address, has_touch=True) as page:
        page.set_viewport_size({"width": 390, "height": 780})
        open_map(page, address, "8/43.5/11.3")
        finger = page.context.new_cdp_session(page)
        box = page.locator("#tavola").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def touch(kind: str, *points: tuple[float, float]) -> None:
            at = [{"x": x + dx, "y": y + dy, "id": i} for i, (dx, dy) in enumerate(points)]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        before = zoom(page)
        touch("touchStart", (-40, 0), (40, 0))
        touch("touchMove", (-70, 0), (70, 0))
        touch("touchMove", (-120, 0), (120, 0))
        touch("touchEnd")
        zoomed(page, before)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        open_map(page, address, "9/43.5/11.3")
        page.reload()
        page.locator("#mappa[data-pronta]").wait_for()
        page.get_by_role("button", name="Scegli un riquadro").tap()
        touch("touchStart", (-150, 0))
        touch("touchMove", (0, 100))
        touch("touchMove", (150, 180))
        touch("touchEnd")
        assert rectangle(page)[2] < 43.6


def test_the_list_is_there_without_scripts(browser: Browser, address: str) -> None:
    with let_in(browser, address, java_script_enabled=False) as page:
        page.goto(f"{home(address)}mappa")
        expect(page.locator("#mappa")).to_be_hidden()
        places = page.locator(".luoghi li")
        expect(places).to_have_count(3)
        expect(page.locator(".esito")).to_contain_text("Altre 2 non hanno posizione")
        page.get_by_role("link", name=re.compile("^Palermo")).click()
        expect(page.locator(".quante").first).to_have_text("1 foto")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_nothing(browser: Browser, address: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
    options = {"bypass_csp": True, "color_scheme": scheme}  # axe is a script
    with let_in(browser, address, **options) as page:
        page.set_viewport_size({"width": width, "height": 800})
        open_map(page, address)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
