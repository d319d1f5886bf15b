"""Photos that fulfil a filter by the person's own words: one in the folder "Natale 2018" answers
"natale 2018" whatever its date, and comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import stem, words_of
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.filter import OWN, Filters
from cercafoto.question.filters.place import PLACE
from cercafoto.question.query import Own, Query
from cercafoto.results import BY_FILTER, FOLDER, LABEL, Source
from cercafoto.search.evidence import BY_NAME, Evidence
from cercafoto.search.evidence_found import WEIGHTS, evidence_of_own
from cercafoto.search.own_words import AskedWords, asked_words, labelled, names_of, photos_with

# Content -> the photo whose own words say what was asked, or other evidence for the content.
Matches: TypeAlias = dict[int, OwnWords | Evidence]
NO_WORDS = AskedWords(())
MOST_NAMED = 2  # folders that the sources of an answer name; more are "several folders"


@dataclass(frozen=True)
class OwnMatches:
    """The contents whose own words, or the text read in them, say words of a question.

    asked: the words of the whole question that own words may say.
    everything: matches of all these words.
    by_filter: for each filter, by name, the words that gave it and the matches of these words.
    """

    asked: AskedWords = NO_WORDS
    everything: Matches = field(default_factory=dict)
    by_filter: Mapping[str, tuple[AskedWords, Matches]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Rows, query: Query) -> OwnMatches:
        """Look up the matches of a query; there are none if no filter came from words."""
        if not query.own:
            return cls()
        asked = _asked(query.all_words)
        everything = dict(_matches(rows, asked, texts=True))
        by_filter = {}
        for name, words in query.own:
            own, matches = _asked(words), everything
            if own != asked:
                # A date in a text is that of the paper; a place is where it is from.
                matches = everything | dict(_matches(rows, own, texts=name == PLACE.name))
            if matches:
                by_filter[name] = own, matches
        return cls(asked, everything, by_filter)

    def for_filters(self) -> dict[str, tuple[int, ...]]:
        """Return the contents of each filter, see `filter.OWN`."""
        return {name: tuple(sorted(found)) for name, (_, found) in self.by_filter.items()}

    def evidence(self) -> dict[int, Evidence]:
        """Return the evidence for contents that say all words of the question, by content. It makes
        them sure whatever the model sees."""
        return {
            content: match
            if isinstance(match, Evidence)
            else evidence_of_own(match, self.asked.stems, BY_NAME)
            for content, match in self.everything.items()
        }

    def sources(
        self, rows: Rows, query: Query, filters: Filters, files: Mapping[int, int]
    ) -> tuple[Source, ...]:
        """Return how many photos of an answer the filters find by themselves, and how many the own
        words; nothing if own words find none. A photo may count for both.

        filters: those of the query, with resolved values.
        files: how many photos of the answer have each content.
        """
        said = dict[int, tuple[str, str]]()
        for asked, matches in ((self.asked, self.everything), *self.by_filter.values()):
            for content in files.keys() & matches.keys() - said.keys():
                said[content] = _said_by(matches[content], asked)
        if not said:
            return ()
        found = rows.photos.latest(filters.but(**{OWN: None}))
        by_filters = sum(files.get(content, 0) for content in found)
        folders = {what for kind, what in said.values() if kind == FOLDER}
        numbers = Counter[tuple[str, str]]()
        for content, (kind, what) in said.items():
            named = kind != FOLDER or len(folders) <= MOST_NAMED
            numbers[kind, what if named else ""] += files[content]
        return (
            *([Source(BY_FILTER, _filters_in_words(query), by_filters)] if by_filters else ()),
            *(Source(kind, what, number) for (kind, what), number in numbers.most_common()),
        )


def words_said(rows: Rows, query: Query) -> Own:
    """Return the words that gave a filter and that at least one photo has as its own."""
    asked = _asked(query.all_words)
    if any(_matches(rows, asked, texts=True)):
        return query.own
    apart = [(name, words, _asked(words)) for name, words in query.own]
    return tuple(
        (name, words)
        for name, words, own in apart
        if own != asked and any(_matches(rows, own, texts=name == PLACE.name))
    )


def _asked(typed: str) -> AskedWords:
    return AskedWords.of(asked_words(typed), typed)


def _matches(
    rows: Rows, asked: AskedWords, texts: bool
) -> Iterator[tuple[int, OwnWords | Evidence]]:
    """Yield each content that says all asked words, with what says them: text read in it, own words
    of a photo, a label given by hand. A later match of the same content counts for more.

    texts: whether text read in photos counts.
    """
    every = [stem(word) for word in asked.words]
    if texts and asked.stems and rows.texts.are_read() and rows.texts.with_words(every, 1):
        # Late: few questions have such words, and most archives no words that were read.
        from cercafoto.search.text_evidence import evidence_of_words

        yield from evidence_of_words(rows, asked).items()
    for photo in photos_with(rows, asked):
        yield photo.content_id, photo
    for content in labelled(rows, asked):
        yield content, Evidence(LABEL, WEIGHTS[LABEL])


def _said_by(match: OwnWords | Evidence, asked: AskedWords) -> tuple[str, str]:
    """Return the kind of evidence, one of EVIDENCE, and the folder's name if it is FOLDER: of
    several folders, the innermost of those that say most of the words."""
    if isinstance(match, Evidence):
        return match.kind, ""
    *folders, _ = names_of(match)
    kind = evidence_of_own(match, asked.stems, 0.0).kind
    if kind != FOLDER or not folders:
        return kind, ""
    words = set(map(stem, asked.words))
    return kind, max(
        reversed(folders), key=lambda name: len(words & set(map(stem, words_of(name))))
    )


def _filters_in_words(query: Query) -> str:
    return ", ".join(_said(query))


def _said(query: Query) -> Iterator[str]:
    days, place = DAYS.of(query.filters), PLACE.of(query.filters)
    names = [name for name, _ in query.own]
    if days is not None and DAYS.name in names:
        said = DAYS.say(days)
        for article, of in (("il ", "del "), ("l'", "dell'")):
            if said.startswith(article):
                said = of + said.removeprefix(article)
        yield said
    if place is not None and PLACE.name in names:
        yield f"dalla posizione «{place.name}»"
