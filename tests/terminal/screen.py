"""Run the screen of `sfoglia` without a terminal: press keys, read what the widgets show."""

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
    """The person in front of the screen: presses keys and reads."""

    def __init__(self, app: BrowseApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the screen shows the result."""
        await self.pilot.press(*keys)
        await self.settle()

    async def ask(self, words: str) -> None:
        """Type a question and wait for its answer."""
        await self.pilot.press("escape", "slash", "end", "ctrl+u")
        await self.press(*(key_of(letter) for letter in words), "enter")

    async def settle(self) -> None:
        """Wait until no search and no drawing is in progress."""

        async def quiet() -> None:
            calm = 0
            while calm < 3:
                await self.pilot.pause(0.02)
                waiting = any(tile._loading for tile in self.app.screen.query(PhotoTile))
                working = any(not worker.is_finished for worker in self.app.workers)
                calm = 0 if waiting or working else calm + 1

        await asyncio.wait_for(quiet(), PATIENCE)

    def text(self, name: str) -> str:
        """Return the text of a line of the screen."""
        return str(self.app.screen.query_one(name, Static).render())

    @property
    def lines(self) -> list[str]:
        """Return the lines of the screen as the terminal shows them."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(piece.text for piece in strip) for strip in strips]

    @property
    def names(self) -> list[str]:
        """Return the names of the photos found so far."""
        return [Path(found.tile.path.decode()).stem for found in self.app.browsing.found]

    @property
    def captions(self) -> list[str]:
        """Return the captions of the visible photos."""
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
    """Open the screen, call a function with its `Visit`, and return the ended application."""
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
