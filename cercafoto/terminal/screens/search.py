"""The search screen: the question, how it was understood, and the photos found."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from cercafoto.browse.asked import Asked
from cercafoto.terminal import answer_wording
from cercafoto.terminal.screens.photo import PhotoScreen
from cercafoto.terminal.widgets.chips import ChipBar
from cercafoto.terminal.widgets.grid import PhotoGrid

HINTS = "? tasti  / cerca  Invio apri  spazio scegli  f filtri  + simili  − non questa"
HINTS_TYPING = "Invio cerca  ↓ o Esc alle foto  F1 tasti"


class SearchScreen(PhotoScreen):
    """The screen with the search box and the grid of photos found.

    first: question to ask when the screen opens.
    """

    AUTO_FOCUS = "#griglia"  # not the question: the first key pressed is a command
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "question", show=False),
        Binding("escape", "escape", show=False, priority=True),
        Binding("down", "to_photos", show=False),
        Binding("f", "filters", show=False),
        Binding("r", "keep", show=False),
        Binding("t", "everything", show=False),
        Binding("v", "suggestion", show=False),
        Binding("L", "literal", show=False),
        Binding("backspace", "back", show=False),
        Binding("m", "turn", show=False),
        Binding("X", "mark_range", show=False),
        Binding("q", "app.leave", show=False),
        *(Binding(str(n), f"drop({n})", show=False) for n in range(1, 10)),
    ]

    def __init__(self, first: Asked) -> None:
        super().__init__()
        self._first = self._latest = first  # latest: asked last, perhaps not answered yet
        self._going_on = False
        self._steps_back = 0  # in the history, to the question that waits for its answer

    def compose(self) -> ComposeResult:
        yield Input(
            self._first.words, placeholder="Che cosa cerchi?", id="domanda", select_on_focus=False
        )
        yield ChipBar(id="gettoni")
        yield Static(id="esito", markup=False)
        yield PhotoGrid(self.owner.loader, self._caption, id="griglia")
        yield Static(id="stato", markup=False)
        yield Static(HINTS, id="tasti", markup=False)

    def on_mount(self) -> None:
        self._start(self._first)

    # -- asking --------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> None:
        self._start(asked)

    def _start(self, asked: Asked, steps_back: int = 0) -> None:
        """Ask a question and show its answer. The previous question is kept for `action_back`.

        steps_back: how many questions the answer takes out of the history instead; an error leaves
            the history as it is.
        """
        archive = self.owner.archive
        self._latest, self._steps_back = asked, steps_back
        self.query_one("#esito", Static).update("Cerco…")

        def work() -> Callable[[], None]:
            if asked:
                self.owner.wait_for_model()
            answer = archive.answer(asked)
            chips = archive.chips(asked, answer)

            def finish() -> None:
                self.browsing.remember(asked, steps_back)
                self.browsing.begin(asked, answer, chips)
                self._steps_back = 0
                self._going_on = False
                self._show()

            return finish

        def failed() -> None:
            self._latest, self._steps_back = self.browsing.asked, 0
            self._say_verdict()

        self.in_thread(work, "cerca", failed)

    def _show(self) -> None:
        browsing = self.browsing
        box = self.query_one("#domanda", Input)
        is_typing = box.has_focus and box.value.split() != browsing.asked.words.split()
        if not is_typing:
            box.value = browsing.asked.words
        self.query_one(ChipBar).show(browsing.chips)
        self._say_verdict()
        grid = self.query_one(PhotoGrid)
        if browsing.asked and not is_typing:
            self.set_focus(grid)
        grid.show([found.tile for found in browsing.found])
        if not browsing.found:
            self.say("")

    def on_descendant_focus(self) -> None:
        is_typing = self.query_one("#domanda").has_focus
        self.query_one("#tasti", Static).update(HINTS_TYPING if is_typing else HINTS)

    def _say_verdict(self) -> None:
        self.query_one("#esito", Static).update(answer_wording.verdict(self.browsing))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        words = " ".join(event.value.split())
        # Chosen filters stay; example photos belonged to the previous words.
        asked = self._latest.but(words=words, literal=False, like=(), more=(), less=())
        if not words and not asked:
            asked = Asked()
        self._start(asked)

    def on_photo_grid_near_end(self) -> None:
        """Fetch the next page of the same answer."""
        browsing = self.browsing
        after, asked = browsing.answer.after, browsing.asked
        if not after or self._going_on:
            return
        self._going_on = True

        def work() -> Callable[[], None]:
            answer = self.owner.archive.answer(asked, after)

            def finish() -> None:
                self._going_on = False
                if browsing.asked == asked:
                    browsing.go_on(answer)
                    grid = self.query_one(PhotoGrid)
                    grid.show([found.tile for found in browsing.found], grid.cursor)

            return finish

        def failed() -> None:
            self._going_on = False

        self.in_thread(work, "altre", failed)

    # -- the photo at the cursor ---------------------------------------------------------------

    @property
    def place(self) -> int | None:
        return self.query_one(PhotoGrid).cursor if self.browsing.found else None

    def say(self, text: str) -> None:
        self.query_one("#stato", Static).update(text)

    def photos_changed(self) -> None:
        self.query_one(PhotoGrid).refresh_captions()
        self.on_photo_grid_moved()

    def _caption(self, place: int, current: bool) -> Text:
        return answer_wording.caption(self.browsing, place, current)

    def on_photo_grid_moved(self) -> None:
        if self.place is not None:
            self.query_one("#stato", Static).update(answer_wording.about(self.browsing, self.place))

    def on_photo_grid_left_above(self) -> None:
        self.query_one("#domanda").focus()

    def on_photo_grid_opened(self) -> None:
        from cercafoto.terminal.screens.detail import DetailScreen

        grid = self.query_one(PhotoGrid)

        def back(place: int | None) -> None:
            if place is not None:
                grid.show([found.tile for found in self.browsing.found], place)
            self.photos_changed()

        self.app.push_screen(DetailScreen(grid.cursor, self.ask), back)

    # -- keys ----------------------------------------------------------------------------------

    def action_question(self) -> None:
        box = self.query_one("#domanda", Input)
        box.focus()
        box.cursor_position = len(box.value)

    def action_escape(self) -> None:
        """Leave the question for the photos, and discard words that were typed but not asked."""
        box = self.query_one("#domanda", Input)
        if box.has_focus:
            box.value = self.browsing.asked.words
            self.query_one(PhotoGrid).focus()

    def action_to_photos(self) -> None:
        self.query_one(PhotoGrid).focus()

    def action_mark_range(self) -> None:
        if self.place is not None:
            self.browsing.mark_range(self.place)
            self.photos_changed()

    def action_drop(self, number: int) -> None:
        """Remove the chip with this number from the question, and ask it again."""
        if number <= len(self.browsing.chips):
            self._start(self.browsing.chips[number - 1].rest)

    def action_turn(self, number: int = 0) -> None:
        """Make own words of the question a filter, or no filter again: those of the chip with this
        number, without a number the first."""
        for at, chip in enumerate(self.browsing.chips, start=1):
            if chip.turned is not None and number in (0, at):
                self._start(chip.turned)
                return

    def action_everything(self) -> None:
        self._start(self._latest.but(everything=not self._latest.everything))

    def action_literal(self) -> None:
        self._start(self._latest.but(literal=not self._latest.literal))

    def action_suggestion(self) -> None:
        """Ask again with misspelt words replaced by their suggested corrections."""
        query = self.browsing.answer.query
        self._start(self.browsing.asked.respelt(query.corrections if query is not None else ()))

    def action_back(self) -> None:
        steps = self._steps_back + 1
        if steps <= len(self.browsing.earlier):
            self._start(self.browsing.earlier[-steps], steps)

    def action_keep(self) -> None:
        from cercafoto.terminal.screens.keep_question import KeepScreen

        if not self.browsing.asked:
            self.say("Prima cerca qualcosa: «r» salva la domanda come raccolta.")
            return

        def kept(asked: Asked | None) -> None:
            if asked is not None:
                self._start(asked)

        self.app.push_screen(KeepScreen(self.browsing.asked), kept)

    def action_filters(self) -> None:
        from cercafoto.terminal.screens.filters import FiltersScreen

        def chosen(asked: Asked | None) -> None:
            if asked is not None:
                self._start(asked)

        self.app.push_screen(FiltersScreen(self.browsing.asked), chosen)
