"""The state of browsing: the question, the photos found so far, and the marked ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cercafoto.browse.answer_page import Answer, FoundTile
from cercafoto.browse.asked import Asked, Picture
from cercafoto.browse.chips import Chip

NOTHING = Answer(None, "", (), "")


@dataclass
class Browsing:
    """What a person has asked, found and marked. Only the screen's thread may use it.

    found: photos of all pages fetched so far.
    unlikely_at: place of the first photo that is unlikely to match; None if there is none so far.
    earlier: previous questions, the latest last.
    marked: photo id -> path of the marked photos, in the order of marking.
    """

    asked: Asked = field(default_factory=Asked)
    answer: Answer = NOTHING
    chips: list[Chip[Asked]] = field(default_factory=list)
    found: list[FoundTile] = field(default_factory=list)
    unlikely_at: int | None = None
    earlier: list[Asked] = field(default_factory=list)
    marked: dict[int, bytes] = field(default_factory=dict)

    def remember(self, asked: Asked, steps_back: int = 0) -> None:
        """Keep the current question, which `asked` replaces, among the earlier ones; if `asked` is
        one of these, as many steps back, remove these steps instead."""
        if steps_back:
            del self.earlier[-steps_back:]
        elif self.answer is not NOTHING and self.asked != asked:
            self.earlier.append(self.asked)

    def begin(self, asked: Asked, answer: Answer, chips: list[Chip[Asked]]) -> None:
        """Replace the state by the first page of a new answer. Marks stay."""
        self.asked, self.chips = asked, chips
        self.found, self.unlikely_at = [], None
        self.go_on(answer)

    def go_on(self, answer: Answer) -> None:
        """Add the next page of the same answer. The verdict and total of the first page stay."""
        if answer.unlikely_at is not None:
            self.unlikely_at = len(self.found) + answer.unlikely_at
        if self.found:
            answer = replace(self.answer, found=answer.found, after=answer.after)
        self.answer = answer
        self.found += answer.found

    def toggle(self, place: int) -> None:
        """Mark the photo at a place in the answer, or unmark the photo if it is marked."""
        tile = self.found[place].tile
        if self.marked.pop(tile.photo_id, None) is None:
            self.marked[tile.photo_id] = tile.path

    def mark_range(self, place: int) -> None:
        """Mark all photos of the answer from the last marked one to the one at `place`; only the
        latter if none is marked."""
        places = {found.tile.photo_id: at for at, found in enumerate(self.found)}
        last = next((places[i] for i in reversed(self.marked) if i in places), place)
        for at in range(min(last, place), max(last, place) + 1):
            tile = self.found[at].tile
            self.marked.setdefault(tile.photo_id, tile.path)

    def more_like(self, place: int) -> Asked:
        """Return the question for more photos like the one at `place`: the current question with
        this photo as an example, or only the photo if the current question has no words or example
        photos."""
        found = self.found[place]
        if found.hit is not None and (self.asked.words or self.asked.like):
            return self.asked.but(more=(*self.asked.more, found.tile.photo_id))
        return Asked(like=(Picture(found.tile.photo_id, at=found.tile.frame),))

    def less_like(self, place: int) -> Asked | None:
        """Return the current question with the photo at `place` as a counter-example; None if the
        question has no words or example photos."""
        found = self.found[place]
        if found.hit is not None and (self.asked.words or self.asked.like):
            return self.asked.but(less=(*self.asked.less, found.tile.photo_id))
        return None
