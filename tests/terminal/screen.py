"""Run the screen of `sfoglia` without a terminal: press keys, read what the widgets show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual import events, messages
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input, Static

from cercafoto import Settings
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.terminal.app import BrowseApp
from cercafoto.terminal.graphics import BLOCKS, Terminal
from cercafoto.terminal.widgets.tile import PhotoTile
from tests.support.waiting import PATIENCE

MOST_TYPED = 100  # letters: each key is a turn of the whole screen


class Messages:
    """Counts the messages between widgets that can lead to more work: not those that only redraw,
    nor those by which Textual itself waits."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, message: Message) -> None:
        if not isinstance(message, (events.Callback, events.Timer, messages.Update)):
            self.count += 1


class Visit:
    """The person in front of the screen: presses keys and reads."""

    def __init__(self, app: BrowseApp, pilot: Pilot[Any], sent: Messages) -> None:
        self.app, self.pilot, self._sent = app, pilot, sent

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the screen shows the result."""
        await self.pilot.press(*keys)
        await self.settle()

    async def ask(self, words: str) -> None:
        """Type a question, paste it if it is long, and wait for its answer."""
        await self.pilot.press("escape", "slash", "end", "ctrl+u")
        if len(words) > MOST_TYPED:
            self.app.screen.query_one(Input).value = words
            words = ""
        await self.press(*(key_of(letter) for letter in words), "enter")

    async def settle(self) -> None:
        """Wait until no search, no drawing, no layout and no message is in progress."""
        calm = 0

        async def look() -> bool:
            nonlocal calm
            before, screen = self._sent.count, self.app.screen
            await self.pilot._wait_for_screen(PATIENCE)  # every widget handles what it was sent
            await asyncio.sleep(0.02)
            busy = (
                self._sent.count != before
                or screen is not self.app.screen
                or self.app._resize_event is not None  # a timer passes it on
                or screen._layout_required
                or screen._callbacks
                or any(tile._loading for tile in screen.query(PhotoTile))
                or any(not worker.is_finished for worker in self.app.workers)
            )
            calm = 0 if busy else calm + 1
            self.app.screen._on_timer_update()  # lays out what is to be laid out
            return calm == 3

        await self._until(look)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until a condition holds, while the screen goes on."""

        async def look() -> bool:
            await self.pilot.pause(0.02)
            return bool(holds())

        await self._until(look)

    async def _until(self, look: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await look():
                pass

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
    sent = Messages()

    async def main() -> None:
        async with app.run_test(size=size, message_hook=sent) as pilot:
            one = Visit(app, pilot, sent)
            await one.settle()
            await what(one)

    try:
        asyncio.run(main())
    finally:
        archive.close()
    return app
