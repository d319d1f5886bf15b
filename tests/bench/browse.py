"""The screen of `sfoglia` over a made-up archive: python -m tests.bench.browse [PHOTOS] [FOLDER].

Milliseconds from Enter to the first photos on the screen, without their pictures, of terminals of
80 x 24 and of 200 x 50 characters. On a machine that does much else look at the processor's time:
of all threads; of the one that answers and the screen's own, one after the other, which is how long
a person waits on a machine that is free; and of the screen's alone, for which a key that is typed
meanwhile has to wait. 100,000 photos with `mini` unless told otherwise, kept in FOLDER
(.bench); each question is asked for the first time. The photos' files are not there, so that every
picture is a file that cannot be read.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from statistics import median

from textual.widgets import Input

from cercafoto import Settings
from cercafoto.browse.answer_page import Answer
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.terminal.app import BrowseApp
from cercafoto.terminal.graphics import BLOCKS, Terminal
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
        spent = asyncio.run(ask_all(settings, size))
        wall, processor, own, answer = (sorted(each) for each in zip(*spent, strict=True))
        print(
            f"{photos} photos, {size[0]} x {size[1]}, {len(spent)} questions: "
            f"median {median(wall):.0f} ms, nine in ten within {wall[len(wall) * 9 // 10]:.0f} ms; "
            f"processor {median(processor):.0f} ms; one after the other {median(answer):.0f} ms to "
            f"answer and {median(own):.0f} ms for the screen"
        )


class TimedArchive(BrowsedArchive):
    """An archive that adds up in `spent` the processor seconds of the thread that answers."""

    spent = 0.0

    def answer(self, asked: Asked, after: str = "") -> Answer:
        before = time.thread_time()
        found = super().answer(asked, after)
        self.spent += time.thread_time() - before
        return found


async def ask_all(settings: Settings, size: tuple[int, int]) -> list[tuple[float, ...]]:
    """Return for each question: milliseconds by the clock, of the processor, of the screen's
    thread, and of the answering thread."""
    archive = TimedArchive(settings, graph=False)
    app = BrowseApp(archive, Terminal(BLOCKS, size[0]))
    spent = []
    async with app.run_test(size=size) as pilot:
        await pilot.app.workers.wait_for_complete()
        box, grid = app.screen.query_one("#domanda", Input), app.screen.query_one(PhotoGrid)
        for words in (f"{thing} {where}" for thing in THINGS for where in WHERE):
            box.value = words
            await pilot.pause()
            before = (*clocks(), archive.spent)
            box.post_message(Input.Submitted(box, words))
            while app.browsing.asked.words != words:
                await asyncio.sleep(0.001)
            while grid._photos[0] != app.browsing.found[0].tile:
                await asyncio.sleep(0.001)
            await pilot._wait_for_screen()  # until all is drawn
            after = (*clocks(), archive.spent)
            spent.append(tuple(1000 * (b - a) for a, b in zip(before, after, strict=True)))
    archive.close()
    return spent[2:]  # the first ones load the vectors


def clocks() -> tuple[float, float, float]:
    return time.perf_counter(), time.process_time(), time.thread_time()


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        Path(sys.argv[2] if len(sys.argv) > 2 else ".bench").absolute(),
    )
