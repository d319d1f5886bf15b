"""Find the photos that fulfil a filter by the person's own words: a photo in the folder "Natale
2018" answers "natale 2018" whatever its date, and comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import stem, words_of
from cercafoto.question.context import Own
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.filter import OWN, Filters
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.results.answer import BY_FILTER, FOLDER, LABEL, Source
from cercafoto.search.evidence import ALL_WORDS, BY_NAME, Evidence
from cercafoto.search.evidence_found import WEIGHTS, evidence_of_own
from cercafoto.search.own_words import AskedWords, asked_words, labelled, names_of, photos_with

# Content id -> the own words of a photo that have the asked words, or other evidence.
Matches: TypeAlias = dict[int, OwnWords | Evidence]
NO_WORDS = AskedWords(())
MOST_NAMED = 2  # folders that the sources of an answer name; more folders are only counted


class OwnMatches(NamedTuple):
    """The contents whose own words, or text read in them, have words of a question.

    asked: the words of the whole question to look for.
    everything: matches of all words in `asked`.
    years: the contents that only state a year of the question, see `year_matches`.
    by_filter: each item of `Query.own`, the name of a filter and the words that gave it, with the
        matches of these words.
    """

    asked: AskedWords
    everything: Matches
    years: dict[int, Evidence]
    by_filter: tuple[tuple[str, AskedWords, Matches], ...]

    @classmethod
    def of(cls, rows: Rows, query: Query) -> OwnMatches:
        """Return the matches of a query, which are empty if no filter came from words."""
        if not query.own:
            return cls(NO_WORDS, {}, {}, ())
        from cercafoto.search.year_matches import year_matches  # late: few questions name a year

        asked = _asked(query.all_words)
        everything = dict(_matches(rows, asked, texts=True))
        years = year_matches(rows, query.own, query.filters)
        by_filter = []
        for name, words in query.own:
            own, matches = _asked(words), everything
            if name == DAYS.name and years:
                matches = {**years, **everything, **dict(_matches(rows, own, texts=False))}
            elif own != asked:
                # Text in a photo counts for places, not for dates: a document has its own.
                matches = everything | dict(_matches(rows, own, texts=name == PLACE.name))
            if matches:
                by_filter.append((name, own, matches))
        return cls(asked, everything, years, tuple(by_filter))

    def for_filters(self) -> dict[str, tuple[int, ...]]:
        """Return filter name -> ids of the contents that fulfil the filter by their own words,
        ascending; see `filter.OWN`."""
        contents = dict[str, set[int]]()
        for name, _, found in self.by_filter:
            contents.setdefault(name, set()).update(found)
        return {name: tuple(sorted(found)) for name, found in contents.items()}

    def evidence(self) -> dict[int, Evidence]:
        """Return content id -> evidence for the contents that match all words of the question. It
        gives a confidence of at least BY_NAME, whatever the model sees; only BY_TEXT for a single
        word read in the photo. The evidence of a year has no weight."""
        return self.years | {
            content: (
                match
                if isinstance(match, Evidence)
                else evidence_of_own(match, self.asked.stems, BY_NAME)
            )._replace(rank=ALL_WORDS)
            for content, match in self.everything.items()
        }

    def sources(
        self, rows: Rows, query: Query, filters: Filters, files: Mapping[int, int]
    ) -> tuple[Source, ...]:
        """Return how many photos of an answer fulfil the filters themselves, and how many match by
        each kind of own words; () if none matches by own words. A photo may count for both.

        filters: filters of the query, with resolved values.
        files: content id -> how many photos of the answer have this content.
        """
        said = dict[int, tuple[str, str]]()
        by_filter = ((asked, matches) for _, asked, matches in self.by_filter)
        for asked, matches in ((self.asked, self.everything), *by_filter):
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


def words_said(rows: Rows, own: Own, all_words: str, filters: Filters) -> Own:
    """Return the items of `own` whose words at least one photo has as its own or, for all words
    together and for places, in the text read in it.

    own, all_words, filters: see `Query`.
    """
    asked = _asked(all_words)
    if any(_matches(rows, asked, texts=True)):
        return own
    from cercafoto.search.year_matches import year_matches

    return tuple(
        (name, words)
        for name, words in own
        if ((each := _asked(words)) != asked and any(_matches(rows, each, name == PLACE.name)))
        or (name == DAYS.name and year_matches(rows, own, filters, most=1))
    )


def _asked(typed: str) -> AskedWords:
    return AskedWords.of(asked_words(typed), typed)


def _matches(
    rows: Rows, asked: AskedWords, texts: bool
) -> Iterator[tuple[int, OwnWords | Evidence]]:
    """Yield each content that has all asked words, with the match: evidence of the text read in it,
    the own words of a photo, or evidence of a label given by hand. If a content is yielded again,
    the later match is the better one.

    texts: whether text read in photos counts.
    """
    every = [stem(word) for word in asked.words]
    if texts and asked.stems and rows.texts.are_read() and rows.texts.with_words(every, 1):
        # Imported here: in most archives no words were read.
        from cercafoto.search.text_evidence import evidence_of_words

        yield from evidence_of_words(rows, asked).items()
    for photo in photos_with(rows, asked):
        yield photo.content_id, photo
    for content in labelled(rows, asked):
        yield content, Evidence(LABEL, WEIGHTS[LABEL])


def _said_by(match: OwnWords | Evidence, asked: AskedWords) -> tuple[str, str]:
    """Return the kind of evidence of a match, one of EVIDENCE, and a folder's name if the kind is
    FOLDER: the folder whose name has most of the asked words, the innermost of several."""
    if isinstance(match, Evidence):
        return match.kind, match.what
    *folders, _ = names_of(match)
    kind = evidence_of_own(match, asked.stems, 0.0).kind
    if kind != FOLDER or not folders:
        return kind, ""
    words = set(map(stem, asked.words))
    return kind, max(
        reversed(folders), key=lambda name: len(words & set(map(stem, words_of(name))))
    )


def _filters_in_words(query: Query) -> str:
    """Return the filters in `query.own` in Italian: "del 25 dicembre 2018, dalla posizione «…»"."""
    return ", ".join(_each_filter_in_words(query))


def _each_filter_in_words(query: Query) -> Iterator[str]:
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
    if PEOPLE.name in names:
        yield PEOPLE.say(PEOPLE.of(query.filters) or ())
