"""The page of `--html` in a real browser, opened from the disk: Chromium, without a window."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Cli

pytest.importorskip("playwright", reason="the browser is driven by Playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


def test_it_fits_any_screen_and_reads_well(cli: Cli, photos: Path, tmp_path: Path) -> None:
    """The page needs no network, fits any window and passes the accessibility checks."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-core")
    from playwright.sync_api import sync_playwright

    assert cli("index", photos)[0] == 0
    long = photos / f"{'una gita al mare ' * 9}.png"
    (photos / "verde.png").rename(long)
    (photos / "blu.png").unlink()
    assert cli("index", photos)[0] == 0
    (photos / "giallo.png").unlink()  # after it was found: a tile without a picture
    page_file = tmp_path / "galleria.html"
    assert cli("cerca", "rosso", "--tutte", "--html", page_file)[0] == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in (360, 1920):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": 800},
                    color_scheme=scheme,  # type: ignore[arg-type]
                    bypass_csp=True,  # for axe, which is a script
                )
                asked: list[str] = []
                page.on("request", lambda request, to=asked: to.append(request.url))
                page.goto(page_file.as_uri())
                assert page.locator("li").count() == 4 and page.locator("img").count() == 3
                loaded = "images => images.every(image => image.naturalWidth > 0)"
                page.wait_for_function(f"() => ({loaded})([...document.images])")
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert [u for u in asked if not u.startswith(("data:", "file:"))] == []
                found = axe.Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
                page.close()
        browser.close()
