"""A query: what a person asked for, as understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cercafoto.errors import UsageError
from cercafoto.question.grammar.days import Span, today, union
from cercafoto.question.grammar.place_phrases import PlaceMeant, Places
from cercafoto.question.grammar.tokens import tokens
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.options import Filters, Options
from cercafoto.question.reader import Reading, read, together
from cercafoto.question.spelling import suggest
from cercafoto.question.weights import Weighted, example, phrases
from cercafoto.question.word_roles import WordRole

NO_FILTERS = Filters()


def _weighted(readings: Sequence[Reading], parts: Sequence[Weighted]) -> tuple[Weighted, ...]:
    """List what of each part is left to be searched by sight, where there are several."""
    if len(readings) < 2:
        return ()
    sights = [(r.text, weight) for r, (_, weight) in zip(readings, parts, strict=True) if r.text]
    if sights and not any(weight > 0 for _, weight in sights):
        raise UsageError("Almeno una parte della domanda deve pesare più di zero.")
    return tuple(sights)


@dataclass(frozen=True)
class Query:
    """A question as understood: words for the text tower, examples, and what must hold.

    text: words for the text tower, or "".
    like: photos to resemble.
    folders: only what lies at or under any of them.
    labels: only photos that bear every one of them.
    phrases: the text in parts with their weights, when it has several.
    like_weights: the weights of the photos in `like`.
    exclude: concepts that a photo must not show.
    date_from, date_to: the first and the last day, None where there is no such end.
    days: the stretches between them, any one of which is enough.
    recurring: days of any year, any one of which is enough; `day_ranges` puts the two together.
    weekdays: 0 is Monday.
    hours: from the first up to but not including the second, over midnight when it is smaller.
    notes: what the person should know and is no condition.
    parts: every word and what it became.
    suggestions: words one slip away from those written.
    today: the day when it was read.
    """

    text: str = ""
    like: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    labels: tuple[str, ...] = ()
    phrases: tuple[Weighted, ...] = ()
    like_weights: tuple[float, ...] = ()
    exclude: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    days: tuple[Span, ...] = ()
    recurring: tuple[Yearly, ...] = ()
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None
    place: PlaceMeant | None = None
    filters: Filters = NO_FILTERS
    notes: tuple[str, ...] = ()
    parts: tuple[WordRole, ...] = ()
    suggestions: tuple[str, ...] = ()
    today: date | None = None

    @classmethod
    def parse(
        cls,
        words: Sequence[str],
        like: Sequence[Path] | None = None,
        folders: Sequence[Path] | None = None,
        labels: Sequence[str] | None = None,
        *,
        options: Options | None = None,
        literal: bool = False,
        now: date | None = None,
        places: Places | None = None,
        vocabulary: Iterable[str] = (),
    ) -> Query:
        """Read the words, and put the options together with them.

        Options narrow what the words say: days of both must hold, exclusions add up. Where the
        two cannot hold together the option wins, and so does --luogo over a place in the words.
        places: None when nothing can be looked up.
        vocabulary: the words that a slip is compared with.

        Raises UsageError when there is nothing to search for, or an option has no meaning.
        """
        options = options or Options()
        now = now or today()
        sentence = " ".join(words)
        parts = [(sentence, 1.0)] if literal else phrases(sentence)
        readings = [read(part, now=now, places=places, literal=literal) for part, _ in parts]
        reading = readings[0] if len(readings) == 1 else together(readings)
        examples = [example(path) for path in like or ()]
        notes = list(reading.notes)
        days = reading.spans
        option_days = options.span(now)
        if option_days is not None:
            narrowed = union(both for s in days if (both := s & option_days) is not None)
            if days and not narrowed:
                notes.append("valgono --da e --a, non il periodo scritto nella domanda")
            days = narrowed or (option_days,)
        place = options.where(places)
        if place is not None and reading.place not in (None, place):
            notes.append("vale --luogo, non il luogo scritto nella domanda")
        query = cls(
            text=reading.text,
            like=tuple(path for path, _ in examples),
            phrases=_weighted(readings, parts),
            like_weights=tuple(weight for _, weight in examples),
            folders=tuple(folders or ()),
            labels=tuple(labels or ()),
            exclude=tuple(dict.fromkeys([*reading.exclude, *options.excluded()])),
            date_from=days[0].first if days else None,
            date_to=days[-1].last if days else None,
            days=days,
            recurring=reading.yearly,
            weekdays=reading.weekdays,
            hours=reading.hours,
            place=place or reading.place,
            filters=options.filters(),
            notes=tuple(notes),
            parts=reading.parts,
            today=now,
        )
        if not (query.text or query.like or query.labels or query.has_conditions):
            if reading.notes:
                raise UsageError(f"Non resta niente da cercare: {reading.notes[0]}.")
            raise UsageError(
                "Non c'è niente da cercare: la domanda è vuota.",
                'Scrivi che cosa cerchi, per esempio: cercafoto cerca "un cane sulla spiaggia"',
            )
        written = [] if literal else [word.text for word in tokens(query.text)]
        slips = suggest(written, vocabulary)
        return replace(query, suggestions=tuple(dict.fromkeys(slips.values())))

    @property
    def has_conditions(self) -> bool:
        """Whether a photo must be anything besides what the text, `like` and `labels` show."""
        return bool(
            self.exclude
            or self.days
            or self.recurring
            or self.weekdays
            or self.hours
            or self.place
            or self.filters != NO_FILTERS
        )

    @property
    def sights(self) -> tuple[Weighted, ...]:
        """The phrases searched by sight, each with its weight; the text alone weighs 1."""
        return self.phrases or (((self.text, 1.0),) if self.text else ())

    @property
    def is_plain(self) -> bool:
        """Whether the line has nothing to tell that the person did not just type."""
        return not (self.has_conditions or self.notes)

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
