"""The screen of `sfoglia` over a made-up archive: python -m tests.bench.browse [PHOTOS] [FOLDER].

Milliseconds from Enter to the first photos on the screen, without their pictures, of a terminal of
200 x 50 characters and of 80 x 24; and how long a key that is typed meanwhile waits. 100,000 photos
with `mini` unless told otherwise, kept in FOLDER (.bench); each question is asked for the first
time. The photos' files are not there, so that every picture is a file that cannot be read.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from cercafoto import Settings
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.terminal.app import BrowseApp
from cercafoto.terminal.means import BLOCKS, Terminal
from cercafoto.terminal.widgets.grid import PhotoGrid
from tests.bench.archives import fill

THINGS = ("un cane", "un gatto", "una barca", "montagne", "un fiore", "una torta", "la neve")
WHERE = ("sulla spiaggia", "in giardino", "di notte", "al tramonto", "in città", "vicino a casa")


def main(photos: int, folder: Path) -> None:
    settings = Settings(
        folder / f"sfoglia-{photos}", folder / "modelli", "mini", True, folder / "miniature"
    )
    fill(settings, photos)
    for size in ((80, 24), (200, 50)):
        waited, typed = asyncio.run(asked(settings, size))
        waited.sort()
        print(
            f"{photos} photos, {size[0]} x {size[1]}: {len(waited)} questions, "
            f"median {median(waited):.0f} ms, nine in ten within {waited[len(waited) * 9 // 10]:.0f} "
            f"ms; a key typed meanwhile is there after {median(typed):.0f} ms"
        )


async def asked(settings: Settings, size: tuple[int, int]) -> tuple[list[float], list[float]]:
    archive = BrowsedArchive(settings, graph=False)
    app = BrowseApp(archive, Terminal(BLOCKS, size[0]))
    waited, typed = [], []
    async with app.run_test(size=size) as pilot:
        await pilot.app.workers.wait_for_complete()
        box = app.screen.query_one("#domanda", Input)
        for words in (f"{thing} {where}" for thing in THINGS for where in WHERE):
            box.focus()
            box.value = words
            await pilot.pause()
            waited.append(await answered(app, pilot, words))
            typed.append(await key(box, pilot))
    archive.close()
    return waited[2:], typed  # the first ones load the vectors


async def answered(app: BrowseApp, pilot: Pilot[Any], words: str) -> float:
    """Milliseconds from Enter to the photos."""
    started = time.perf_counter()
    app.screen.query_one("#domanda", Input).post_message(
        Input.Submitted(app.screen.query_one("#domanda", Input), words)
    )
    grid = app.screen.query_one(PhotoGrid)
    while app.browsing.asked.words != words or grid._photos[0] != app.browsing.found[0].tile:
        await asyncio.sleep(0)
    await pilot.pause()  # until all is drawn
    return 1000 * (time.perf_counter() - started)


async def key(box: Input, pilot: Pilot[Any]) -> float:
    """Milliseconds from a key to its letter, while another answer is being looked for."""
    box.focus()
    box.post_message(Input.Submitted(box, f"{box.value} x"))
    await asyncio.sleep(0.005)
    before, started = len(box.value), time.perf_counter()
    await pilot.press("a")
    while len(box.value) == before:
        await asyncio.sleep(0)
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        Path(sys.argv[2] if len(sys.argv) > 2 else ".bench").absolute(),
    )
