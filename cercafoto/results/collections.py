"""Questions kept under a name, and their photos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cercafoto.base.json_keys import Key, json_keys, within

if TYPE_CHECKING:
    from cercafoto.question.question import Question

# What a person can say of a photo in a collection, whatever the answer to its question.
ALWAYS, NEVER = "always", "never"

SEEN = "seen"  # noted beside these: the person has seen the photo in the collection


@dataclass(frozen=True)
class Collection:
    """A question that the person keeps under a name. Its photos are those that answer it now.

    question: None if this version of cercafoto cannot read it.
    made_at, looked_at: when it was kept, and when its new photos were last listed: UTC, ISO 8601.
    min_confidence: leave out photos with a lower confidence, 0 to 1; 0: as an answer does.
    """

    id: int
    name: str
    question: Question | None
    made_at: str
    looked_at: str
    min_confidence: float = 0.0

    @property
    def typed(self) -> str:
        """The question as a person types it, or in Italian that it cannot be read."""
        if self.question is None:
            return "domanda illeggibile"
        from cercafoto.question.stored_question import as_typed

        lowest = self.min_confidence
        return as_typed(self.question) + (f" --min {100 * lowest:.3g}%" if lowest else "")


@json_keys(
    Key("name", "collection.name"),
    Key("question", "collection.typed"),
    within("collection", "made_at looked_at"),
    Key("photos", lambda kept: len(kept.photos)),
    Key("paths", lambda kept: [*kept.photos]),
    Key("doubtful", lambda kept: [*kept.doubtful]),
    "always never problem",
)
@dataclass(frozen=True)
class CollectionPhotos:
    """A collection and some of its photos: path -> SHA-256 of the content and date (see `Facts`).

    doubtful: path -> names of the people asked for whom the photo only may show (see `Hit`). These
        photos come after all others.
    always, never: paths of the photos of which this was said by hand.
    problem: in Italian, why its question could not be answered and what to do; "" if it could.
    """

    collection: Collection
    photos: Mapping[bytes, tuple[bytes, str | None]] = field(default_factory=dict)
    doubtful: Mapping[bytes, tuple[str, ...]] = field(default_factory=dict)
    always: tuple[bytes, ...] = ()
    never: tuple[bytes, ...] = ()
    problem: str = ""
