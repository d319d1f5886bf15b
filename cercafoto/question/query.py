"""A query: what a person asked for, as understood."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import UsageError
from cercafoto.question.alternatives import alternatives_of
from cercafoto.question.grammar.days import Span, current_day, union
from cercafoto.question.grammar.place_phrases import PlaceMeant, Places
from cercafoto.question.grammar.tokens import says_something, tokens
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.options import (
    all_given,
    days_between,
    format_of,
    given,
    order_of,
    orientation_of,
    place_of,
    rating_of,
    texts_of,
)
from cercafoto.question.parts import parts_of
from cercafoto.question.question import Question
from cercafoto.question.reader import Reading, read, together
from cercafoto.question.spelling import suggest
from cercafoto.question.traits import Traits
from cercafoto.question.weights import Sought, example, phrases
from cercafoto.question.word_roles import WRITTEN, WordRole

if TYPE_CHECKING:
    from cercafoto.question.quoted import Quoted


@dataclass(frozen=True)
class Query:
    """A question as understood: words for the text tower, examples, and what must hold.

    phrases: words for the text tower, in one part or several.
    parts: the things that a single phrase names, none where it names but one.
    alternatives: the sentences of which a single phrase wants but one, none where it has no "or".
    like: photos to resemble.
    more, less: paths of indexed photos to move the question towards, and away from.
    folders: only what lies at or under any of them.
    outside: nothing that lies at or under any of them.
    labels: only photos that bear every one of them.
    exclude: concepts that a photo must not show.
    days: stretches of days, any one of which is enough, in order and disjoint.
    recurring: days of any year, any one of which is enough; `day_ranges` puts the two together.
    weekdays: 0 is Monday.
    hours: from the first up to but not including the second, over midnight when it is smaller.
    camera: part of its name.
    format: "jpeg".
    orientation: one of SHAPES.
    rating: at least so many stars.
    keywords: only photos that bear every one of them.
    texts: phrases, every one of which must be among the words read in a photo.
    monochrome: whether they are to be without colour, None where nothing is said of it.
    order: one of ORDERS, None where nothing is said of it.
    notes: what the person should know and is no condition.
    words: every word and what it became.
    suggestions: words one slip away from those written.
    today: the day when it was read.
    """

    phrases: tuple[Sought[str], ...] = ()
    parts: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    like: tuple[Sought[Path | PipedPicture], ...] = ()
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()
    folders: tuple[Path, ...] = ()
    outside: tuple[Path, ...] = ()
    labels: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    days: tuple[Span, ...] = ()
    recurring: tuple[Yearly, ...] = ()
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None
    place: PlaceMeant | None = None
    camera: str | None = None
    format: str | None = None
    orientation: str | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    monochrome: bool | None = None
    order: str | None = None
    notes: tuple[str, ...] = ()
    words: tuple[WordRole, ...] = ()
    suggestions: tuple[str, ...] = ()
    today: date | None = None

    @classmethod
    def parse(cls, words: Sequence[str]) -> Query:
        """Understand a question of words alone. Raises UsageError when it asks nothing."""
        return cls.of(Question(words=tuple(words)))

    @classmethod
    def of(
        cls,
        question: Question,
        *,
        today: date | None = None,
        places: Places | None = None,
        cameras: Collection[str] | None = None,
        vocabulary: Iterable[str] = (),
        written: bool = False,
        is_right: Callable[[str], bool] = lambda word: False,
    ) -> Query:
        """Understand a question: read its words, and put the options together with them.

        Options narrow what the words say: days of both must hold, exclusions add up. Where the
        two cannot hold together the option wins, and so does one that there is but one of (a place,
        a camera, an order) over that in the words.
        places: None when nothing can be looked up.
        cameras: names of those of the archive, None where there is none.
        vocabulary: the words that a slip is compared with.
        written: whether words were read in any photo, so that what stands in quotes is to be one
            of them; else it is text as it stands.
        is_right: whether a word is right although it is not among them; a name of a place is.

        Raises UsageError when there is nothing to search for, or an option has no meaning.
        """
        today = today or current_day()
        sentence = " ".join(question.words)
        literal = question.literal
        quoted: Sequence[Quoted] = ()
        rest = sentence
        if written and not literal:
            # Late: most archives have no words that were read.
            from cercafoto.question.quoted import quoted_phrases

            quoted, rest = quoted_phrases(sentence)
        parts = [Sought(sentence)] if literal else phrases(rest)
        readings = [
            read(part, now=today, places=places, cameras=cameras, literal=literal)
            for part, _ in parts
        ]
        reading = readings[0] if len(readings) == 1 else together(readings)
        notes = list(reading.notes)
        days = reading.spans
        option_days = days_between(question, today)
        if option_days is not None:
            narrowed = union(both for s in days if (both := s & option_days) is not None)
            if days and not narrowed:
                notes.append("valgono --da e --a, non il periodo scritto nella domanda")
            days = narrowed or (option_days,)
        place = place_of(question, places)
        if place is not None and reading.place not in (None, place):
            notes.append("vale --luogo, non il luogo scritto nella domanda")
        options = Traits(
            given("--fotocamera", question.camera),
            format_of(question),
            orientation_of(question),
            rating_of(question),
        )
        if options.disagrees(reading.traits):
            notes.append(f"vale {options.say()}, non quello che è scritto nella domanda")
        traits = options.and_then(reading.traits)
        sought = _left_to_see(readings, [weight for _, weight in parts])
        single = sought[0].what if len(sought) == 1 and not literal else ""
        alternatives = alternatives_of(single)
        query = cls(
            phrases=sought,
            parts=() if alternatives else parts_of(single),
            alternatives=alternatives,
            like=tuple(example(path) for path in question.like),
            more=question.more,
            less=question.less,
            folders=question.folders,
            outside=question.outside,
            labels=question.labels,
            exclude=_unique(*reading.exclude, *all_given("--senza", question.without)),
            days=days,
            recurring=reading.yearly,
            weekdays=reading.weekdays,
            hours=reading.hours,
            place=place or reading.place,
            **traits._asdict(),
            keywords=all_given("--parola-chiave", question.keywords),
            texts=_unique(*(phrase.inside for phrase in quoted), *texts_of(question)),
            monochrome=reading.monochrome,
            order=order_of(question) or reading.order,
            notes=tuple(notes),
            words=(
                *reading.words,
                *(WordRole(phrase.typed, WRITTEN, "è scritto nella foto") for phrase in quoted),
            ),
            today=today,
        )
        if not (query.text or query.like or query.labels or query.folders or query.has_conditions):
            if reading.notes:
                raise UsageError(f"Non resta niente da cercare: {reading.notes[0]}.")
            asked = sentence.strip()
            reason = f"in «{asked}» non ci sono parole" if asked else "la domanda è vuota"
            raise UsageError(
                f"Non c'è niente da cercare: {reason}.",
                'Scrivi che cosa cerchi, per esempio: cercafoto cerca "un cane sulla spiaggia"',
            )
        typed = [] if literal else tokens(query.text)

        def is_known(word: str) -> bool:
            return is_right(word) or (places is not None and places.find(word) is not None)

        corrections = suggest(typed, vocabulary, is_known)
        return replace(query, suggestions=_unique(*corrections.values()))

    @property
    def text(self) -> str:
        """The words for the text tower on one line, or ""."""
        return " + ".join(text for text, _ in self.phrases)

    @property
    def date_from(self) -> date | None:
        """The first day, None where there is no such end."""
        return self.days[0].first if self.days else None

    @property
    def date_to(self) -> date | None:
        """The last day, None where there is no such end."""
        return self.days[-1].last if self.days else None

    @property
    def has_conditions(self) -> bool:
        """Whether a photo must be anything besides what the text, `like` and `labels` show and
        `folders` hold."""
        return bool(
            self.outside
            or self.exclude
            or self.days
            or self.recurring
            or self.weekdays
            or self.hours
            or self.place
            or self.camera
            or self.format
            or self.orientation
            or self.rating is not None
            or self.keywords
            or self.texts
            or self.monochrome is not None
            or self.order
        )

    @property
    def is_plain(self) -> bool:
        """Whether the line has nothing to tell that the person did not just type."""
        return not (self.has_conditions or self.notes or self.alternatives)

    def day_ranges(self, first: date, last: date) -> tuple[Span, ...]:
        """List the days from `first` to `last` that the query allows, apart from weekdays.

        Disjoint ranges with both ends, in order; one range without a condition on the day.
        """
        allowed = [s for d in (self.days or (Span(),)) if (s := d & Span(first, last)) is not None]
        if not self.recurring:
            return union(allowed)
        return union(
            both
            for a in allowed
            for r in self._recurring(first, last)
            if (both := a & r) is not None
        )

    def _recurring(self, first: date, last: date) -> Iterator[Span]:
        for yearly in self.recurring:
            # A stretch may begin in the year before, as winter does, or New Year's night.
            for year in range(max(first.year - 1, 1), min(last.year + 1, 9999) + 1):
                span = yearly.in_year(year)
                if span is not None:
                    yield span


def _left_to_see(readings: Sequence[Reading], weights: Sequence[float]) -> tuple[Sought[str], ...]:
    """List what of each part is left to be searched by sight. A part alone weighs 1, and marks
    without a word are nothing to see."""
    sights = tuple(
        Sought(reading.text, weight)
        for reading, weight in zip(readings, weights, strict=True)
        if says_something(reading.text)
    )
    if sights and not any(weight > 0 for _, weight in sights):
        raise UsageError("Almeno una parte della domanda deve pesare più di zero.")
    return sights


def _unique(*words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
