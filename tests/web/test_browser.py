"""The page in a real browser: Chromium, without a window. Keyboard, scripts, and a screen reader's
view of it (axe-core)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cercafoto import Library, Settings
from cercafoto.labels.label_file import parse_labels
from tests.conftest import PAINT, paint
from tests.support.web_server import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="the browser is driven by Playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # --no-sandbox: as root, as containers run tests, Chromium refuses to start otherwise.
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[str]:
    """Some hundred photos of five colours, of three years, with labels."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "models").mkdir()
    (folder / "models" / "tiny").symlink_to(tiny)
    settings = Settings(
        folder / "archive", folder / "models", "tiny", True, thumbnails=folder / "miniature"
    )
    for at in range(95):
        name, (red, green, blue) = list(PAINT.items())[at % 5]
        colour = (max(red - at, 0), max(green - at, 0), max(blue - at, 0))
        day = f"{2018 + at % 3}{1 + at % 12:02}{1 + at % 28:02}"
        size = ((60, 40), (40, 60), (90, 30))[at % 3]
        paint(folder / "foto" / f"IMG_{day}_101010_{name}{at:02}.png", colour, size)
    library = Library(settings)
    library.index([folder / "foto"])
    library.tag(parse_labels("rosso\nblu\nverde", "colori"), "colori", threshold=0.5, most=1)
    with running(settings) as found:
        yield found


def home(address: str) -> str:
    return address.split("?")[0]


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Inside; any error of a script, or anything that the policy blocks, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="it-IT")
    context.set_default_timeout(20_000)
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


def shown(page: Page) -> list[str]:
    return [image.get_attribute("alt") or "" for image in page.locator("#griglia .apri img").all()]


def test_the_token_leaves_the_address(page: Page, address: str) -> None:
    assert page.url == home(address)


def test_the_grid_goes_on_by_itself(page: Page) -> None:
    assert len(shown(page)) == 40
    for _ in range(10):
        page.mouse.wheel(0, 6000)
        page.wait_for_timeout(100)
        if len(shown(page)) == 95:
            break
    page.locator("#griglia .apri").nth(94).wait_for()
    assert len(set(shown(page))) == 95
    assert page.locator(".altre").count() == 0


def test_a_search_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "parole"
    page.keyboard.type("rosso")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=rosso")
    assert "rosso" in shown(page)[0]
    page.keyboard.press("ArrowRight")  # into the grid
    first = page.evaluate("document.activeElement.dataset.foto")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.dataset.foto")
    assert first and second and first != second
    page.keyboard.press("ArrowDown")
    below = page.evaluate("document.activeElement.dataset.foto")
    assert below not in (first, second)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.foto") == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/foto/*")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/foto/{second}")
    page.keyboard.press("Escape")
    page.wait_for_url("**/?q=rosso")
    assert page.evaluate("document.activeElement.dataset.foto") == second


def test_the_question_keeps_its_slash(page: Page) -> None:
    page.locator("#parole").fill("")
    page.locator("#parole").press_sequentially("rosso/blu")
    assert page.locator("#parole").input_value() == "rosso/blu"


def test_counts_narrow_the_answer_and_chips_widen_it(page: Page, address: str) -> None:
    page.locator(".conteggi a", has_text="2019").click()
    page.wait_for_url("**/?quando=2019")
    assert page.locator(".gettone").inner_text().split()[:2] == ["quando", "2019"]
    page.locator(".conteggi a", has_text="rosso").click()
    page.wait_for_url("**/?etichetta=rosso&quando=2019")
    assert shown(page) and all("rosso" in name for name in shown(page))
    page.locator(".gettone", has_text="2019").click()
    page.wait_for_url("**/?etichetta=rosso")


def test_a_new_search_keeps_what_was_chosen(page: Page, address: str) -> None:
    page.goto(f"{home(address)}?quando=2019")
    page.locator("#parole").fill("blu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=blu&quando=2019")


def drop(page: Page, path: Path) -> None:
    """As a file manager does."""
    import base64

    data = base64.b64encode(path.read_bytes()).decode()
    transfer = page.evaluate_handle(
        """([data, name]) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: "image/png" }));
            return transfer;
        }""",
        [data, path.name],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("body", event, {"dataTransfer": transfer})


def test_a_photo_that_is_dropped_is_the_question(page: Page, tmp_path: Path) -> None:
    drop(page, paint(tmp_path / "mia.png", (5, 240, 5)))
    page.wait_for_url("**/?come=c*")
    assert "verde" in shown(page)[0]
    assert page.locator(".francobollo").evaluate("image => image.naturalWidth") > 0


def test_what_is_no_picture_is_told(page: Page, tmp_path: Path) -> None:
    (tmp_path / "lettera.png").write_text("cara Ada")
    page.locator("#esempio").set_input_files(tmp_path / "lettera.png")
    page.locator("#carico", has_text="Questa immagine non si può usare").wait_for()


def test_labels_of_a_photo(page: Page, address: str) -> None:
    page.goto(f"{home(address)}foto/1")
    page.locator("#nuova").fill("prato fiorito")
    page.keyboard.press("Enter")
    page.locator("#etichette", has_text="prato fiorito").wait_for()
    page.get_by_role("button", name="Togli l’etichetta prato fiorito").click()
    page.locator("#avviso", has_text="Tolta: prato fiorito.").wait_for()
    assert "prato fiorito" not in page.locator("#etichette").inner_text()


def test_the_path_can_be_copied(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{home(address)}foto/1")
    page.get_by_role("button", name="Copia il percorso").click()
    page.get_by_role("button", name="Copiato").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator(".percorso code").first.inner_text()


def test_labels_are_tried_and_saved(page: Page, address: str) -> None:
    page.goto(f"{home(address)}etichetta?foto=f1")
    page.locator("#testo").fill("rosso\nblu: azzurro\nverde")
    page.get_by_role("button", name="Prova").click()
    # The bars of the labels that ship stand there before.
    page.locator(".barre li", has_text="verde").wait_for()
    sure = page.locator("meter").evaluate_all("meters => meters.map(meter => meter.value)")
    assert len(sure) == 3
    assert sure == sorted(sure, reverse=True) and sure[0] > 0.5
    with page.expect_download() as download:
        page.get_by_role("button", name="Salva come file").click()
    saved = download.value
    assert saved.suggested_filename == "etichette.txt"
    assert len(parse_labels(Path(saved.path()).read_text("utf-8"), "salvate")) == 3
    page.locator("#testo").fill("rosso\nrosso")
    page.get_by_role("button", name="Prova").click()
    page.locator("#avviso", has_text="è già alla riga 1").wait_for()


def test_the_map_lies_over_the_photo(page: Page, address: str, tmp_path: Path) -> None:
    from PIL import Image

    half = Image.new("RGB", (64, 48), (10, 250, 10))
    half.paste((250, 10, 10), (32, 0, 64, 48))
    half.save(tmp_path / "meta.png")
    page.goto(f"{home(address)}dove")
    page.locator("#scelta").set_input_files(tmp_path / "meta.png")
    page.wait_for_url("**/dove?foto=c*")
    page.locator("#cosa").fill("rosso")
    page.keyboard.press("Enter")
    box = page.locator(".riquadro").bounding_box()
    whole = page.locator(".mappa").bounding_box()
    assert box and whole
    assert box["x"] > whole["x"] + whole["width"] * 0.35
    page.locator("#forza").fill("0.2")
    assert page.locator("#calore").get_attribute("opacity") == "0.2"


PAGES = ("", "?q=rosso", "?q=nero", "?q=rosso+senza+verde&quando=2019&meno=3",
         "?luogo=Vattelapesca", "foto/1", "etichetta", "etichetta?foto=f1", "dove",
         "dove?foto=f2&q=blu", "non-esiste")  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
def test_every_page_is_for_everyone(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    """axe-core finds nothing to object to, and nothing runs out of the screen sideways."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    for name in PAGES:
        page.goto(home(address) + name)
        page.wait_for_load_state("networkidle")
        found = axe.run(page).response["violations"]
        told = [
            (one["id"], node["html"][:200], node.get("failureSummary"))
            for one in found
            for node in one["nodes"]
        ]
        assert told == [], (name, width, scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (name, wide)
    context.close()


def test_titles_tell_the_pages_apart(page: Page, address: str) -> None:
    titles = []
    for name in ("", "?q=rosso", "foto/1", "etichetta", "dove"):
        page.goto(home(address) + name)
        titles.append(page.title())
        assert page.locator("html").get_attribute("lang") == "it"
        assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    assert len(set(titles)) == 5 and all(re.search("cercafoto", title) for title in titles)


def test_without_scripts_one_can_search_all_the_same(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    page.locator("#parole").fill("blu")
    page.get_by_role("button", name="Cerca", exact=True).click()
    assert "blu" in shown(page)[0]
    page.locator(".tessera .apri").first.click()
    assert "/foto/" in page.url
    page.get_by_label("Chiudi la foto").click()
    page.get_by_role("link", name="Mostra altre foto").click()
    assert "da=" in page.url and len(shown(page)) == 40
    context.close()
