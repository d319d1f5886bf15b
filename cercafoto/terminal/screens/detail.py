"""The screen of one photo: as large as possible, with its details, a heat map for words, and its
neighbours in the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from PIL import Image
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.browse.asked import Asked, Picture
from cercafoto.browse.photo_facts import facts_of, line_about, name_of
from cercafoto.browse.text_rows import said
from cercafoto.results.photos import PhotoDetail
from cercafoto.search.heat_map import Heat, heat_picture
from cercafoto.terminal.answer_wording import MARK, ROOM, by_content
from cercafoto.terminal.screens.photo import PhotoScreen
from cercafoto.terminal.widgets.film_strip import FilmStrip
from cercafoto.terminal.widgets.tile import PhotoTile

HINTS = "? tasti  ← → un'altra  d dov'è  e etichette  spazio scegli  o apri  Esc torna"


class DetailScreen(PhotoScreen):
    """The screen of one photo. Its result is the place in the answer of the photo seen last; None
    if a new question was asked.

    place: place in the answer of the photo to show first.
    ask_there: asks a new question, on the search screen below.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up,h,k", "go(-1)", show=False),
        Binding("right,down,l,j", "go(1)", show=False),
        Binding("home", "go_to(0)", show=False),
        Binding("end", "go_to(-1)", show=False),
        Binding("d", "where", show=False),
        Binding("escape", "back", show=False, priority=True),
        Binding("q,enter", "back", show=False),
    ]

    def __init__(self, place: int, ask_there: Callable[[Asked], None]) -> None:
        super().__init__()
        self._place = place
        self._ask_there = ask_there
        self._words = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="vista"):
            yield PhotoTile(self.owner.loader, captioned=False, id="grande")
            with VerticalScroll(id="dati", can_focus=False):
                yield Static(id="fatti", markup=False)
        yield FilmStrip(self.owner.loader)
        yield Input(placeholder="Che cosa cerchi in questa foto?", id="parole")
        yield Static(id="stato", markup=False)
        yield Static(HINTS, id="tasti", markup=False)

    def on_mount(self) -> None:
        self.set_focus(None)
        self._show()

    # -- the photo -----------------------------------------------------------------------------

    @property
    def place(self) -> int:
        return self._place

    def say(self, text: str) -> None:
        self.query_one("#stato", Static).update(text)

    def ask(self, asked: Asked) -> None:
        self.dismiss(None)
        self._ask_there(asked)

    def photos_changed(self) -> None:
        self._show_facts()

    def _show(self) -> None:
        self._words = ""
        found = self.browsing.found[self._place]
        self.query_one("#grande", PhotoTile).show(found.tile)
        photos = [each.tile for each in self.browsing.found]
        self.query_one(FilmStrip).show(photos, self._place)
        self.say(printable(found.tile.path))
        self._show_facts()

    def _show_facts(self) -> None:
        photo_id = self.browsing.found[self._place].tile.photo_id

        def work() -> Callable[[], None]:
            detail = self.owner.archive.detail(photo_id)
            return lambda: self.query_one("#fatti", Static).update(self._facts(detail))

        self.in_thread(work, "fatti")

    def _facts(self, detail: PhotoDetail) -> Text:
        found = self.browsing.found[self._place]
        text = Text()
        if detail.tile.photo_id in self.browsing.marked:
            text.append(f"{MARK} scelta\n", "bold reverse")
        text.append(name_of(detail.tile), "bold")
        text.append(
            f"\n{thousands(self._place + 1)} di {thousands(len(self.browsing.found))}", "dim"
        )
        if found.hit is not None and by_content(self.browsing):
            hit = found.hit
            text.append("\n")
            text.append(f"fiducia {hit.word} ({hit.confidence:.0%})", "bold")
            text.append(f"\n{why}" if (why := line_about(hit)) else "")
            if pieces := said(hit, ROOM):
                text.append("\n«")
                for piece, asked in pieces:
                    text.append(piece, "bold" if asked else "none")
                text.append("»")
        text.append("\n")
        for name, value in facts_of(detail):
            text.append(f"\n{name}: ", "dim").append(value)
        text.append("\n\nEtichette: ", "dim")
        for at, (label, sure, by_hand) in enumerate(detail.labels):
            text.append(", " if at else "").append(printable(label), "bold" if by_hand else "none")
            text.append("" if by_hand else f" {sure:.0%}", "dim")
        if not detail.labels:
            text.append("ancora nessuna")
        for path in detail.copies:
            text.append("\n\nCopia: ", "dim").append(printable(path))
        return text

    # -- where -------------------------------------------------------------------------------

    def action_where(self) -> None:
        """Open a box for the words to find in the photo; if a heat map is shown, remove it."""
        if self._words:
            self._show_plain()
            return
        box = self.query_one("#parole", Input)
        query = self.browsing.answer.query
        box.value = query.text if query is not None else ""
        box.add_class("aperta")
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        words = " ".join(event.value.split())
        self._close_box()
        if words:
            self._look_for(words)

    def _look_for(self, words: str) -> None:
        tile = self.browsing.found[self._place].tile
        self._words = words
        self.say(f"Cerco «{words}» nella foto…")
        archive = self.owner.archive

        def work() -> Callable[[], None]:
            self.owner.wait_for_model()
            picture = Picture(tile.photo_id, at=tile.frame)
            picture = archive.at_best_moment(picture, words)
            heat = archive.heat(picture, words)
            shown = replace(tile, frame=picture.at)

            def finish() -> None:
                if self._words == words and self.browsing.found[self._place].tile == tile:
                    self.query_one("#grande", PhotoTile).show(shown, over=_painter(heat))
                    self.say(_say_heat(words, heat))

            return finish

        self.in_thread(work, "dove", self._forget_words)

    def _show_plain(self) -> None:
        self._words = ""
        tile = self.browsing.found[self._place].tile
        self.query_one("#grande", PhotoTile).show(tile)
        self.say(printable(tile.path))

    def _forget_words(self) -> None:
        self._words = ""

    def _close_box(self) -> None:
        self.query_one("#parole", Input).remove_class("aperta")
        self.set_focus(None)

    # -- keys ----------------------------------------------------------------------------------

    def action_go(self, by: int) -> None:
        self.action_go_to(min(max(self._place + by, 0), len(self.browsing.found) - 1))

    def action_go_to(self, place: int) -> None:
        place = place if place >= 0 else len(self.browsing.found) - 1
        if place != self._place:
            self._place = place
            self._show()

    def on_film_strip_chosen(self, message: FilmStrip.Chosen) -> None:
        self.action_go_to(message.place)

    def action_back(self) -> None:
        if self.query_one("#parole", Input).has_focus:
            self._close_box()
        elif self._words:
            self._show_plain()
        else:
            self.dismiss(self._place)


def _painter(heat: Heat) -> Callable[[Image.Image], Image.Image]:
    return lambda image: heat_picture(image, heat)


def _say_heat(words: str, heat: Heat) -> str:
    if heat.box is None:
        return f"«{words}»: nessuna parte della foto risalta sulle altre (d per toglierlo)."
    if not heat.is_likely:
        return f"«{words}» forse non c'è: questo è il punto più somigliante (d per toglierlo)."
    return f"«{words}»: {heat.confidence:.0%}, dove è più chiaro (d per toglierlo)."
