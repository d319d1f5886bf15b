"""Opening the page in a browser: python -m tests.bench.opening [PHOTOS] [FOLDER], 20,000 photos.

`cercafoto web` is started anew for each opening. Milliseconds from opening the address with the key
until the page has arrived, until its first photo and all that are visible are there, and the layout
shift until then; processor time of the server and of its decoders meanwhile. First without any
small copy, then with the copies that `index --miniature` would have made. The photos of the first
pages are files of 12 megapixels; the others are only rows. On a busy machine look at the processor
time. FOLDER: see `tests.bench.web`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
from PIL import Image

from cercafoto import Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.own_process import usable_cores
from cercafoto.library import Library

PHOTOS, FILES, TIMES = 20_000, 80, 3
VIEWPORT = {"width": 1280, "height": 800}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# In each page, before its own scripts.
OBSERVER = """
window.arrived = []; window.shifted = 0;
document.addEventListener("load", ({ target }) => {
  if (target.closest?.(".griglia")) window.arrived.push(performance.timeOrigin + performance.now());
}, true);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# Whether all photos that are visible, and the counts beside them, are there.
COMPLETE = """() => {
  const seen = [...document.querySelectorAll(".griglia img")].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const counts = document.querySelector(".conteggi");
  return seen.length > 0 && seen.every((image) => image.complete) && counts.children.length > 0;
}"""
TOLD = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const seen = [...document.querySelectorAll(".griglia img")];
  const broken = seen.filter((image) => image.complete && !image.naturalWidth).length;
  return { page: performance.timeOrigin + page.responseEnd, first: Math.min(...window.arrived),
    all: Math.max(...window.arrived), photos: window.arrived.length, shift: window.shifted,
    asked: performance.timeOrigin + page.requestStart, broken };
}"""


def main() -> None:
    from tests.bench.web import make  # not above: it imports this module

    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        settings = Settings(folder / "archivio", folder / "modelli", "mini", offline=True)
        if not settings.catalog.exists():
            make(settings, photos)
        print(f"{photos} photos, {usable_cores()} cores, load {os.getloadavg()[0]:.1f}")
        report(settings)


def report(settings: Settings) -> None:
    """Measure TIMES openings without small copies and as many with them."""
    write_photos(settings)
    copies = settings.archive.parent / "miniature"
    for what, keep in (("without small copies", False), ("with small copies", True)):
        found = []
        for _ in range(TIMES):
            if not keep:
                shutil.rmtree(copies, ignore_errors=True)
            found.append(opened(settings))
        said = {name: median(each[name] for each in found) for name in found[0]}
        print(
            f"{what}: page {said['page']:.0f} ms (of these {said['door']:.0f} for the key), first "
            f"photo {said['first']:.0f} ms, {said['photos']:.0f} visible {said['all']:.0f} ms; "
            f"layout shift {said['shift']:.3f}; processor: server {said['server']:.0f} ms, "
            f"decoders {said['decoders']:.0f} ms, to be ready {said['ready']:.0f} ms",
            flush=True,
        )


def opened(settings: Settings) -> dict[str, float]:
    """Start a server, open its page, and return what it took."""
    from playwright.sync_api import sync_playwright

    from tests.bench.web import served

    with served(settings) as (address, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
        page.add_init_script(OBSERVER)
        page.goto("about:blank")
        ready, _ = before = processor(server)
        started = 1000 * time.time()
        page.goto(address, timeout=120_000)
        page.wait_for_url(address.split("?")[0], timeout=120_000)
        page.wait_for_function(COMPLETE, timeout=120_000)
        told: dict[str, Any] = page.evaluate(TOLD)
        after = processor(server)
        browser.close()
    assert told["broken"] == 0, told
    return {
        **{name: told[name] - started for name in ("page", "first", "all")},
        "door": told["asked"] - started,
        "photos": told["photos"],
        "shift": told["shift"],
        "server": after[0] - before[0],
        "decoders": after[1] - before[1],
        "ready": ready,
    }


def processor(server: psutil.Process) -> tuple[float, float]:
    """Return the milliseconds of processor time that the server and its decoders have used."""
    own = 1000 * sum(server.cpu_times()[:2])
    return own, 1000 * sum(sum(child.cpu_times()[:2]) for child in server.children())


def write_photos(settings: Settings) -> None:
    """Let the photos of the first pages be files: pictures of 12 megapixels."""
    folder = settings.archive.parent / "foto"
    folder.mkdir(exist_ok=True)
    tiles, after = list[Any](), ""
    photos = Library(settings).photos
    while len(tiles) < FILES:
        page = photos.page(None, FILES, after)
        tiles, after = [*tiles, *page.tiles], page.after
    rng = np.random.default_rng(1)
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        for number, tile in enumerate(tiles[:FILES]):
            path = folder / f"{number}.jpg"
            if not path.exists():
                small = Image.fromarray(rng.integers(0, 255, (75, 100, 3), dtype=np.uint8))
                large = np.asarray(small.resize((4000, 3000)), dtype=np.int16)
                grain = rng.integers(-12, 12, (3000, 4000, 1), dtype=np.int16)
                Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)).save(path)
            status = path.stat()
            catalog.connection.execute(
                "UPDATE photos SET path = ?, size = ?, mtime_ns = ?, format = 'JPEG' WHERE id = ?",
                (os.fsencode(path), status.st_size, status.st_mtime_ns, tile.photo_id),
            )
            catalog.connection.execute(
                "UPDATE contents SET digest = ? WHERE id = "
                "(SELECT content_id FROM photos WHERE id = ?)",
                (hashlib.sha256(path.read_bytes()).digest(), tile.photo_id),
            )


if __name__ == "__main__":
    main()
