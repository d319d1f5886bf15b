"""Where a person is in the archive: what is asked, the photos found so far, and those marked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cercafoto.browse.answers import Answer, FoundTile
from cercafoto.browse.asked import Asked, Picture
from cercafoto.browse.chips import Chip

NOTHING = Answer(None, "", (), "")


@dataclass
class Browsing:
    """One person's way through the archive. For the thread of the screen alone.

    found: of all pages so far.
    earlier: what was asked before, the latest last.
    marked: photos chosen, by id, in the order in which they were.
    """

    asked: Asked = field(default_factory=Asked)
    answer: Answer = NOTHING
    chips: list[Chip[Asked]] = field(default_factory=list)
    found: list[FoundTile] = field(default_factory=list)
    unlikely_at: int | None = None
    earlier: list[Asked] = field(default_factory=list)
    marked: dict[int, bytes] = field(default_factory=dict)

    def begin(self, asked: Asked, answer: Answer, chips: list[Chip[Asked]]) -> None:
        """Take the first page of an answer."""
        self.asked, self.chips = asked, chips
        self.found, self.unlikely_at = [], None
        self.go_on(answer)

    def go_on(self, answer: Answer) -> None:
        """Take the next page of the same answer; what the first one said of the whole stays."""
        if answer.unlikely_at is not None:
            self.unlikely_at = len(self.found) + answer.unlikely_at
        if self.found:
            answer = replace(self.answer, found=answer.found, after=answer.after)
        self.answer = answer
        self.found += answer.found

    def toggle(self, place: int) -> None:
        """Mark a photo, or unmark it."""
        tile = self.found[place].tile
        if self.marked.pop(tile.photo_id, None) is None:
            self.marked[tile.photo_id] = tile.path

    def mark_range(self, place: int) -> None:
        """Mark all photos from the one that was marked last up to this one."""
        places = {found.tile.photo_id: at for at, found in enumerate(self.found)}
        last = next((places[i] for i in reversed(self.marked) if i in places), place)
        for at in range(min(last, place), max(last, place) + 1):
            tile = self.found[at].tile
            self.marked.setdefault(tile.photo_id, tile.path)

    def more_like(self, place: int) -> Asked:
        """What to ask for more photos like one: added to what was asked; where nothing was that
        could be more or less likely, the photo is the question."""
        found = self.found[place]
        if found.hit is not None and (self.asked.words or self.asked.like):
            return self.asked.but(more=(*self.asked.more, found.tile.photo_id))
        return Asked(like=(Picture(found.tile.photo_id),))

    def less_like(self, place: int) -> Asked | None:
        """What to ask for photos that are less like one; None where nothing was asked that could
        be more or less likely."""
        found = self.found[place]
        if found.hit is not None and (self.asked.words or self.asked.like):
            return self.asked.but(less=(*self.asked.less, found.tile.photo_id))
        return None
