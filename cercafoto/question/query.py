"""The query that a question means: text for the model, filters, order, notes for the person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.base.word_stems import is_telling, words_of
from cercafoto.errors import UsageError
from cercafoto.question.context import Context, Own
from cercafoto.question.filters.all_filters import FILTERS, given
from cercafoto.question.filters.filter import (
    NO_FILTERS,
    Filters,
    Typed,
    each_once,
    is_empty,
    tidy_values,
)
from cercafoto.question.filters.place import PLACE as PLACE_FILTER
from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.filters.written import TEXTS
from cercafoto.question.grammar.tokens import says_something, tokens
from cercafoto.question.heard import (
    Heard,
    asks_of_paper,
    says_together,
    with_own_words,
    without_names,
)
from cercafoto.question.parts import parts_of
from cercafoto.question.question import MOST_LETTERS, Question
from cercafoto.question.reader import read
from cercafoto.question.reading import Reading, together
from cercafoto.question.spelling import respelt, suggest
from cercafoto.question.weights import Sought, example, phrases
from cercafoto.question.word_roles import PERSON, PLACE, SERVICE, TIME, WRITTEN, WordRole

if TYPE_CHECKING:
    from cercafoto.question.quoted import Quoted

OR_OWN_WORDS = " o nelle tue parole"


def _or_own_words(role: WordRole) -> str:
    """Return the meaning of words that also stand in the person's own words: "Roma, per posizione o
    nelle tue parole"."""
    if role.kind != PLACE:
        return f"{role.meaning}{OR_OWN_WORDS}"
    place = re.sub(r" \([^()]*\)$", "", role.meaning)  # without what kind of place it is
    return f"{place}, per posizione{OR_OWN_WORDS}"


@dataclass(frozen=True)
class Query:
    """What a question means.

    phrases: texts for the text tower, with weights; usually one.
    parts: the things that a single phrase names; () if it names only one.
    alternatives: the sentences that "o" joins in a single phrase, of which a photo need fit only
        one; () without "o".
    like: example photos to resemble, with weights.
    more, less: paths of indexed photos to move the question towards, and away from.
    exclude: concepts that a photo must not show.
    filters: the other conditions that a photo must fulfil.
    order: one of ORDERS; None if the question does not say.
    limit: how many photos to show; None if the question does not say.
    notes: what else the person should know, in Italian.
    words: every word of the question with its role.
    corrections: (word that looks misspelt, word that may be meant).
    meant: the query with the misspelt words corrected; None if no word looks misspelt.
    spoken: the text with the names that left it, since only the person knows them, and of several
        phrases the text of all if words of theirs were heard; else "".
    heard: the runs of words of the text that photos have as own words.
    own: (name of a filter, the words that gave it), if some photo has these words as its own or in
        the text read in it: such a photo fulfils the filter too. Several items of one filter are
        alternatives.
    counts: whether the question asks how many photos there are.
    together: whether all whom the text names must be in one photo.
    today: the day that "oggi" means.
    """

    phrases: tuple[Sought[str], ...] = ()
    parts: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    like: tuple[Sought[Path | PipedPicture], ...] = ()
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()
    exclude: tuple[str, ...] = ()
    filters: Filters = NO_FILTERS
    order: str | None = None
    limit: int | None = None
    notes: tuple[str, ...] = ()
    words: tuple[WordRole, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
    meant: Query | None = None
    own: Own = ()
    spoken: str = ""
    heard: tuple[Heard, ...] = ()
    counts: bool = False
    together: bool = False
    today: date | None = None

    @classmethod
    def parse(cls, words: Sequence[str]) -> Query:
        """Return the query that words without options mean, without looking into an archive. Raises
        UsageError if the words ask for nothing."""
        return cls.of(Question(words=tuple(words)))

    @classmethod
    def of(cls, question: Question, context: Context | None = None) -> Query:
        """Return the query that a question means, and what it would mean without its misspelt
        words: the words are read, then the options narrow what they say, as each filter declares.
        Exclusions by words and by options add up.

        context: None to read the question without an archive.

        Raises UsageError if there is nothing to search for, an option has no meaning, or a text is
        too long.
        """
        question.refuse_too_long()
        context = context or Context()
        query = cls._as_spelt(question, context)
        seen = [] if question.literal else tokens(query.text)
        slips = suggest(seen, context.vocabulary, context.is_spelt_right, context.is_own)
        corrections = tuple(slips.items())
        corrected = respelt(question.sentence, corrections)
        if not corrections or len(corrected) > MOST_LETTERS:
            return query
        meant = cls._as_spelt(replace(question, words=(corrected,)), context)
        return replace(query, corrections=corrections, meant=meant)

    @classmethod
    def _as_spelt(cls, question: Question, context: Context) -> Query:
        """Return the query that a question means with its words as they are."""
        reading, sought = _words_read(question, context)
        options = _options_read(question, reading.filters, context)
        single = sought[0].what if len(sought) == 1 and not question.literal else ""
        alternatives = reading.alternatives if single else ()
        # A comma keeps words of two phrases apart.
        weighed = () if question.literal else sought
        asked = ", ".join(text for text, weight in weighed if weight > 0)
        heard = context.hear(asked) if asked else ()
        left = sought if alternatives else without_names(sought, heard)
        has_left = left != sought or (len(sought) > 1 and bool(heard))
        query = cls(
            phrases=left,
            parts=parts_of(left[0].what) if single and not alternatives else (),
            alternatives=alternatives,
            like=tuple(example(path) for path in question.like),
            more=question.more,
            less=question.less,
            exclude=each_once(reading.exclude, options.concepts),
            filters=options.filters,
            order=question.named_order() or reading.order,
            limit=reading.limit,
            notes=(*reading.notes, *options.notes),
            words=with_own_words(reading.words, heard),
            own=tuple((name, words) for name, words in reading.own if name not in options.given),
            spoken=asked if has_left else "",
            heard=heard,
            counts=reading.counts,
            # "Quante foto con Zorba e Birba" counts those of both.
            together=reading.together or reading.counts or says_together(asked),
            today=context.today,
        )
        if not (query.text or query.like or query.narrows or query.filters or query.counts):
            raise _nothing_asked(question, reading.notes)
        if not query.own:
            return query
        return query._with_own(context.said(query.own, query.all_words, query.filters))

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The words that the person may have meant instead of the misspelt words."""
        return each_once(tuple(right for _, right in self.corrections))

    def _with_own(self, own: Own) -> Query:
        """Return the query with this `own`, and say so in the roles of the words in it."""
        kept = {word for _, words in own for word in words.split()}
        words = tuple(
            role._replace(meaning=_or_own_words(role))
            if role.kind in (TIME, PLACE, PERSON) and kept.intersection(role.words.split())
            else role
            for role in self.words
        )
        return replace(self, own=own, words=words)

    @property
    def text(self) -> str:
        """The words for the text tower on one line, or ""."""
        return " + ".join(text for text, _ in self.phrases)

    @property
    def all_words(self) -> str:
        """The words in `own`, and the text with its names. A photo whose own words contain all
        of these answers the query, whatever it shows."""
        return " ".join((*(words for _, words in self.own), self.spoken or self.text))

    @property
    def sights(self) -> tuple[str, ...]:
        """The alternatives without the names that only the person knows, which the model does not
        see; in the order of `alternatives`."""
        return tuple(
            without_names((Sought(each),), self.heard)[0].what for each in self.alternatives
        )

    @property
    def heard_beside(self) -> tuple[str, ...]:
        """The own words of which photos come first, if the text has other words too."""
        if any(each.covers == 1 for each in self.heard):
            return ()
        sure = [each.words for each in self.heard if each.is_sure]
        # "Ottavia" was said with "matrimonio di Ottavia".
        return tuple(
            words for words in sure if not any(words in each for each in sure if each != words)
        )

    @property
    def asks_of_paper(self) -> bool:
        """Whether the words that only asked are about what is written: "a che ora è"."""
        return any(role.kind == SERVICE and asks_of_paper(role.words) for role in self.words)

    @property
    def is_only_names(self) -> bool:
        """Whether the text has nothing but names that only the person knows."""
        names = frozenset[str]().union(*(each.names for each in self.heard))
        return bool(names) and not any(
            is_telling(word) and word not in names for word in words_of(self.text)
        )

    @property
    def written(self) -> tuple[str, ...]:
        """The phrases that must be written in a photo."""
        return TEXTS.of(self.filters) or ()

    @property
    def is_likeness(self) -> bool:
        """Whether the query has example photos and no words."""
        return bool(self.like) and not self.text

    @property
    def is_list(self) -> bool:
        """Whether the query asks nothing about what a photo shows, so that every hit is certain."""
        shown = any(each.is_content for each, _ in given(self.filters))
        return not (self.text or self.like or shown)

    @property
    def is_nearest_first(self) -> bool:
        """Whether the photos are in the order of their distance from a place: only this is asked of
        them."""
        place = PLACE_FILTER.of(self.filters)
        listed = self.is_list and not (self.order or PEOPLE.name in self.filters)
        return listed and place is not None and place.radius_km is not None

    @property
    def narrows(self) -> bool:
        """Whether the query has exclusions, an order, a limit, or filters other than `labels` and
        `folders`."""
        told = any(each.is_told for each, _ in given(self.filters))
        return bool(told or self.exclude or self.order or self.limit)

    @property
    def is_plain(self) -> bool:
        """Whether the query is just the typed text, so that no line "cerco:" is needed."""
        return not (self.narrows or self.notes or self.alternatives or self.heard_beside)


def _words_read(question: Question, context: Context) -> tuple[Reading, tuple[Sought[str], ...]]:
    """Return what the words of a question mean, and the texts that are left of them, with their
    weights. Raises UsageError if no weight is above zero, and as `weights.phrases` does."""
    quoted: Sequence[Quoted] = ()
    notes: tuple[str, ...] = ()
    rest = question.sentence
    if context.written and not question.literal:
        # Imported here: in most archives no words were read.
        from cercafoto.question.quoted import ALL_WRITTEN, quoted_phrases

        quoted, rest = quoted_phrases(rest)
        notes = (ALL_WRITTEN,) if any(phrase.after_or for phrase in quoted) else ()
    parts = [Sought(rest)] if question.literal else phrases(rest)
    readings = [read(part, context, question.literal) for part, _ in parts]
    reading = readings[0] if len(readings) == 1 else together(readings)
    written = each_once(tuple(phrase.inside for phrase in quoted), reading.written)
    in_photo = (WordRole(phrase.typed, WRITTEN, "è scritto nella foto") for phrase in quoted)
    reading = reading._replace(
        filters=reading.filters.but(texts=written),
        words=(*reading.words, *in_photo),
        notes=(*reading.notes, *notes),
    )
    return reading, _texts_left(readings, [weight for _, weight in parts])


def _texts_left(readings: Sequence[Reading], weights: Sequence[float]) -> tuple[Sought[str], ...]:
    """Return the text of each reading, with its weight, without readings that have no text. Raises
    UsageError if no weight is above zero."""
    texts = tuple(
        Sought(reading.text, weight)
        for reading, weight in zip(readings, weights, strict=True)
        if says_something(reading.text)
    )
    if texts and not any(weight > 0 for _, weight in texts):
        raise UsageError("Almeno una parte della domanda deve pesare più di zero.")
    return texts


class _Options(NamedTuple):
    """What the options of a question say.

    filters: those of the words, narrowed by the options.
    concepts: what a photo must not show.
    notes: what the person should know.
    given: names of the filters that have options.
    """

    filters: Filters
    concepts: tuple[str, ...]
    notes: tuple[str, ...]
    given: frozenset[str]


def _options_read(question: Question, filters: Filters, context: Context) -> _Options:
    """Return what the options of a question say.

    filters: those that the words give.

    Raises UsageError if an option has no meaning.
    """
    known, notes, by_option = context.known_people, list[str](), set[str]()
    concepts, absent = [], list[tuple[str, ...]]()
    for concept in tidy_values("--senza", question.without):
        if known is not None and (called := known.called(concept)):
            absent.append(called)
        else:
            concepts.append(concept)
    if absent:
        filters = filters.but(not_people=(*(NOT_PEOPLE.of(filters) or ()), *absent))
    typed = Typed(question.typed, context.today, context.places, known)
    for each in FILTERS:
        option = each.parse(typed)
        if not is_empty(option):
            value, note = each.narrowed(option, each.of(filters))
            filters = filters.but(**{each.name: value})
            notes += [note] if note else []
            by_option.add(each.name)
    return _Options(filters, tuple(concepts), tuple(notes), frozenset(by_option))


def _nothing_asked(question: Question, notes: Sequence[str]) -> UsageError:
    """Return the error for a question that leaves nothing to search for."""
    if notes:
        return UsageError(f"Non resta niente da cercare: {notes[0]}.")
    asked = question.sentence
    reason = f"in «{asked}» non ci sono parole" if asked else "la domanda è vuota"
    return UsageError(
        f"Non c'è niente da cercare: {reason}.",
        'Scrivi che cosa cerchi, per esempio: cercafoto cerca "un cane sulla spiaggia"',
    )
