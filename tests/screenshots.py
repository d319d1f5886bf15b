"""`make screenshots`: every page at two widths, light and dark, and the terminal screen, with the
demo's photos.

Written under `.demo/schermate/`; the best ones are copied to `docs/img/` by hand, after a look.
"""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date
from pathlib import Path

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.labels.label_file import parse_labels
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.results.photos import Tile
from tests import terminal_screenshots
from tests.demo import DEMO, LABELS, collect
from tests.support.web_server import running

# The wheels' files have no date of their own: their names here say one, six photos a month.
MONTHS = ((2019, 8), (2018, 5), (2016, 12))
SIZES = {"largo": (1920, 1080), "stretto": (390, 844)}


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Manca Chromium: su Debian, apt install chromium")
    from playwright.sync_api import sync_playwright

    work, out = DEMO / "pagina", DEMO / "schermate"
    for folder in (work, out):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    photos = collect(work / "Foto")
    for at, path in enumerate(sorted(photos.iterdir())):
        day = date(*MONTHS[at // 6 % len(MONTHS)], 3 + at)
        path.rename(path.with_name(f"{day} {path.name}"))
    settings = Settings(
        work / "archivio", work / "modelli", "mini", True, thumbnails=work / "miniature"
    )
    library = Library(settings)
    library.index([photos])
    library.texts.read()
    library.labels.tag(parse_labels(LABELS, "etichette"), "etichette")
    with Catalog.open(settings.catalog) as catalog:
        ids = {name(tile): tile.photo_id for tile in catalog.browsing.page(NO_FILTERS, 100)}
    pages = {
        "archivio": "",
        "cerca": "?q=una+tazza+di+caffè&tutte=1",
        "lettura": f"?q=un+animale+dal+2012+al+2021,+senza+persone&tutte=1&meno={ids['page.png']}",
        "nessuna": "?q=una+partita+di+pallacanestro",
        "foto": f"foto/{ids['chelsea.png']}",
        "testo": f"foto/{ids['page.png']}?q=markers+of+the+coins",
        "etichetta": f"etichetta?foto=f{ids['chelsea.png']}",
        "dove": f"dove?foto=f{ids['motorcycle_left.png']}&q=una+motocicletta",
        "scegli": "dove",
    }
    with running(settings) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, (across, down) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": across, "height": down},
                    color_scheme=scheme,  # type: ignore[arg-type]
                    locale="it-IT",
                )
                page = context.new_page()
                page.goto(address.split("?")[0])
                page.screenshot(path=out / f"senza-chiave-{width}-{scheme}.png")
                page.goto(address)
                page.wait_for_url(address.split("?")[0])
                for title, where in pages.items():
                    page.goto(address.split("?")[0] + where)
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=out / f"{title}-{width}-{scheme}.png")
                page.goto(address.split("?")[0])
                for mark in page.locator(".spunta input").all()[1:4]:
                    mark.check()
                page.screenshot(path=out / f"scelte-{width}-{scheme}.png")
                page.get_by_role("button", name="Annulla").click()
                page.keyboard.press("?")
                page.screenshot(path=out / f"tasti-{width}-{scheme}.png")
                context.close()
        browser.close()
    if not terminal_screenshots.take(settings, out):
        print(f"Senza la schermata del terminale: serve {', '.join(terminal_screenshots.NEEDED)}.")
    print(f"{len(list(out.iterdir()))} schermate in {out}")


def name(tile: Tile) -> str:
    return Path(os.fsdecode(tile.path)).name.partition(" ")[2]


if __name__ == "__main__":
    main()
