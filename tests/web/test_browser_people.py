"""The pages about people in a real browser: by keyboard, without scripts, on a phone; accessible
(axe-core).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cercafoto import Library
from tests.faces.conftest import EACH, doubt, name_one
from tests.faces.test_album import photos_with
from tests.support.web_server import running
from tests.web.conftest import home, let_in

expect = pytest.importorskip("playwright.sync_api", reason="the browser needs Playwright").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 390, "height": 844}
SHOWN_OF_PHONE = 660  # what the bars of a phone's browser leave


@pytest.fixture
def asked(family: Library) -> Library:
    """Nobody has a name yet."""
    family.faces.find()
    return family


@pytest.fixture
def named(asked: Library) -> Library:
    """Rosa and Ugo have names; two photos may show Rosa, two may show Ugo."""
    for name in ("rosa", "ugo"):
        name_one(asked, name)
    doubt(asked, {"pina0", "pina1"}, "rosa", group=100)
    doubt(asked, {"pina2", "pina3"}, "ugo", group=101)
    return asked


@pytest.fixture
def page(browser: Browser, family: Library) -> Iterator[Page]:
    """A browser without scripts: all must work in it."""
    with running(family.settings) as address:
        options = {"java_script_enabled": False, "base_url": home(address)}
        with let_in(browser, address, **options) as found:
            yield found


def test_a_name_is_given_by_keyboard(asked: Library, page: Page) -> None:
    page.goto("/persone")
    expect(page.get_by_role("heading", name="Chi è?")).to_be_visible()
    expect(page.get_by_label("Il nome")).to_be_focused()
    page.keyboard.type("zia Pina")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ultima azione: 4 volti di zia Pina.")).to_be_visible()
    assert asked.photos.people() == [("zia Pina", EACH)]
    expect(page.get_by_label("Il nome")).to_be_focused()  # the next one
    page.get_by_role("button", name="Annulla").click()
    expect(page.get_by_text("Ancora 3 domande")).to_be_visible()
    assert asked.photos.people() == []


def test_enter_says_yes_to_all(named: Library, page: Page) -> None:
    page.goto("/persone/chiedi")
    expect(page.get_by_role("button", name="Conferma").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Non c’è altro da chiedere")).to_be_visible()
    assert dict(named.photos.people()) == {"rosa": EACH + 2, "ugo": EACH + 2}


def test_a_mark_taken_off_says_no(named: Library, page: Page) -> None:
    page.goto("/persone/chiedi")
    section = page.get_by_role("region", name="rosa")
    for box in section.get_by_role("checkbox").all():
        box.focus()
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/persone/chiedi*")
    expect(page.get_by_role("region", name="rosa")).to_have_count(0)
    assert len(photos_with(named, "rosa")) == EACH


def test_faces_are_corrected_by_keyboard(named: Library, page: Page) -> None:
    page.goto("/persone")
    page.get_by_role("link", name="rosa").click()
    expect(page.get_by_role("heading", name="rosa", exact=True)).to_be_visible()
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Il nome di un’altra persona").focus()
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ultima azione: 1 volto di Ada.")).to_be_visible()
    assert "Ada" in named.faces.names()
    page.get_by_label("Il nome nuovo").fill("ugo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("C’è già una persona di nome ugo")
    page.get_by_role("link", name="No", exact=True).click()
    page.get_by_role("button", name="Togli il nome a tutti").click()
    page.wait_for_url("**/persone")
    assert "rosa" not in named.faces.names()


@pytest.mark.parametrize("of", ["asked", "named"])
def test_on_a_phone_the_answer_is_on_the_first_screen(
    of: str, browser: Browser, family: Library, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(of)
    with running(family.settings) as address, let_in(browser, address) as page:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto(f"{address.split('?')[0]}persone/chiedi")
        answer = page.locator("#nome" if of == "asked" else "button[value=si] >> nth=0")
        box = answer.bounding_box()
        assert box and box["y"] + box["height"] <= SHOWN_OF_PHONE
        expect(answer).to_be_focused()
        faces = page.locator(".facce img").first.bounding_box()
        assert faces and faces["y"] + faces["height"] <= SHOWN_OF_PHONE
        for item in page.locator(".testata nav a").all():
            words = item.evaluate(
                "each => { const range = document.createRange(); const text = each.firstChild;"
                "return text.data.split(/ /).map(word => { const at = text.data.indexOf(word);"
                "range.setStart(text, at); range.setEnd(text, at + word.length);"
                "return range.getClientRects().length }) }"
            )
            assert set(words) == {1}, item.inner_text()  # no word is broken


ADDRESSES = ("persone", "persone/chiedi", "persone/chiedi?tutti=1", "persone/volti?nome=rosa",
             "persone/da-parte", "?persona=rosa")  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
@pytest.mark.parametrize("of", ["asked", "named"])
def test_every_page_is_accessible(
    of: str,
    width: int,
    scheme: str,
    browser: Browser,
    family: Library,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """axe-core finds no fault, and nothing is wider than the screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    library: Library = request.getfixturevalue(of)
    if of == "named":
        (face, *_) = library.faces.faces_of("ugo")
        library.faces.do_not_ask(face.faces)
        library.faces.rename("ugo", "Ugobaldo" * 10)
        doubt(library, {"pina0", "pina1"}, "rosa", group=100)
        doubt(library, {"pina2", "pina3"}, "Ugobaldo" * 10, group=101)
    with running(family.settings) as address, let_in(browser, address, color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 844})
        for name in ADDRESSES if of == "named" else ADDRESSES[:2]:
            page.goto(home(address) + name)
            page.wait_for_load_state("networkidle")
            found = axe.run(page).response["violations"]
            told = [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]
            assert told == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
