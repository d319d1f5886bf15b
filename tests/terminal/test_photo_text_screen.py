"""The panel of a photo's words, opened from the grid and from the screen of one photo."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("textual")

from textual.widgets import Static

from cercafoto import Library, Settings
from cercafoto.results.texts import ReadText
from cercafoto.terminal.screens.detail import DetailScreen
from cercafoto.terminal.screens.photo_text import PhotoTextScreen
from cercafoto.terminal.screens.search import SearchScreen
from tests.conftest import paint
from tests.support.written_photos import LINES, keep, paper
from tests.terminal.screen import Visit, visit


@pytest.fixture
def written(library: Library, tmp_path: Path) -> Path:
    """Return an archive of three photos: with words, read without words, not read yet."""
    folder = tmp_path / "foto"
    text = paper(folder, "carta.jpg")
    paint(folder / "rosso.png", (250, 10, 10))
    paint(folder / "verde.png", (10, 250, 10))
    library.index([folder])
    keep(library, folder / "carta.jpg", text)
    keep(library, folder / "rosso.png", ReadText("lettore di prova", ()))
    return folder


def test_the_words_of_the_photo_with_those_that_were_asked(
    settings: Settings, written: Path
) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "p")
        assert isinstance(screen.app.screen, PhotoTextScreen)
        shown = screen.app.screen.query_one("#scritto", Static).content
        assert shown.plain == "\n".join(LINES)
        bold = [shown.plain[s.start : s.end] for s in shown.spans if "reverse" in str(s.style)]
        assert bold == ["Gigi", "Tavolo"]
        await screen.press("c")
        assert screen.app.clipboard == "\n".join(LINES)
        assert "negli appunti" in screen.text("#detto")
        await screen.press("escape")
        assert isinstance(screen.app.screen, SearchScreen)
        await screen.press("enter", "p")
        assert isinstance(screen.app.screen, PhotoTextScreen)
        await screen.press("p")
        assert isinstance(screen.app.screen, DetailScreen)

    visit(settings, look, "tavolo da gigi")


def test_where_there_are_none_it_says_why(settings: Settings, written: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape")
        told = {}
        for at, name in enumerate(screen.names):
            await screen.press(*(["right"] if at else []), "p")
            told[name] = screen.text("#detto")
            await screen.press(*(["c"] if name != "carta" else []), "escape")
        assert told["rosso"] == "Nessuna scritta leggibile in questa foto."
        assert "non sono ancora state lette: le legge «cercafoto leggi»" in told["verde"]
        assert screen.app.clipboard == ""

    visit(settings, look)


def test_a_photo_found_by_its_words_says_which(settings: Settings, written: Path) -> None:
    async def look(screen: Visit) -> None:
        assert screen.names == ["carta"]
        assert screen.captions == ["▸ fiducia alta · dal testo"]
        assert "«Trattoria da Gigi…»" in screen.text("#stato")
        await screen.press("escape", "enter")
        assert "dal testo\n«Trattoria da Gigi…»" in screen.text("#fatti")

    visit(settings, look, '"da gigi"', size=(120, 30))
