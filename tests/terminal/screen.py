"""The screen of `sfoglia` without a terminal: keys go in, what the widgets show comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from cercafoto import Settings
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.terminal.app import BrowseApp
from cercafoto.terminal.graphics import BLOCKS, Terminal
from cercafoto.terminal.widgets.tile import PhotoTile

PATIENCE = 60.0  # seconds, for a machine that does much else


class Visit:
    """A person before the screen."""

    def __init__(self, app: BrowseApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they bring about."""
        await self.pilot.press(*keys)
        await self.settle()

    async def ask(self, words: str) -> None:
        """Type a question."""
        await self.pilot.press("escape", "slash", "end", "ctrl+u")
        await self.press(*(key_of(letter) for letter in words), "enter")

    async def settle(self) -> None:
        """Wait until nothing is being searched or drawn any more."""

        async def quiet() -> None:
            calm = 0
            while calm < 3:
                await self.pilot.pause(0.02)
                waiting = any(tile._loading for tile in self.app.screen.query(PhotoTile))
                working = any(not worker.is_finished for worker in self.app.workers)
                calm = 0 if waiting or working else calm + 1

        await asyncio.wait_for(quiet(), PATIENCE)

    def text(self, name: str) -> str:
        """What a line of words says."""
        return str(self.app.screen.query_one(name, Static).render())

    @property
    def names(self) -> list[str]:
        """The photos found so far."""
        return [Path(found.tile.path.decode()).stem for found in self.app.browsing.found]

    @property
    def captions(self) -> list[str]:
        """The lines below the photos that are seen."""
        return [t.caption.plain for t in self.app.screen.query(PhotoTile) if t.photo is not None]


def key_of(letter: str) -> str:
    return {" ": "space", ",": "comma"}.get(letter, letter)


def visit(
    settings: Settings,
    what: Callable[[Visit], Awaitable[None]],
    words: str = "",
    *,
    graphics: str = BLOCKS,
    size: tuple[int, int] = (80, 24),
    page: int = 60,
) -> BrowseApp:
    """Open the screen, do something with it, and return it as it ended."""
    archive = BrowsedArchive(settings, page=page, graph=False)
    app = BrowseApp(archive, Terminal(graphics, size[0], (8, 16)), Asked(words=words))

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            one = Visit(app, pilot)
            await one.settle()
            await what(one)

    try:
        asyncio.run(main())
    finally:
        archive.close()
    return app
