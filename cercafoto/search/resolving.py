"""Resolve the filters of a query: ask the archive for the values that SQL can compare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from cercafoto.archive.archive import Archive
from cercafoto.errors import UsageError
from cercafoto.question.filters.all_filters import resolved
from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.filters.filter import Filters
from cercafoto.question.query import Query
from cercafoto.question.values import Saying
from cercafoto.search.own_matches import OwnMatches


def filters_of(archive: Archive, query: Query, own: OwnMatches | None = None) -> Filters | None:
    """Return the filters of a query with values that SQL can compare, such as days instead of
    "agosto"; None if no photo can fulfil them.

    own: the matches of the person's own words, if they were looked up already.

    Raises UsageError for a folder that the archive does not know.
    """
    own = own or OwnMatches.of(archive, query)
    return resolved(query.filters, ArchiveToAsk(archive), own.for_filters())


class ArchiveToAsk(NamedTuple):
    """Answers the questions that filters ask an archive; implements `filter.AskedArchive`."""

    archive: Archive

    def days(self) -> tuple[date, date] | None:
        return self.archive.photos.first_and_last_day()

    def folders(self, folders: Sequence[Path]) -> tuple[bytes, ...]:
        return tuple(self.archive.known_folders(folders))

    def collected(self, names: Sequence[str]) -> tuple[int, ...] | None:
        return self.archive.asked_collections(self.archive).named(names)

    def with_own_words(self, phrases: Sequence[str]) -> tuple[int, ...] | None:
        from cercafoto.search.own_words import contents_with  # few questions ask for it

        each = [contents_with(self.archive, phrase) for phrase in phrases]
        return tuple(sorted(set.intersection(*each))) or None

    def saying(self, phrase: str) -> Saying:
        # Imported here: few questions have phrases.
        from cercafoto.search.phrases_in_texts import saying

        return saying(self.archive, phrase)

    def people(self, names: Sequence[str]) -> tuple[int, ...]:
        found = {each for name in names for each in self.archive.people.contents_named(name)}
        return tuple(sorted(found))

    def named(self) -> tuple[int, ...]:
        if self.archive.settings.shared is not None or not self.archive.settings.people:
            raise UsageError(
                "Qui non ci sono i nomi delle persone: non si sa a quali foto mancano.",
                "Togli «senza nomi» dalla domanda.",
            )
        return self.archive.people.contents_with_names()

    def stating(self, days: Days) -> tuple[int, ...]:
        from cercafoto.search.year_matches import year_matches  # few questions exclude a year

        found = year_matches(self.archive, ((DAYS.name, ""),), Filters({DAYS.name: days}))
        return tuple(sorted(each for each, evidence in found.items() if not evidence.is_doubtful))

    def cameras(self) -> Sequence[str]:
        return self.archive.words.camera_names()

    def lenses(self) -> Sequence[str]:
        return self.archive.words.lens_names()

    def in_collections(self) -> tuple[int, ...]:
        if self.archive.settings.shared is not None:
            raise UsageError(
                "Un archivio condiviso non ha raccolte: non si sa quali foto non ne hanno.",
                "Togli «in nessuna raccolta» dalla domanda.",
            )
        return self.archive.asked_collections(self.archive).any()
