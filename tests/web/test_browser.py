"""The page in a real browser: Chromium, without a window. Keyboard, scripts, and accessibility
(axe-core).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cercafoto import Library, Settings
from cercafoto.base.italian_counts import thousands
from cercafoto.labels.label_file import parse_labels
from cercafoto.web.proxy_guard import LONGEST_NAME
from tests.conftest import PAINT, paint
from tests.support.office import ACCESS, HEADER, USERS
from tests.support.web_server import running, running_for_users
from tests.web.conftest import home, open_data

expect = pytest.importorskip("playwright.sync_api", reason="the browser needs Playwright").expect

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Browser, Page, Route


LOOK = 20  # milliseconds between two looks


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[str]:
    """Yield the address of a server with some hundred labelled photos of five colours and three
    years."""
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
    library.labels.tag(parse_labels("rosso\nblu\nverde", "colori"), "colori", threshold=0.5, most=1)
    with running(settings) as found:
        yield found


def shown(page: Page) -> list[str]:
    return [image.get_attribute("alt") or "" for image in page.locator("#griglia .apri img").all()]


def test_the_grid_goes_on_by_itself(page: Page) -> None:
    assert len(shown(page)) == 40
    while len(shown(page)) < 95:
        more = page.locator("#griglia .apri").nth(len(shown(page)))
        page.mouse.wheel(0, 60_000)
        more.wait_for()
    assert len(set(shown(page))) == 95
    expect(page.locator(".altre")).to_have_count(0)


def test_photos_that_do_not_come_are_told(page: Page) -> None:
    page.route("**/*", lambda route: route.fulfill(status=422))
    page.mouse.wheel(0, 60_000)
    expect(page.locator("#avviso")).to_have_text(
        "Le altre foto non arrivano: controlla che cercafoto sia ancora aperto nel terminale, poi "
        "riprova."
    )


def test_scripts_write_numbers_as_the_server_does(page: Page, address: str) -> None:
    written = page.evaluate(
        "async (numbers) => numbers.map((await import('/risorse/numeri.js')).thousands)",
        numbers := [0, 999, 1678, 1_234_567],
    )
    assert written == list(map(thousands, numbers))


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
    page.wait_for_url(f"**/foto/{second}?q=rosso")
    page.keyboard.press("Escape")
    page.wait_for_url("**/?q=rosso")
    page.wait_for_function("foto => document.activeElement.dataset.foto === foto", arg=second)


def test_the_question_keeps_its_slash(page: Page) -> None:
    page.locator("#parole").fill("")
    page.locator("#parole").press_sequentially("rosso/blu")
    assert page.locator("#parole").input_value() == "rosso/blu"


def test_counts_narrow_the_answer_and_chips_widen_it(page: Page, address: str) -> None:
    page.locator(".conteggi a", has_text="2019").click()
    page.wait_for_url("**/?da=2019&a=2019")
    assert page.locator(".gettone").inner_text().split()[:2] == ["quando", "2019"]
    page.locator(".conteggi a", has_text="rosso").click()
    page.wait_for_url("**/?da=2019&a=2019&etichetta=rosso")
    assert shown(page) and all("rosso" in name for name in shown(page))
    page.locator(".gettone", has_text="2019").click()
    page.wait_for_url("**/?etichetta=rosso")


def test_filters_are_typed_and_counted_when_they_are_opened(page: Page, address: str) -> None:
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.locator(".conteggi a", has_text="2019").wait_for()
    assert not [url for url in asked if "conta=" in url]
    for _ in range(2):  # counted once, however often it is opened
        page.locator(".cassetto summary", has_text="Orientamento").click()
    page.locator(".cassetto summary", has_text="Orientamento").click()
    page.locator(".cassetto a", has_text="verticale").click()
    page.wait_for_url("**/?orientamento=verticale")
    assert len([url for url in asked if "conta=" in url]) == 1
    page.locator(".filtri summary").click()
    assert page.get_by_label("Orientamento").input_value() == "verticale"
    page.get_by_label("Etichetta", exact=True).fill("rosso")
    page.get_by_label("Senza video").check()
    page.get_by_role("button", name="Cerca con questi filtri").click()
    page.wait_for_url("**/?orientamento=verticale&etichetta=rosso&senza-video=1")
    assert page.locator(".gettone").count() == 3
    assert not [url for url in asked if "fotocamera=" in url]  # what is left empty is not sent
    assert shown(page) and all("rosso" in name for name in shown(page))


def drop(page: Page, path: Path) -> None:
    """Drop a file on the page, as a file manager does."""
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
    has_loaded(page, ".francobollo")


def has_loaded(page: Page, image: str) -> None:
    page.wait_for_function("image => document.querySelector(image)?.naturalWidth > 0", arg=image)


def test_what_is_no_picture_is_told(page: Page, tmp_path: Path) -> None:
    (tmp_path / "lettera.png").write_text("cara Ada")
    page.locator("#esempio").set_input_files(tmp_path / "lettera.png")
    page.locator("#carico", has_text="Questo file non è una foto che so aprire").wait_for()


def test_the_path_can_be_copied(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{home(address)}foto/1")
    open_data(page)
    page.get_by_role("button", name="Copia il percorso", exact=True).click()
    page.get_by_role("button", name="Copiato").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator(".percorso code").first.inner_text()


def test_labels_are_tried_and_saved(page: Page, address: str) -> None:
    page.goto(f"{home(address)}etichetta?foto=f1")
    page.locator("#testo").fill("rosso\nblu: azzurro\nverde")
    page.get_by_role("button", name="Prova").click()
    # Bars for the packaged labels are shown before.
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


Held = list[tuple["Route", "APIResponse"]]


def held_back(page: Page, address: str, number: int = 1) -> Held:
    """Hold back the answers to the first requests to an address; the server has them at once.

    number: how many; later ones pass.
    """
    held: Held = []

    def hold(route: Route) -> None:
        if len(held) < number:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.route(address, hold)
    return held


def let_go(page: Page, held: Held, number: int = 0) -> None:
    """Let an answer go on, and wait until the page has it."""
    route, answer = held[number]
    with page.expect_response(route.request.url):
        route.fulfill(response=answer)
    page.evaluate("() => new Promise((done) => setTimeout(done, 0))")


def test_an_older_list_of_labels_does_not_replace_a_newer_one(page: Page, address: str) -> None:
    page.goto(f"{home(address)}etichetta?foto=f1")
    page.locator(".barre li").first.wait_for()
    held = held_back(page, "**/etichetta")
    for labels in ("rosso\nverde", "blu"):
        page.locator("#testo").fill(labels)
        page.get_by_role("button", name="Prova").click()
    page.locator(".barre .nome", has_text="blu").wait_for()
    assert page.locator(".barre .nome").all_inner_texts() == ["blu"]
    let_go(page, held)
    assert page.locator(".barre .nome").all_inner_texts() == ["blu"]
    assert page.locator("#avviso").inner_text() == ""
    # A list that is refused has no bars.
    page.locator("#testo").fill("rosso\nrosso")
    page.get_by_role("button", name="Prova").click()
    page.locator("#avviso", has_text="è già alla riga 1").wait_for()
    assert page.locator(".barre").count() == 0


def test_two_labels_given_at_once_are_both_shown(page: Page, address: str) -> None:
    page.goto(f"{home(address)}foto/3")
    open_data(page)
    held, sent = held_back(page, "**/foto/3/etichette"), list[str]()
    page.on("request", lambda one: one.method == "POST" and sent.append(one.url))
    box = page.get_by_role("combobox", name="Nuova etichetta")
    for name in ("prima", "seconda"):
        box.evaluate("(box, name) => { box.value = name; box.form.requestSubmit(); }", name)
    while not held:
        page.wait_for_timeout(LOOK)
    page.wait_for_timeout(300)
    assert len(sent) == 1  # the second waits for the answer to the first
    let_go(page, held)
    page.locator("#avviso", has_text="Aggiunta: seconda.").wait_for()
    for name in ("prima", "seconda"):
        page.get_by_role("button", name=f"Togli l’etichetta {name}", exact=True).click()
        page.locator("#avviso", has_text=f"Tolta: {name}.").wait_for()


def test_of_two_photos_the_one_chosen_last_is_the_question(page: Page, tmp_path: Path) -> None:
    held = held_back(page, "**/carica", 2)
    for number, name in enumerate(("rosso", "blu"), start=1):
        drop(page, paint(tmp_path / f"{name}.png", PAINT[name]))
        while len(held) < number:
            page.wait_for_timeout(LOOK)
    let_go(page, held)
    assert "come=" not in page.url
    route, answer = held[1]
    route.fulfill(response=answer)
    page.wait_for_url("**/?come=c*")
    assert "blu" in shown(page)[0]


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
    page.wait_for_url("**/dove?*q=rosso*")
    box = page.locator(".riquadro").bounding_box()
    whole = page.locator(".mappa").bounding_box()
    assert box and whole
    assert box["x"] > whole["x"] + whole["width"] * 0.35
    expect(page.locator("#calore")).to_have_attribute("opacity", "0.6")  # the photo is seen too
    assert page.locator("#forza").input_value() == "0.6"
    page.locator("#forza").fill("0.2")
    expect(page.locator("#calore")).to_have_attribute("opacity", "0.2")


PAGES = ("", "?q=rosso", "?q=nero", "?q=rosso+senza+verde&da=2019&a=2019&meno=3",
         "?luogo=Vattelapesca", "foto/1", "etichetta", "etichetta?foto=f1", "dove",
         "dove?foto=f2&q=blu", "persone", "non-esiste")  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1920, "light")])
def test_every_page_is_accessible(browser: Browser, address: str, width: int, scheme: str) -> None:
    """axe-core finds no fault, and nothing is wider than the screen."""
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


def test_parts_that_open_are_accessible_too(browser: Browser, address: str) -> None:
    """Check chosen photos, the list of labels, the help on keys, and the page without a key."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for scheme in ("light", "dark"):
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        page = context.new_page()

        def look(what: str, page: Page = page) -> None:
            found = axe.run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], what

        page.goto(home(address))
        look("without a key")
        page.goto(address)
        page.wait_for_url(home(address))
        page.locator(".spunta input").first.check()
        look("chosen")
        page.locator(".filtri summary").click()
        look("filters")
        page.keyboard.press("Escape")  # on a telephone they are a sheet over the page
        page.locator(".conteggi summary").first.click()
        page.locator(".cassetto summary", has_text="Orientamento").click()
        page.locator(".cassetto a", has_text="verticale").wait_for()
        look("counts")
        page.keyboard.press("?")
        look("keys")
        page.goto(f"{home(address)}foto/1")
        open_data(page)
        page.locator("#nuova").press_sequentially("r")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        look("labels")
        context.close()


def test_a_visitor_is_named_and_labels_only_if_allowed(
    browser: Browser, library: Library, photos: Path
) -> None:
    """At two widths, light and dark, with a very long name; links and pictures to other sites are
    refused."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    library.index([photos])
    with running_for_users(library.settings, ACCESS, USERS) as port:
        start = f"http://localhost:{port}"
        for width, scheme, name in (
            (390, "light", "anna"), (1200, "dark", "bruno"), (320, "dark", "a" * LONGEST_NAME),
        ):  # fmt: skip
            context = browser.new_context(
                viewport={"width": width, "height": 844},
                color_scheme=scheme,  # type: ignore[arg-type]
                extra_http_headers={HEADER: name},
            )
            page = context.new_page()
            complaints: list[str] = []
            page.on("pageerror", lambda error, told=complaints: told.append(str(error)))

            def look(what: str, page: Page = page, width: int = width) -> None:
                found = axe.run(page).response["violations"]
                assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], what
                assert page.evaluate("document.documentElement.scrollWidth") <= width, what

            page.goto(f"{start}/foto/1?q=rosso")
            look("a photo")
            open_data(page)
            look("its data")
            assert page.locator(".chi").inner_text() == name
            assert page.locator("#aggiungi").count() == (1 if name == "anna" else 0)
            if name == "anna":
                page.locator("#nuova").fill("nonna")
                page.locator("#aggiungi button").click()
                page.locator("[data-togli=nonna]").wait_for()
            page.goto(
                f"data:text/html,<img src='{start}/originale/1'><a href='{start}/foto/2'>foto</a>"
            )
            assert page.evaluate("document.images[0].naturalWidth") == 0
            page.locator("a").click()
            page.locator(".foto").wait_for()
            assert page.url == f"{start}/foto/2"
            assert complaints == []
            context.close()


def test_without_scripts_one_can_search_all_the_same(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    page.locator("#parole").fill("blu")
    page.get_by_role("button", name="Cerca", exact=True).click()
    page.wait_for_url("**/?q=blu*")
    assert "blu" in shown(page)[0]
    page.locator(".tessera .apri").first.click()
    page.wait_for_url("**/foto/*")
    page.get_by_label("Chiudi la foto").click()
    page.wait_for_url("**/?q=blu")
    page.goto(home(address))
    page.get_by_role("link", name="Mostra altre foto").click()
    page.wait_for_url("**/?segue=*")
    assert len(shown(page)) == 40
    context.close()


def test_without_scripts_photos_are_saved_all_the_same(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    assert not page.locator("#scelte").is_visible()
    for at in (0, 1):
        page.locator(".spunta input").nth(at).click()
    assert page.locator("#scelte").is_visible()
    assert not page.get_by_role("button", name="Copia i percorsi").is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Scarica").click()
    assert download.value.suggested_filename == "2 foto.zip"
    context.close()


# -- choosing photos ---------------------------------------------------------------------------


def chosen(page: Page) -> list[int]:
    """Return the positions of the chosen photos in the grid."""
    marks = page.locator(".spunta input").evaluate_all("boxes => boxes.map(box => box.checked)")
    return [at for at, checked in enumerate(marks) if checked]


def test_photos_are_chosen_with_the_mouse_and_saved(page: Page, tmp_path: Path) -> None:
    marks = page.locator(".spunta input")
    bar = page.locator("#scelte")
    assert not bar.is_visible()
    assert float(marks.nth(1).evaluate("box => getComputedStyle(box).opacity")) == 0
    page.locator(".tessera").nth(1).hover()
    assert float(marks.nth(1).evaluate("box => getComputedStyle(box).opacity")) == 1
    marks.nth(1).click()
    assert page.locator("#scelte-quante").inner_text() == "1 foto scelta"
    marks.nth(4).click(modifiers=["Shift"])
    assert chosen(page) == [1, 2, 3, 4]
    page.locator(".tessera .apri").nth(6).click(modifiers=["Shift"])  # the photo itself, too
    assert chosen(page) == [1, 2, 3, 4, 5, 6] and "/foto/" not in page.url
    marks.nth(3).click()
    assert chosen(page) == [1, 2, 4, 5, 6]
    assert page.locator("#scelte-quante").inner_text() == "5 foto scelte"
    expected = [shown(page)[at] for at in (1, 2, 4, 5, 6)]
    with page.expect_download() as download:
        page.get_by_role("button", name="Scarica").click()
    assert download.value.suggested_filename == "5 foto.zip"
    with zipfile.ZipFile(download.value.path()) as found:
        assert found.namelist() == expected
        assert found.testzip() is None
    assert chosen(page) == [1, 2, 4, 5, 6]  # still, for what comes next
    page.get_by_role("button", name="Annulla").click()
    assert chosen(page) == [] and not bar.is_visible()


def test_photos_are_chosen_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    assert chosen(page) == [0]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    assert chosen(page) == [0, 1, 2, 3]
    page.keyboard.press("x")
    assert chosen(page) == [0, 1, 2]
    page.keyboard.press("Tab")  # from the photo to its mark
    page.keyboard.press("Space")
    assert chosen(page) == [0, 1, 2, 3]
    page.keyboard.press("ArrowRight")  # on from the mark as from the photo
    assert page.evaluate("document.activeElement.dataset.foto") == page.locator(".apri").nth(
        4
    ).get_attribute("data-foto")
    page.keyboard.press("Escape")
    assert chosen(page) == []
    page.locator("#parole").fill("x")  # in the question it is a letter
    assert chosen(page) == []


def test_paths_are_copied_one_a_line(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for at in (0, 2):
        page.locator(".spunta input").nth(at).check()
    page.get_by_role("button", name="Copia i percorsi").click()
    page.locator("#scelte-quante", has_text="2 percorsi copiati").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert [Path(path).name for path in copied] == [shown(page)[0], shown(page)[2]]
    assert all(Path(path).is_file() for path in copied)


def test_where_the_clipboard_is_refused_the_old_way_copies(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.locator(".spunta input").first.check()
    page.get_by_role("button", name="Copia i percorsi").click()
    page.locator("#scelte-quante", has_text="Percorso copiato").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith(shown(page)[0])


def test_where_nothing_may_copy_the_person_does(page: Page) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.evaluate("() => { document.execCommand = () => false; }")
    for at in (0, 1):
        page.locator(".spunta input").nth(at).check()
    page.get_by_role("button", name="Copia i percorsi").click()
    dialog = page.get_by_role("dialog", name="Il browser non lascia copiare")
    box = dialog.get_by_label("Copia da qui")
    assert [Path(line).name for line in box.input_value().splitlines()] == shown(page)[:2]
    selected = box.evaluate("box => box.selectionEnd - box.selectionStart === box.value.length")
    assert selected
    page.keyboard.press("x")  # no key of the page is meant here
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert chosen(page) == [0, 1]


def test_more_photos_than_can_be_saved_are_told_before(page: Page) -> None:
    page.evaluate("document.getElementById('scelte').dataset.massimo = 2")
    for at in range(3):
        page.locator(".spunta input").nth(at).check()
    page.get_by_role("button", name="Scarica").click()
    page.locator("#scelte-quante", has_text="Al massimo 2 foto per volta").wait_for()
    assert chosen(page) == [0, 1, 2]


def test_what_was_chosen_still_is_after_looking_at_a_photo(page: Page) -> None:
    for at in (1, 2):
        page.locator(".spunta input").nth(at).check()
    page.locator(".tessera .apri").nth(4).click()
    page.wait_for_url("**/foto/*")
    page.keyboard.press("Escape")
    page.locator("#scelte-quante", has_text="2 foto scelte").wait_for()
    assert chosen(page) == [1, 2]


def test_photos_are_chosen_by_touch(browser: Browser, address: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    box = page.locator(".tessera .apri").nth(1).bounding_box()
    assert box
    spot = {"x": box["x"] + 40, "y": box["y"] + 60}
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [spot]})
    expect(page.locator("#scelte-quante")).to_have_text("1 foto scelta")  # it was held long enough
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert chosen(page) == [1] and "/foto/" not in page.url
    page.locator(".tessera .apri").nth(2).tap()  # from now on a tap is enough
    page.locator(".tessera .apri").nth(3).tap()
    page.locator(".tessera .apri").nth(2).tap()
    assert chosen(page) == [1, 3]
    page.get_by_role("button", name="Annulla").tap()
    page.locator(".tessera .apri").nth(2).tap()
    page.wait_for_url("**/foto/*")
    context.close()


# -- the original, the keys, the labels, the counts --------------------------------------------


def test_the_original_opens_beside(page: Page, address: str) -> None:
    page.goto(f"{home(address)}foto/1")
    open_data(page)
    for open_it in (
        lambda: page.get_by_role("link", name="Apri l’originale").click(),
        lambda: page.keyboard.press("o"),
    ):
        with page.context.expect_page() as opened:
            open_it()
        opened.value.wait_for_url(f"{home(address)}originale/1")
        picture = opened.value.locator("img")
        has_loaded(opened.value, "img")
        # In the middle: the browser's own layout is not blocked.
        box = picture.bounding_box()
        assert box and box["x"] > 100
        opened.value.close()
    page.goto(home(address))
    page.keyboard.press("ArrowRight")
    with page.context.expect_page() as opened:
        page.keyboard.press("o")
    opened.value.wait_for_url("**/originale/*")


def test_the_keys_are_told(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Tasti")
    assert "scegli la foto" in dialog.inner_text()
    page.keyboard.press("/")  # no key of the page is meant here
    assert page.evaluate("document.activeElement.id") != "parole"
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.get_by_role("button", name="Tasti").click()
    dialog.get_by_role("button", name="Chiudi").click()
    assert not dialog.is_visible()


def test_labels_are_found_as_one_types(page: Page, address: str) -> None:
    page.goto(f"{home(address)}foto/1")
    open_data(page)
    box = page.get_by_label("Nuova etichetta")
    for name in ("Caffè Greco", "carnevale"):
        box.fill(name)
        page.keyboard.press("Enter")
        page.locator("#avviso", has_text=f"Aggiunta: {name}.").wait_for()
    page.goto(f"{home(address)}foto/2")
    page.locator("#dati[open]").wait_for()  # it stays open
    box = page.get_by_role("combobox", name="Nuova etichetta")
    box.press_sequentially("ca")
    options = page.get_by_role("option")
    options.nth(1).wait_for()
    assert options.all_inner_texts() == ["Caffè Greco", "carnevale"]
    assert box.get_attribute("aria-expanded") == "true"
    for key, at in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        active = options.nth(at)
        assert active.get_attribute("aria-selected") == "true"
        assert box.get_attribute("aria-activedescendant") == active.get_attribute("id")
    page.keyboard.press("ArrowUp")  # back in the box
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    assert options.count() == 0 and box.input_value() == "ca"
    assert page.url.endswith("/foto/2")  # the photo stays open
    page.keyboard.press("Escape")
    box.fill("caffe")
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#avviso", has_text="Aggiunta: Caffè Greco.").wait_for()
    assert "Caffè Greco" in page.locator("#etichette").inner_text()
    box.fill("carn")
    options.first.click()
    page.locator("#avviso", has_text="Aggiunta: carnevale.").wait_for()
    box.fill("carne")  # what is typed itself is taken where nothing was chosen
    page.keyboard.press("Enter")
    page.locator("#avviso", has_text="Aggiunta: carne.").wait_for()
    for name in ("Caffè Greco", "carnevale", "carne"):
        page.get_by_role("button", name=f"Togli l’etichetta {name}", exact=True).click()
        page.locator("#avviso", has_text=f"Tolta: {name}.").wait_for()


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_is_cut_at_any_width(browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale="it-IT")
    page = context.new_page()
    page.goto(address)
    page.wait_for_url(home(address))
    for name in ("", "?q=rosso+nel+2019,+senza+verde", "?q=rosso&tutte=1", "foto/1"):
        page.goto(home(address) + name)
        page.wait_for_load_state("networkidle")
        if not name.startswith("foto"):
            page.locator(".spunta input").first.check()
            details = page.locator(".conteggi details").first
            details.evaluate("one => { one.open = true; }")
            lefts = page.locator(".tessera").evaluate_all(
                "tiles => tiles.slice(0, 4).map(tile => tile.getBoundingClientRect())"
                ".map(box => [Math.round(box.left), Math.round(box.top), box.width])"
            )
            if width < 500:  # two photos a row, of one size
                assert lefts[0][1] == lefts[1][1] < lefts[2][1] == lefts[3][1]
                assert lefts[0][0] == lefts[2][0] < lefts[1][0] == lefts[3][0]
                assert lefts[0][2] == lefts[1][2]
        # The menu and the ideas are rows that scroll on a telephone.
        out = page.evaluate(
            """width => [...document.querySelectorAll("body *")].filter((one) => {
                const box = one.getBoundingClientRect();
                const out = ".nascosto, .salta, nav, .idee, [hidden], dialog:not([open])";
                const hidden = one.closest(out);
                return !hidden && box.width && (box.right > width + 1 || box.left < -1);
            }).map(one => one.outerHTML.slice(0, 120))""",
            width,
        )
        assert out == [], (name, width)
        page.evaluate("document.getElementById('aiuto').showModal()")
        box = page.get_by_role("dialog").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        cut = page.get_by_role("dialog").evaluate("one => one.scrollWidth > one.clientWidth")
        assert not cut
    context.close()
