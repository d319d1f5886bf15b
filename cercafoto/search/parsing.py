"""Understand a question by the archive: its names of places, cameras and labels, and the person's
own words."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain

from cercafoto.archive.archive import Archive
from cercafoto.base.italian_counts import thousands
from cercafoto.question.context import Context, Own
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.kinds import FILE_KIND, with_names
from cercafoto.question.filters.names import LABEL
from cercafoto.question.filters.people_count import PEOPLE_COUNT
from cercafoto.question.filters.with_people import OPTION as PERSON
from cercafoto.question.heard import Heard
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.quoted import NOTHING_READ

FACES_UNREADABLE = "i volti non si possono leggere: dice perché «cercafoto controlla»"
COUNTED_BY = "le conta «cercafoto index»"
UNKNOWN = "il modello conosce poco «{}»: si escludono solo le foto che si chiamano così"


def parse(archive: Archive, question: Question) -> Query:
    """Return a question as it is understood; see `Library.parse` for errors."""
    from cercafoto.labels.asked_labels import spelt_as_known
    from cercafoto.labels.likely_words import usual_words
    from cercafoto.places.lookup import Places
    from cercafoto.question.grammar.feasts import FEASTS
    from cercafoto.question.things_asked import plurals

    def said(own: Own, all_words: str, filters: Filters) -> Own:
        from cercafoto.search.own_matches import words_said  # late: few questions have such words

        return words_said(rows, own, all_words, filters)

    def has_kind(kind: str) -> bool:
        named = with_names(kind, rows.words.camera_names, rows.words.lens_names)
        return rows.photos.count_where(Filters({FILE_KIND.name: (named,)})) > 0

    def hear(text: str) -> tuple[Heard, ...]:
        from cercafoto.search.hearing import heard_in  # late: numpy

        return heard_in(rows, text)

    @cache
    def is_own_name(name: str) -> bool:
        return any(each.covers == 1 for each in hear(name))

    with archive.reading() as rows:
        labels = spelt_as_known(rows, question.typed.get(LABEL.key, ()))
        question = replace(question, typed=question.typed.but(labels=labels))
        problem = archive.people.problem()
        if problem and question.typed.get(PERSON.key):
            raise problem
        context = Context(
            places=Places(rows.photos, is_own=is_own_name),
            cameras=rows.words.camera_names(),
            people=(people := archive.people.known()),
            vocabulary=chain(
                *(people, rows.labels.names(), rows.words.place_names(), FEASTS),
                *(usual_words(), plurals()),
            ),
            written=(written := rows.texts.are_read()),
            is_right=rows.words.mentions,
            # Of a shared archive each word would be a round trip to the server.
            is_own=rows.words.mentions if archive.settings.shared is None else lambda word: False,
            said=said,
            has_kind=has_kind,
            has_dates=lambda: rows.photos.first_and_last_day() is not None,
            collections=lambda: archive.asked_collections(archive).names(),
            hear=hear,
        )
        return _with_notes(archive, Query.of(question, context), written)


def _with_notes(archive: Archive, query: Query, has_texts: bool) -> Query:
    """Return the query with a note for each kind of data that it asks for and the archive lacks:
    words read in photos, or how many persons they show; and for each excluded thing that the model
    does not know.

    has_texts: whether the words in any photo have been read.
    """
    notes = query.notes
    if archive.people.problem():
        notes = (*notes, FACES_UNREADABLE)
    if query.written and not has_texts:
        notes = (*notes, NOTHING_READ)
    if PEOPLE_COUNT.name in query.filters and (lacking := archive.things.count_lacking()):
        photos = "una foto" if lacking == 1 else f"{thousands(lacking)} foto"
        notes = (*notes, f"di {photos} non si sa ancora quante persone ci sono: {COUNTED_BY}")
    notes = (*notes, *(UNKNOWN.format(each) for each in _unknown(archive, query)))
    meant = query.meant and _with_notes(archive, query.meant, has_texts)
    return replace(query, notes=notes, meant=meant)


def _unknown(archive: Archive, query: Query) -> list[str]:
    """Return the excluded things that the model does not know, and that are no names."""
    if not query.exclude:
        return []
    from cercafoto.search.evidence_found import contents_named  # late: few questions exclude things
    from cercafoto.search.exclusion import knows

    unseen = (each for each in query.exclude if not knows(archive.encoder, each))
    return [each for each in unseen if contents_named(archive, each) is None]
