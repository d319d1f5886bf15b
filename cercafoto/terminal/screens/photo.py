"""Actions for the photo at the cursor that several screens have: mark, label, copy, open, ask for
similar photos."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker

from cercafoto.base.paths import printable
from cercafoto.browse.answer_page import FoundTile
from cercafoto.browse.asked import Asked, Picture
from cercafoto.errors import CercafotoError
from cercafoto.results.collections import NEVER
from cercafoto.terminal.app_type import ArchiveApp
from cercafoto.terminal.browse_state import Browsing
from cercafoto.terminal.screens.threads import in_one_line, in_thread


class PhotoScreen(Screen["int | None"]):
    """A screen with photos and a cursor, or with one photo."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "mark", show=False),
        Binding("plus", "more_like", show=False),
        Binding("minus", "less_like", show=False),
        Binding("e", "labels", show=False),
        Binding("p", "written", show=False),
        Binding("c", "copy_path", show=False),
        Binding("C", "copy_picture", show=False),
        Binding("o", "open_outside", show=False),
        Binding("s", "chosen", show=False),
        Binding("question_mark,f1", "help", show=False),
    ]

    # -- each screen defines these -------------------------------------------------------------

    @property
    def place(self) -> int | None:
        """The place in the answer of the photo at the cursor; None if there are no photos."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Show a message on the status line."""
        raise NotImplementedError

    def photos_changed(self) -> None:
        """Show marks and labels again after they changed."""
        raise NotImplementedError

    def ask(self, asked: Asked) -> None:
        """Ask a new question and show its answer."""
        raise NotImplementedError

    # -- shared by all screens -----------------------------------------------------------------

    @property
    def owner(self) -> ArchiveApp:
        return cast(ArchiveApp, self.app)

    @property
    def browsing(self) -> Browsing:
        return self.owner.browsing

    @property
    def found(self) -> FoundTile | None:
        """The photo at the cursor; None if there are no photos."""
        return self.browsing.found[self.place] if self.place is not None else None

    def tell(self, error: CercafotoError) -> None:
        self.say(in_one_line(error))

    def in_thread(
        self,
        work: Callable[[], Callable[[], None]],
        group: str,
        failed: Callable[[], None] | None = None,
    ) -> Worker[None]:
        """Run `work` in a thread, then the function it returns in the screen's thread, unless newer
        work of the same group has started.

        failed: called in the screen's thread after an error, before the error is shown.
        """

        def show(error: CercafotoError) -> None:
            if failed is not None:
                failed()
            self.tell(error)

        return in_thread(self, work, show, group=group, exclusive=True)

    # -- actions -------------------------------------------------------------------------------

    def action_mark(self) -> None:
        if self.place is not None:
            self.browsing.toggle(self.place)
            self.photos_changed()

    def action_more_like(self) -> None:
        if self.place is not None:
            self.ask(self.browsing.more_like(self.place))

    def action_less_like(self) -> None:
        if self.place is None:
            return
        asked = self.browsing.less_like(self.place)
        if asked is None and self.browsing.asked.collection and self.found is not None:
            collection, photo = self.browsing.asked.collection, self.found.tile.photo_id

            def never() -> Callable[[], None]:
                self.owner.archive.say(collection, [photo], NEVER)
                return lambda: self.ask(self.browsing.asked)

            self.in_thread(never, "raccolta")
        elif asked is None:
            self.say("Prima cerca qualcosa: «non questa» cambia la risposta a una domanda.")
        else:
            self.ask(asked)

    def action_copy_path(self) -> None:
        if self.found is None:
            return
        path = os.fsdecode(self.found.tile.path)
        if not path.isprintable():
            self.say("Questo percorso ha caratteri che gli appunti non tengono.")
            return
        self.app.copy_to_clipboard(path)
        self.say(f"Percorso negli appunti, se il terminale lo permette: {printable(path)}")

    def action_copy_picture(self) -> None:
        found = self.found
        if found is None:
            return

        def copy() -> Callable[[], None]:
            from cercafoto.terminal.clipboard import copy_picture

            picture = Picture(found.tile.photo_id, at=found.tile.frame)
            copy_picture(self.owner.archive.picture(picture))
            return lambda: self.say("Immagine negli appunti.")

        self.in_thread(copy, "appunti")

    def action_open_outside(self) -> None:
        from cercafoto.photos.delivery import open_photo

        if self.found is None:
            return
        path = Path(os.fsdecode(self.found.tile.path))
        try:
            open_photo(os.fsencode(path), self.found.tile.frame)
        except CercafotoError as error:
            self.tell(error)
        else:
            self.say(f"Aperta fuori dal terminale: {printable(path)}")

    def action_labels(self) -> None:
        from cercafoto.terminal.screens.give_label import LabelsScreen

        marked = self.browsing.marked
        photos = dict(marked)
        if not photos and self.found is not None:
            photos = {self.found.tile.photo_id: self.found.tile.path}
        if photos:
            self.app.push_screen(LabelsScreen(photos), lambda _: self.photos_changed())

    def action_written(self) -> None:
        from cercafoto.terminal.screens.photo_text import PhotoTextScreen

        if self.found is not None:
            self.app.push_screen(PhotoTextScreen(self.found.tile))

    def action_chosen(self) -> None:
        from cercafoto.terminal.screens.chosen import ChosenScreen

        if not self.browsing.marked:
            self.say("Prima scegli qualche foto: spazio la segna, o la toglie dalle scelte.")
            return
        self.app.push_screen(ChosenScreen(), self._after_chosen)

    def _after_chosen(self, told: str | None) -> None:
        self.photos_changed()
        if told:
            self.say(told)

    def action_help(self) -> None:
        from cercafoto.terminal.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())
