"""One photo in a real browser: the viewer that fills the screen, by keys, mouse and touch, and
without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cercafoto import Library, Settings
from tests.conftest import PAINT, paint
from tests.support.clips import GREEN, RED, make_clip
from tests.support.web_server import running
from tests.web.conftest import home, let_in

expect = pytest.importorskip("playwright.sync_api", reason="the browser needs Playwright").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

PHOTOS = 47  # more than one page of the grid
BIG = (3000, 2000)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[str]:
    """Yield the address of a server with some photos of known days; the latest is large."""
    folder = tmp_path_factory.mktemp("visore")
    (folder / "models").mkdir()
    (folder / "models" / "tiny").symlink_to(tiny)
    settings = Settings(
        folder / "archive", folder / "models", "tiny", True, thumbnails=folder / "miniature"
    )
    for at in range(PHOTOS):
        name, (red, green, blue) = list(PAINT.items())[at % 5]
        colour = (max(red - at, 0), max(green - at, 0), max(blue - at, 0))
        size, ending = ((60, 40), (40, 60), (90, 30))[at % 3], "png"
        if at == PHOTOS - 1:
            size, ending = BIG, "jpg"
        if at == PHOTOS - 2:
            size, ending = BIG, "tif"  # which browsers save
        day = f"2019{1 + at // 28:02}{1 + at % 28:02}"
        paint(folder / "foto" / f"IMG_{day}_{name}.{ending}", colour, size)
    Library(settings).index([folder / "foto"])
    with running(settings) as found:
        yield found


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    with let_in(browser, address, locale="it-IT", has_touch=True, is_mobile=True) as found:
        found.set_viewport_size({"width": 390, "height": 844})
        yield found


def names(page: Page) -> list[str]:
    return [image.get_attribute("alt") or "" for image in page.locator("#griglia .apri img").all()]


def opened(page: Page, number: int = 0) -> str:
    """Open a photo of the grid; return its name."""
    link = page.locator(".tessera .apri").nth(number)
    name = link.locator("img").get_attribute("alt") or ""
    link.click()
    shows(page, name)
    return name


def shows(page: Page, name: str) -> None:
    """Wait until the viewer shows a photo and is at work."""
    expect(page.locator(".barra h1")).to_have_text(name)
    page.locator(".immagine.misurata").wait_for()
    number = page.locator(".foto").get_attribute("data-foto")
    page.wait_for_url(f"**/foto/{number}*")
    has_loaded(page)


def has_loaded(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('.immagine img').naturalWidth > 0")


def box(page: Page, what: str = ".immagine img") -> dict[str, float]:
    found: Any = page.locator(what).bounding_box()
    return dict(found)


def middle(of: dict[str, float]) -> tuple[float, float]:
    return of["x"] + of["width"] / 2, of["y"] + of["height"] / 2


def test_the_photo_fills_its_room_in_the_middle(page: Page) -> None:
    latest = names(page)
    opened(page)
    for name in latest[1:5]:
        page.keyboard.press("ArrowRight")
        shows(page, name)
        photo, room = box(page), box(page, ".palco")
        assert middle(photo) == pytest.approx(middle(room), abs=1)
        image = page.locator(".immagine img")
        width, height = (int(image.get_attribute(side) or 0) for side in ("width", "height"))
        assert photo["width"] / photo["height"] == pytest.approx(width / height, rel=0.02)
        share = max(photo["width"] / room["width"], photo["height"] / room["height"])
        assert share <= 1.01
        # Small ones at three times their size.
        assert share > 0.99 or photo["width"] == pytest.approx(3 * width, abs=1)


def test_photos_follow_each_other_with_keys_and_closing_goes_back_to_the_grid(page: Page) -> None:
    latest = names(page)
    opened(page, 1)
    expect(page.locator("#quale")).to_have_text("2")  # of more than the grid has loaded
    page.keyboard.press("ArrowRight")
    shows(page, latest[2])
    page.locator("#dopo").click()
    shows(page, latest[3])
    expect(page.locator("#dopo")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    shows(page, latest[2])
    assert page.title() == f"{latest[2]} · cercafoto"
    number = page.locator(".foto").get_attribute("data-foto")
    page.reload()  # the address names it
    shows(page, latest[2])
    page.keyboard.press("Escape")
    page.wait_for_url("**/")
    page.wait_for_function("foto => document.activeElement.dataset.foto === foto", arg=number)
    page.locator(".tessera .apri").nth(1).click()
    shows(page, latest[1])
    page.keyboard.press("ArrowRight")
    shows(page, latest[2])
    page.go_back()
    page.wait_for_url("**/")
    assert names(page)[:40] == latest[:40]


def test_the_next_photo_is_there_before_it_is_asked_for(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    latest = names(page)
    fetched: list[str] = []
    page.on("requestfinished", lambda request: fetched.append(request.url))
    opened(page, 3)
    after = page.locator("#dopo").get_attribute("href") or ""
    page.wait_for_load_state("networkidle")
    assert any(url.endswith(after) for url in fetched)
    assert any(f"/vista/{after.rpartition('/')[2]}/" in url for url in fetched)
    context.set_offline(True)  # nothing more comes
    page.keyboard.press("ArrowRight")
    shows(page, latest[4])
    context.close()


def test_a_photo_that_does_not_come_is_told(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    opened(page)
    page.wait_for_load_state("networkidle")
    page.route("**/foto/*", lambda route: route.abort())
    page.keyboard.press("ArrowRight")  # this one was already there
    expect(page.locator("#quale")).to_have_text("2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#avviso")).to_contain_text("La foto non arriva")
    context.close()


def test_the_viewer_goes_on_where_the_grid_had_ended(page: Page) -> None:
    last = len(names(page)) - 1
    name = opened(page, last)
    page.wait_for_function("() => document.getElementById('dopo').hasAttribute('href')")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#quale")).to_have_text(f"{last + 2} di {PHOTOS}")
    assert page.locator(".barra h1").inner_text() != name
    number = page.locator(".foto").get_attribute("data-foto")
    page.keyboard.press("Escape")
    page.wait_for_function("foto => document.activeElement.dataset.foto === foto", arg=number)


def enlarged(page: Page) -> float:
    """Return how many times the fitted size the photo has."""
    found: float = page.evaluate(
        """() => {
            const box = document.querySelector('.immagine');
            return box.getBoundingClientRect().width / box.offsetWidth;
        }"""
    )
    return found


@pytest.mark.parametrize(("number", "pixels"), [(0, "/originale/"), (1, "/grande/")])
def test_the_wheel_enlarges_to_the_pixels_of_the_original(
    page: Page, number: int, pixels: str
) -> None:
    opened(page, number)
    assert enlarged(page) == pytest.approx(1, abs=0.01)
    room = box(page, ".palco")
    spot = room["x"] + room["width"] / 4, room["y"] + room["height"] / 4
    before = box(page)
    page.mouse.move(*spot)
    page.mouse.wheel(0, -200)
    page.wait_for_function("() => document.querySelector('.palco').matches('.aperto')")
    now, times = box(page), enlarged(page)
    assert times > 1.2
    for at, side in ((spot[0], "x"), (spot[1], "y")):  # what is under the mouse stays there
        assert (at - now[side]) / times == pytest.approx(at - before[side], abs=2)
    page.mouse.wheel(0, -60_000)
    page.locator(".immagine[data-nitida=c’è]").wait_for()
    image = page.locator(".immagine img")
    assert pixels in (image.get_attribute("src") or "")
    page.wait_for_function(
        "wide => document.querySelector('.immagine img').naturalWidth === wide", arg=BIG[0]
    )
    assert box(page)["width"] == pytest.approx(BIG[0], abs=2)  # one pixel is one pixel
    page.mouse.down()  # and it is moved about, but never out of its room
    page.mouse.move(spot[0] + 5000, spot[1], steps=4)
    page.mouse.up()
    assert box(page)["x"] == pytest.approx(room["x"], abs=1)
    page.mouse.move(*spot)
    page.mouse.wheel(0, 60_000)
    page.wait_for_function("() => !document.querySelector('.palco').matches('.aperto')")
    assert box(page) == pytest.approx(before, abs=1)


def test_keys_alone_enlarge_and_move_the_photo(page: Page) -> None:
    opened(page)
    button = page.get_by_role("button", name="Ingrandisci")
    assert button.get_attribute("aria-pressed") == "false"
    page.keyboard.press("z")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert box(page)["width"] == pytest.approx(BIG[0], abs=2)
    left = box(page)["x"]
    page.keyboard.press("Shift+ArrowRight")
    assert box(page)["x"] < left - 100
    page.keyboard.press("-")
    assert 1 < enlarged(page) < BIG[0] / 1200
    page.keyboard.press("z")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("+")
    assert enlarged(page) == pytest.approx(1.5, abs=0.02)
    name = page.locator(".barra h1").inner_text()
    page.keyboard.press("ArrowRight")  # the next one is whole
    expect(page.locator(".barra h1")).not_to_have_text(name)
    assert enlarged(page) == pytest.approx(1, abs=0.01)


def test_full_screen_and_photos_that_follow_each_other(page: Page) -> None:
    latest = names(page)
    opened(page)
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement?.matches('.foto')")
    page.keyboard.press("ArrowRight")
    shows(page, latest[1])
    assert page.evaluate("document.fullscreenElement !== null")
    button = page.locator("#sfila")
    page.keyboard.press("s")
    expect(button).to_have_attribute("aria-pressed", "true")
    shows(page, latest[2])
    shows(page, latest[3])
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.fullscreenElement === null")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert "/foto/" in page.url
    page.keyboard.press("Escape")
    page.wait_for_url("**/")


def test_photos_chosen_in_the_viewer_are_chosen_in_the_grid(page: Page) -> None:
    page.locator(".spunta input").nth(2).check()
    opened(page, 1)
    button = page.get_by_role("button", name="Scegli")
    page.keyboard.press("x")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(page.locator("#scelte-quante")).to_have_text("1 foto scelta")
    assert page.locator(".spunta input").nth(1).is_checked()


def test_the_heart_is_the_label_given_last(page: Page) -> None:
    latest = names(page)
    opened(page, 5)
    heart = page.locator("#cuore")
    expect(heart).to_have_attribute("aria-label", "Etichetta «preferita»")
    page.keyboard.press("i")
    page.locator("#nuova").fill("da stampare")
    page.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-label", "Etichetta «da stampare»")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.locator("#dati summary").click()
    page.keyboard.press("ArrowRight")
    expect(heart).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("c")
    expect(page.locator("#avviso")).to_have_text("Aggiunta: da stampare.")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#avviso")).to_be_empty()
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    shows(page, latest[6])
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.click()
    expect(page.locator("#avviso")).to_have_text("Tolta: da stampare.")
    expect(heart).to_have_attribute("aria-pressed", "false")


def test_one_photo_is_saved_and_asked_for_more_like_it(page: Page) -> None:
    name = opened(page, 2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Scarica").click()
    assert download.value.suggested_filename == name
    number = page.locator(".foto").get_attribute("data-foto")
    page.locator(".comandi").get_by_role("link", name="Altre come questa").click()
    page.wait_for_url(f"**/?come=f{number}")


def finger(touch: CDPSession, kind: str, *spots: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(spots)]
    touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


def test_fingers_sweep_and_pinch(phone: Page) -> None:
    latest, touch = names(phone), phone.context.new_cdp_session(phone)
    opened(phone)
    x, y = middle(box(phone, ".palco"))
    for start, end, name in ((80, -80, latest[1]), (80, -80, latest[2]), (-80, 80, latest[1])):
        finger(touch, "Start", (x + start, y))
        for step in range(1, 5):
            finger(touch, "Move", (x + start + (end - start) * step / 4, y + step))
        finger(touch, "End")
        shows(phone, name)
    wide = box(phone)["width"]
    finger(touch, "Start", (x - 30, y))
    finger(touch, "Start", (x - 30, y), (x + 30, y))
    for step in range(1, 5):
        finger(touch, "Move", (x - 30 - 20 * step, y), (x + 30 + 20 * step, y))
    finger(touch, "End", (x - 110, y))
    finger(touch, "End")
    assert box(phone)["width"] == pytest.approx(wide * 220 / 60, rel=0.1)
    phone.locator(".immagine[data-nitida=c’è]").wait_for()
    left = box(phone)["x"]
    finger(touch, "Start", (x, y))
    finger(touch, "Move", (x + 40, y))
    finger(touch, "Move", (x + 80, y))
    finger(touch, "End")
    assert box(phone)["x"] > left + 30  # moved, not swept
    shows(phone, latest[1])


def test_a_tap_hides_what_is_not_the_photo(phone: Page) -> None:
    opened(phone)
    x, y = middle(box(phone, ".palco"))
    bar = phone.locator(".barra")
    expect(bar).to_have_css("opacity", "1")
    phone.touchscreen.tap(x, y)
    expect(bar).to_have_css("opacity", "0")
    phone.locator("#schermo").focus()  # keys find it all the same
    expect(bar).to_have_css("opacity", "1")


def test_on_a_phone_held_sideways_the_photo_has_the_screen(phone: Page) -> None:
    phone.set_viewport_size({"width": 844, "height": 390})
    opened(phone)
    expect(phone.locator(".barra")).to_have_css("opacity", "0")
    assert box(phone)["height"] == pytest.approx(390, abs=1)
    x, y = middle(box(phone, ".palco"))
    phone.touchscreen.tap(x, y)
    expect(phone.locator(".barra")).to_have_css("opacity", "1")
    assert box(phone)["height"] == pytest.approx(390, abs=1)


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [(1280, 800, "light"), (390, 844, "dark"), (320, 568, "light"), (844, 390, "dark")],
)
def test_the_viewer_is_accessible_and_nothing_is_cut(
    browser: Browser, address: str, width: int, height: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with let_in(browser, address, locale="it-IT", color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": height})
        opened(page)
        for state in ("closed", "open", "enlarged"):
            if state == "open":
                page.keyboard.press("i")
                page.get_by_role("heading", name="Etichette").wait_for()
            if state == "enlarged":
                page.keyboard.press("i")
                page.keyboard.press("z")
                page.locator(".palco.aperto").wait_for()
            found = axe.run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], state
            out = page.evaluate(
                """width => [...document.querySelectorAll(".barra *, .dati *")].filter((one) => {
                    const box = one.getBoundingClientRect();
                    return box.width && !one.closest(".nascosto") && !one.closest("svg")
                        && (box.right > width + 1 || box.left < -1);
                }).map((one) => one.outerHTML.slice(0, 120))""",
                width,
            )
            assert out == [], state
            small = page.locator(".comandi > *, .chiudi").evaluate_all(
                "all => all.map((one) => one.getBoundingClientRect())"
                ".filter((box) => box.width && Math.min(box.width, box.height) < 44).length"
            )
            assert small == 0, state


def test_without_scripts_the_photo_is_large_and_its_neighbours_are_linked(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    latest = names(page)
    page.locator(".tessera .apri").first.click()
    expect(page.locator(".barra h1")).to_have_text(latest[0])
    assert page.locator("#prima[href]").count() == 0
    expect(page.locator(".immagine img")).to_be_visible()
    photo = box(page)
    assert photo["height"] > 700
    assert middle(photo) == pytest.approx(middle(box(page, ".palco")), abs=1)
    for name in latest[1:4]:
        page.locator("#dopo").click()
        expect(page.locator(".barra h1")).to_have_text(name)
    page.locator("#prima").click()
    expect(page.locator(".barra h1")).to_have_text(latest[2])
    assert not page.locator("#schermo").is_visible()  # what needs scripts is not offered
    page.locator("#dati summary").click()
    page.get_by_role("link", name="La stessa cartella").click()
    page.wait_for_url("**/?*")
    context.close()


def test_a_video_plays_in_its_tile_while_the_mouse_rests_on_it(
    browser: Browser, library: Library, tmp_path: Path
) -> None:
    pytest.importorskip("av", reason="the extra that reads videos")
    paint(tmp_path / "foto" / "blu.png", (10, 10, 250))
    # WebM: free builds of Chromium play no MPEG-4.
    make_clip(tmp_path / "foto" / "film.webm", [RED, GREEN], 1, codec="libvpx")
    library.index([tmp_path / "foto"])
    with (
        running(library.settings) as address,
        let_in(browser, address, reduced_motion="no-preference") as page,
    ):
        tile = page.locator(".apri", has=page.locator(".filmato"))
        expect(tile.locator(".filmato")).to_have_text("video 0:02")
        tile.hover()
        page.wait_for_function("() => document.querySelector('.apri video')?.currentTime > 0")
        assert page.evaluate("document.querySelector('.apri video').muted")
        page.mouse.move(2, 2)
        expect(tile.locator("video")).to_have_count(0)
        page.locator(".apri", has_not=page.locator(".filmato")).hover()
        tile.click()
        page.locator(".immagine.misurata").wait_for()


def test_photos_that_follow_each_other_wait_for_the_end_of_a_video(
    browser: Browser, library: Library, tmp_path: Path
) -> None:
    pytest.importorskip("av", reason="the extra that reads videos")
    paint(tmp_path / "foto" / "blu.png", (10, 10, 250))
    # Longer than a photo is shown.
    make_clip(tmp_path / "foto" / "film.webm", [RED, GREEN], 3, codec="libvpx")
    library.index([tmp_path / "foto"])
    with running(library.settings) as address, let_in(browser, address) as page:
        page.locator(".apri", has=page.locator(".filmato")).click()
        page.locator(".immagine video").evaluate(
            "video => video.addEventListener('ended', () => { window.hasEnded = true; })"
        )
        page.locator("#dopo[href]").wait_for()
        page.keyboard.press("s")
        expect(page.locator(".barra h1")).to_have_text("blu.png")
        assert page.evaluate("window.hasEnded") is True
