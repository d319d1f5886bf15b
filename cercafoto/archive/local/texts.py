"""Store the text recognised in photos, and find photos by stems or letters of their text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import TYPE_CHECKING
from unicodedata import normalize

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part, translated
from cercafoto.base.look_alike import look_alike, trigrams
from cercafoto.base.word_stems import stems

if TYPE_CHECKING:
    # Imported where used: a search reads no whole text.
    from cercafoto.results.texts import ReadText, TextLine

# A packed line: the corners of its box, eight numbers in 65,535ths of the photo's sides, and its
# confidence in hundredths.
BOX = Struct("<8HB")
_SIDE, _SURE = 65_535, 100
_LINES, _ENGINE = checked("texts", "lines"), checked("text_engines", "name")


class Texts(Part):
    """The text recognised in photos, by content. "lines" is one string with a newline between two
    lines."""

    def write(self, content_id: int, text: ReadText) -> None:
        """Store the text of a content, in place of an earlier one. A text without lines records
        that the content was read and has no text. Call inside a transaction."""
        self.drop([content_id])
        self._db.execute("INSERT OR IGNORE INTO text_engines(name) VALUES (?)", (text.engine,))
        lines = [(_one_line(line.text), line) for line in text.lines]
        lines = [(words, line) for words, line in lines if words]
        written = "\n".join(words for words, _ in lines) or None
        self._db.execute(
            "INSERT INTO texts(content_id, engine_id, turned, lines, boxes) "
            "VALUES (?, (SELECT id FROM text_engines WHERE name = ?), ?, ?, ?)",
            (
                content_id,
                text.engine,
                text.turned,
                written,
                b"".join(_packed(line) for _, line in lines) if written else None,
            ),
        )
        if written:
            self._index(content_id, written)

    def of_content(self, content_id: int) -> ReadText | None:
        """Return the text of a content, None if the content was not read."""
        row = self._db.row(
            f"SELECT {_ENGINE}, turned, {_LINES}, boxes FROM texts "
            "JOIN text_engines ON text_engines.id = engine_id WHERE content_id = ?",
            content_id,
        )
        if row is None:
            return None
        from cercafoto.results.texts import ReadText

        engine, turned, lines, boxes = row
        return ReadText(engine, unpacked(lines, boxes), turned)

    def contents_read(self) -> dict[int, str]:
        """Return content id -> name of the engine that read it, for all contents that were read."""
        return dict(
            self._db.rows(
                "SELECT content_id, name FROM texts "
                "JOIN text_engines ON text_engines.id = engine_id"
            )
        )

    def forget(self) -> int:
        """Delete all texts. Return how many contents had been read. Call inside a transaction."""
        forgotten = self._db.execute("DELETE FROM texts").rowcount
        self._db.execute("DELETE FROM text_engines")
        self._clear_indexes()
        return forgotten

    def counts(self) -> tuple[int, int]:
        """Return (number of visible contents that were read, number of these with text)."""
        visible = "content_id IN (SELECT content_id FROM photos WHERE state = 'ok')"
        read, bearing = self._db.row(
            f"SELECT (SELECT count(*) FROM texts WHERE {visible}), "
            f"(SELECT count(*) FROM texts INDEXED BY texts_bearing "
            f"WHERE lines IS NOT NULL AND {visible})"
        )
        return int(read), int(bearing)

    # -- search --------------------------------------------------------------------------------

    def are_read(self) -> bool:
        """Whether any content has text."""
        # A single step into an index.
        first = "SELECT 1 FROM texts INDEXED BY texts_bearing WHERE lines IS NOT NULL"
        return bool(self._db.number(f"SELECT EXISTS ({first})"))

    def count_unread(self) -> int:
        """Return the number of visible photos that were not read yet."""
        return self._db.number(
            "SELECT count(*) FROM photos WHERE state = 'ok' "
            "AND content_id NOT IN (SELECT content_id FROM texts)"
        )

    def contents_saying(self, words: Sequence[str]) -> list[int]:
        """Return the ids of contents whose text has these stems one after the other."""
        rows = self._db.rows(
            "SELECT rowid FROM read_words WHERE read_words MATCH ? ORDER BY rowid",
            f'"{" ".join(words)}"',
        )
        return [row[0] for row in rows]

    def with_words(self, words: Sequence[str], most: int) -> list[tuple[int, str]]:
        """Return (content id, lines) of the contents whose text has all these stems, from at most
        `most` photos and videos."""
        return _of_files(self._found("read_words", words), most)

    def with_letters(self, letters: str, most: int) -> list[tuple[int, str]]:
        """Return (content id, lines) of the contents whose text has these letters in a row, from at
        most `most` photos and videos. letters: see `look_alike`."""
        found = self._found("read_letters", trigrams(letters))
        return _of_files((row for row in found if letters in look_alike(row[1])), most)

    def lines_of(self, contents: Sequence[int]) -> dict[int, str]:
        """Return content id -> lines, for the given contents that have text."""
        return dict(
            self._db.rows(
                f"SELECT content_id, {_LINES} FROM texts WHERE lines IS NOT NULL AND content_id IN "
                "(SELECT value FROM json_each(?))",
                json.dumps(list(contents)),
            )
        )

    def _found(self, index: str, parts: Sequence[str]) -> Iterator[tuple[int, str, int]]:
        """Yield (content id, lines, content id of the photo or video) of contents with all `parts`
        in an index; without parts none."""
        if not parts:
            return
        with translated(self._db.path):
            # CROSS JOIN makes SQLite begin with the full-text index, not with the texts.
            yield from self._db.execute(
                "SELECT content_id, lines, coalesce((SELECT video_id FROM moments "
                "WHERE moments.content_id = found), found) "
                f"FROM (SELECT rowid AS found FROM {index} "
                f"WHERE {index} MATCH ? ORDER BY rowid) CROSS JOIN texts ON content_id = found "
                "WHERE lines IS NOT NULL",
                (" AND ".join(f'"{part}"' for part in parts),),
            )

    # -- indexes -------------------------------------------------------------------------------

    def drop(self, contents: Iterable[int]) -> None:
        """Delete the texts of contents, and their entries in the indexes. Call inside a
        transaction."""
        for content_id in contents:
            row = self._db.row(f"SELECT {_LINES} FROM texts WHERE content_id = ?", content_id)
            if row is None:
                continue
            if row[0] is not None:
                # The indexes have no copy of the text, so FTS5 needs it to find the entries.
                for table, column, words in index_rows(row[0]):
                    self._db.execute(
                        f"INSERT INTO {table}({table}, rowid, {column}) VALUES ('delete', ?, ?)",
                        (content_id, words),
                    )
            self._db.execute("DELETE FROM texts WHERE content_id = ?", (content_id,))

    def index(self) -> None:
        """Rebuild both indexes from the texts. Call inside a transaction."""
        self._clear_indexes()
        bearing = self._db.execute("SELECT content_id, lines FROM texts WHERE lines IS NOT NULL")
        for content_id, lines in bearing:
            self._index(content_id, lines)

    def _index(self, content_id: int, lines: str) -> None:
        for table, column, words in index_rows(lines):
            self._db.execute(
                f"INSERT INTO {table}(rowid, {column}) VALUES (?, ?)", (content_id, words)
            )

    def _clear_indexes(self) -> None:
        for table in ("read_words", "read_letters"):
            self._db.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")


def unpacked(lines: str | None, boxes: bytes | None) -> tuple[TextLine, ...]:
    """Return the lines of a text with their boxes and confidences, from the two columns in which
    they are stored; () if both are None."""
    from cercafoto.results.texts import TextLine

    return tuple(
        TextLine(text, tuple(round(share / _SIDE, 5) for share in box), sure / _SURE)
        for text, (*box, sure) in zip(
            (lines or "").split("\n"), BOX.iter_unpack(boxes or b""), strict=False
        )
    )


def _packed(line: TextLine) -> bytes:
    box = [round(min(max(share, 0.0), 1.0) * _SIDE) for share in line.box]
    return BOX.pack(*box, round(min(max(line.confidence, 0.0), 1.0) * _SURE))


def _one_line(text: str) -> str:
    """Return a text without characters that cannot be stored or printed, and without newlines."""
    text = normalize("NFC", text.encode("utf-8", "ignore").decode())
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def index_rows(lines: str) -> tuple[tuple[str, str, str], ...]:
    """Return the rows of a text in the two full-text indexes, as (table, column, words)."""
    return ("read_words", "stems", stems(lines)), ("read_letters", "letters", look_alike(lines))


def _of_files(found: Iterable[tuple[int, str, int]], most: int) -> list[tuple[int, str]]:
    """Return (content id, lines) of the first texts of some that `Texts._found` yields: from at
    most `most` photos and videos."""
    texts, files = list[tuple[int, str]](), set[int]()
    for content, lines, file in found:
        files.add(file)
        if len(files) > most:
            break
        texts.append((content, lines))
    return texts
