"""SQLite's `Dialect`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.queries.sql_dialect import Dialect


def _listed(values: Iterable[int | str]) -> str:
    return json.dumps(list(values))


def _all_words(words: Sequence[str]) -> str:
    return " ".join(f'"{word}"' for word in words)


def _looked() -> str:
    from cercafoto.base.photo_quality import EDITION, SENSE  # which few questions need

    return (
        f"(SELECT content_id FROM quality WHERE edition = {EDITION} "
        f"UNION SELECT content_id FROM unread WHERE sense = '{SENSE}')"
    )


# CROSS JOIN makes SQLite begin with the contents, or with the words, and not with a filter.
SQLITE = Dialect(
    visible="photos.state = 'ok'",
    no_index="+",
    # SQLite's week begins on Sunday. It would read a bare year as a Julian day number.
    weekday="length(photos.taken_at) >= 10 AND (strftime('%w', photos.taken_at) + 6) % 7",
    position="instr",
    keyword="photos.id IN (SELECT photo_id FROM keywords WHERE keyword = ?)",
    keywords="keywords",
    not_in_colour="monochrome IS NOT 0",
    checked=checked,
    looked=_looked,
    listed=_listed,
    in_list="{} IN (SELECT value FROM json_each(?))",
    shown_in="photos.content_id IN (SELECT coalesce(video_id, value) FROM json_each(?) "
    "LEFT JOIN moments ON moments.content_id = value)",
    of_contents="(SELECT value FROM json_each(?)) AS wanted CROSS JOIN photos "
    "INDEXED BY photos_content ON photos.content_id = wanted.value",
    least_path="min(path)",
    undated="INDEXED BY photos_undated",
    words="words CROSS JOIN photos ON photos.id = words.rowid",
    word_photo="words.rowid",
    has_words="words MATCH ?",
    all_words=_all_words,
    # The subquery reads only the index on paths, a tenth of the size of the table.
    named="photos.id IN (SELECT id FROM photos WHERE instr(lower(CAST(path AS TEXT)), ?))",
    path_has="instr(lower(CAST(photos.path AS TEXT)), ?) > 0",
    in_use="true",
    floor="CAST({} AS INTEGER)",  # not every SQLite has floor()
)
