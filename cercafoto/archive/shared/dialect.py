"""PostgreSQL's `Dialect`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cercafoto.archive.queries.sql_dialect import Dialect


def _checked(table: str, column: str, joined_by: str = "") -> str:
    """Return SQL for a column, without any check: the server checks its own pages."""
    return f"{table}.{column}"


def _listed(values: Iterable[int | str]) -> list[int | str]:
    return list(values)


# Letters of a word that are kept for searching: PostgreSQL refuses one of more than 2046 bytes, and
# a letter has up to four.
LONGEST_WORD = 511


def lexemes(texts: Iterable[str]) -> list[str]:
    """Return the words of some texts, each once, sorted, as the server keeps them."""
    return sorted({word[:LONGEST_WORD] for text in texts for word in text.split()})


def every(words: Sequence[str]) -> str:
    """Return a tsquery for texts that have all of these stems. The stems are quoted, so that
    PostgreSQL does not stem them again."""
    stems = lexemes(words)
    quoted = ("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in stems)
    return " & ".join(quoted)


POSTGRESQL = Dialect(
    visible="true",
    no_index="",
    weekday="photos.weekday",
    position="strpos",
    keyword="photos.id IN (SELECT photo_id FROM words WHERE keyword_list @> ARRAY[?])",
    keywords="(SELECT photo_id, unnest(keyword_list) AS keyword FROM words) AS keywords",
    not_in_colour="monochrome IS DISTINCT FROM 0",
    checked=_checked,
    looked=lambda: "(SELECT content_id FROM quality)",
    listed=_listed,
    in_list="{} = ANY(?)",
    shown_in="photos.content_id = ANY(?)",  # there are no videos
    of_contents="(SELECT * FROM photos WHERE content_id = ANY(?)) AS photos",
    # min(bytea) is new in PostgreSQL 18. Hexadecimal digits sort in the same order.
    least_path="min(encode(path, 'hex'))",
    undated="",
    words="words JOIN photos ON photos.id = photo_id",
    word_photo="photo_id",
    has_words="lexemes @@ ?::tsquery",
    all_words=every,
    named="photos.id IN (SELECT photo_id FROM words WHERE strpos(file_name, ?) > 0)",
    path_has="strpos(lower(encode(photos.path, 'escape')), ?) > 0",
    in_use="EXISTS (SELECT 1 FROM photos WHERE photos.{column} = {table}.id)",
    floor="floor({})",
)
