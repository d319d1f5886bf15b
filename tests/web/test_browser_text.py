"""A photo's words in a real browser: placed over the photo, selectable, with matches marked, and
harmless to keyboard and screen readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cercafoto import Library, Settings
from cercafoto.results.texts import TextLine
from tests.support.web_server import running
from tests.support.written_photos import LINES, keep, paper
from tests.web.conftest import let_in, open_data

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Name -> quarter by which the words are turned in what is stored, and the EXIF's orientation.
PAPERS = {"dritta.jpg": (0, 1), "lato.jpg": (90, 1), "capovolta.jpg": (180, 1),
          "exif.jpg": (0, 6), "exif lato.jpg": (270, 6)}  # fmt: skip
SLACK = 2.0  # pixels


class ReadPapers:
    """Photos of papers whose words were read, served as pages.

    address: the first address, with the key.
    lines: of each photo, by its id.
    """

    def __init__(self, address: str, ids: dict[str, int]) -> None:
        self.address, self.ids = address, ids
        self.lines: dict[str, tuple[TextLine, ...]] = {}

    def photo(self, name: str, words: str = "") -> str:
        return f"{self.address.split('?')[0]}foto/{self.ids[name]}?q={words}"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[ReadPapers]:
    folder = tmp_path_factory.mktemp("testo")
    (folder / "models").mkdir()
    (folder / "models" / "tiny").symlink_to(tiny)
    settings = Settings(
        folder / "archive", folder / "models", "tiny", True, thumbnails=folder / "miniature"
    )
    read = {name: paper(folder / "foto", name, *how) for name, how in PAPERS.items()}
    library = Library(settings)
    library.index([folder / "foto"])
    ids = {name: keep(library, folder / "foto" / name, text) for name, text in read.items()}
    with running(settings) as address:
        found = ReadPapers(address, ids)
        found.lines = {name: text.lines for name, text in read.items()}
        yield found


@pytest.fixture
def page(browser: Browser, archive: ReadPapers) -> Iterator[Page]:
    copying = ["clipboard-read", "clipboard-write"]
    with let_in(browser, archive.address, permissions=copying) as found:
        yield found


def corners(page: Page, line: TextLine) -> list[tuple[float, float]]:
    """Return the corners of a line on the screen."""
    photo: Any = page.locator(".immagine img").bounding_box()
    return [
        (photo["x"] + x * photo["width"], photo["y"] + y * photo["height"])
        for x, y in zip(line.box[::2], line.box[1::2], strict=True)
    ]


def ends(page: Page, line: TextLine) -> list[tuple[float, float]]:
    """Return points just inside the first letter of a line and after its last, at half height."""
    upper_left, upper_right, lower_right, lower_left = corners(page, line)
    begin, end = (
        ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        for a, b in ((upper_left, lower_left), (upper_right, lower_right))
    )
    return [
        (begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share)
        for share in (0.004, 0.998)
    ]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> str:
    """Select with the mouse, copy with the keyboard; return the copied text."""
    page.evaluate("getSelection().removeAllRanges()")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=12)
    page.mouse.up()
    page.keyboard.press("Control+c")
    copied: str = page.evaluate("navigator.clipboard.readText()")
    return copied


@pytest.mark.parametrize("name", PAPERS)
def test_words_lie_where_they_are_written(page: Page, archive: ReadPapers, name: str) -> None:
    page.goto(archive.photo(name))
    page.wait_for_load_state("networkidle")
    photo, layer = (
        page.locator(f".immagine {what}").bounding_box() for what in ("img", ".scritte")
    )
    assert photo == layer
    # Without the margin around lines that helps the mouse.
    boxes = page.locator(".scritte span").evaluate_all(
        """spans => spans.map(span => {
            const range = document.createRange();
            range.selectNodeContents(span);
            const box = range.getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom];
        })"""
    )
    assert len(boxes) == len(LINES)
    for line, found in zip(archive.lines[name], boxes, strict=True):
        across, down = zip(*corners(page, line), strict=True)
        wanted = (min(across), min(down), max(across), max(down))
        # A range is as high as the font is, which is a little more than the line.
        high = min(max(across) - min(across), max(down) - min(down))
        assert found == pytest.approx(wanted, abs=SLACK + 0.15 * high)


@pytest.mark.parametrize("name", ["lato.jpg", "exif lato.jpg"])
def test_words_are_selected_with_the_mouse_and_copied(
    page: Page, archive: ReadPapers, name: str
) -> None:
    page.goto(archive.photo(name))
    page.wait_for_load_state("networkidle")
    lines = archive.lines[name]
    (first, first_end), (_, third_end) = ends(page, lines[0]), ends(page, lines[2])
    assert drag(page, first, first_end).strip() == LINES[0]
    copied = drag(page, first, third_end)
    assert copied.strip().splitlines() == list(LINES[:3])


def test_what_was_asked_for_is_marked_over_its_letters(page: Page, archive: ReadPapers) -> None:
    page.goto(archive.photo("dritta.jpg", "gigi"))
    open_data(page)
    page.wait_for_load_state("networkidle")
    assert page.locator(".scritto mark").all_inner_texts() == ["Gigi"]
    (mark,) = [found.bounding_box() for found in page.locator(".segni polygon").all()]
    across, down = zip(*corners(page, archive.lines["dritta.jpg"][0]), strict=True)
    whole = max(across) - min(across)
    assert mark is not None
    assert mark["x"] + mark["width"] == pytest.approx(max(across), abs=SLACK + 1)
    assert 0.15 * whole < mark["width"] < 0.35 * whole
    assert mark["y"] == pytest.approx(min(down), abs=SLACK + 1)
    page.goto(archive.photo("dritta.jpg", "zebra"))
    assert page.locator(".segni polygon, mark").count() == 0


def test_a_button_copies_all_of_it(page: Page, archive: ReadPapers) -> None:
    page.goto(archive.photo("lato.jpg"))
    open_data(page)
    page.get_by_role("button", name="Copia il testo").click()
    page.get_by_role("button", name="Copiato").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(LINES)


def test_the_photo_that_was_asked_for_opens_with_its_marks(page: Page, archive: ReadPapers) -> None:
    page.locator("#parole").fill("trattoria gigi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=trattoria+gigi")
    page.locator(".apri").first.click()
    page.locator(".segni polygon").first.wait_for()
    open_data(page)
    page.wait_for_load_state("networkidle")  # the keys are there
    assert set(page.locator("mark").all_inner_texts()) == {"Trattoria", "Gigi"}
    following = page.locator(".dopo").get_attribute("href") or ""
    assert following.endswith("?q=trattoria+gigi")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**{following}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Escape")
    page.wait_for_url("**/?q=trattoria+gigi")


def test_who_listens_hears_the_words_once_and_tab_passes_the_layer(
    page: Page, archive: ReadPapers
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.goto(archive.photo("dritta.jpg", "gigi"))
    open_data(page)
    page.wait_for_load_state("networkidle")
    found = axe.run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    told = page.locator("body").aria_snapshot()
    assert told.count("Tavolo 30") == 1
    assert page.locator(".scritte :focus, .scritte [tabindex]").count() == 0
    seen = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.className"))
    assert "scritto" in seen and not seen & {"scritte", "segni"}
