"""Store the questions that a person keeps ("raccolte"), which photos the person always or never
wants in them, and the files that cercafoto put into the folder of collections.

Photos are named by the SHA-256 of their content, so that the person's choices outlive `pulisci`,
another model, and a photo that goes away and returns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part, now
from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold
from cercafoto.errors import UsageError
from cercafoto.question import stored_question
from cercafoto.question.question import Question
from cercafoto.results.collections import SEEN, Collection

Put = tuple[bytes, str, bytes]  # path of a file, how it was put there, and what it must still be

_FIELDS = ", ".join(
    checked("collections", name)
    for name in ("id", "name", "question", "made_at", "looked_at", "min_confidence")
)


class StoredCollections(Part):
    def all(self) -> list[Collection]:
        """Return all collections, sorted by name."""
        rows = self._db.rows(f"SELECT {_FIELDS} FROM collections ORDER BY folded")
        return [self._read(row) for row in rows]

    def find(self, name: str) -> Collection | None:
        """Return the collection with this name, whatever the capitals and accents, or None."""
        row = self._db.row(f"SELECT {_FIELDS} FROM collections WHERE folded = ?", fold(name))
        return self._read(row) if row else None

    def named(self, name: str) -> Collection:
        """Return the collection with this name. Raises UsageError if there is none."""
        collection = self.find(name)
        if collection is None:
            known = ", ".join(f"«{printable(kept.name)}»" for kept in self.all())
            raise UsageError(
                f"Non c'è nessuna raccolta «{printable(name)}».",
                f"Ci sono: {known}." if known else "Per farne una: cercafoto cerca … --salva NOME",
            )
        return collection

    def keep(self, name: str, question: Question, min_confidence: float) -> None:
        """Store a question under a name. The collection that has the name already gets the new
        question, and keeps what was said by hand. Call inside a transaction.

        Raises UsageError if the question asks, directly or not, for the collection itself.
        """
        known = {fold(kept.name): kept.question for kept in self.all() if kept.question}
        wanted = [fold(other) for other in question.typed.get("collections", ())]
        while wanted:
            other = wanted.pop()
            if other == fold(name):
                raise UsageError(
                    f"La raccolta «{printable(name)}» non può cercare dentro sé stessa.",
                    "Scegli un altro nome.",
                )
            if other in known:
                asked = known.pop(other)
                wanted += [fold(name) for name in asked.typed.get("collections", ())]
        text, stamp = _text(question), now()
        self._db.execute(
            "INSERT INTO collections(name, folded, question, made_at, looked_at, min_confidence) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(folded) DO UPDATE SET "
            "question = excluded.question, min_confidence = excluded.min_confidence",
            (name, fold(name), text, stamp, stamp, min_confidence),
        )

    def rename(self, collection: Collection, name: str) -> None:
        """Give a collection another name, also in the options and the words of those that search in
        it («neve nella raccolta Viaggi»). Call inside a transaction.

        Raises UsageError if another collection has the name, or if another one's words can not name
        this one anew.
        """
        # Imported here: few collections are renamed, and `index` asks for all of them.
        from cercafoto.question.grammar.collection_phrases import with_renamed

        before, kept = fold(collection.name), self.all()
        names = [other.name for other in kept]
        for other in kept:
            if other.id == collection.id:
                continue
            if fold(other.name) == fold(name):
                raise UsageError(
                    f"La raccolta «{printable(other.name)}» c'è già.", "Scegli un altro nome."
                )
            asked = other.question
            if asked is None:
                continue
            again = asked
            said = asked.sentence
            if not asked.literal:
                renamed = with_renamed(said, names, collection.name, name)
                if renamed is None:
                    raise UsageError(
                        f"La domanda della raccolta «{printable(other.name)}» nomina "
                        f"«{printable(collection.name)}», e con «{printable(name)}» direbbe "
                        f"un'altra cosa: {printable(other.typed)}",
                        "Scegli un altro nome, oppure prima salva di nuovo quella domanda, con "
                        "--raccolta al posto delle parole.",
                    )
                again = replace(again, words=(renamed,)) if renamed != said else again
            wanted = asked.typed.get("collections", ())
            if before in map(fold, wanted):
                named = tuple(name if fold(each) == before else each for each in wanted)
                again = replace(again, typed=again.typed.but(collections=named))
            if again != asked:
                self._db.execute(
                    "UPDATE collections SET question = ? WHERE id = ?",
                    (_text(again), other.id),
                )
        self._db.execute(
            "UPDATE collections SET name = ?, folded = ? WHERE id = ?",
            (name, fold(name), collection.id),
        )

    def drop(self, collection: Collection) -> None:
        """Delete a collection, with the choices made by hand in it. Call inside a transaction."""
        self._db.execute("DELETE FROM collection_photos WHERE collection_id = ?", (collection.id,))
        self._db.execute("DELETE FROM collections WHERE id = ?", (collection.id,))

    def _read(self, row: tuple[int, str, str, str, str, float]) -> Collection:
        number, name, question, made_at, looked_at, min_confidence = row
        asked = None
        with suppress(KeyError, TypeError, ValueError):
            asked = stored_question.from_json(json.loads(question))
        return Collection(number, name, asked, made_at, looked_at, min_confidence)

    # -- said by hand, and seen ----------------------------------------------------------------

    def contents(self, collection: Collection, said: str) -> list[int]:
        """Return the ids of a collection's contents with this choice: `results.ALWAYS`,
        `results.NEVER` or SEEN. Contents that are not in the archive now are left out."""
        rows = self._db.rows(
            "SELECT contents.id FROM collection_photos JOIN contents USING (digest) "
            "WHERE collection_id = ? AND said = ?",
            collection.id,
            said,
        )
        return [row[0] for row in rows]

    def say(self, collection: Collection, digests: Iterable[bytes], said: str | None) -> None:
        """Store that a collection always or never has contents (ALWAYS, NEVER), or only if they
        answer its question (None). The person has then seen them. Call inside a transaction."""
        listed = [(collection.id, digest) for digest in digests]
        self._db.executemany(
            "DELETE FROM collection_photos WHERE collection_id = ? AND digest = ? "
            f"AND said <> '{SEEN}'",
            listed,
        )
        for noted in (said, SEEN) if said is not None else ():
            self._note(listed, noted)

    def look(self, collection: Collection, digests: Iterable[bytes]) -> None:
        """Note that the person has just seen these contents in a collection. Call inside a
        transaction."""
        self._note([(collection.id, digest) for digest in digests], SEEN)
        self._db.execute(
            "UPDATE collections SET looked_at = ? WHERE id = ?", (now(), collection.id)
        )

    def _note(self, listed: Iterable[tuple[int, bytes]], said: str) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO collection_photos(collection_id, digest, said) "
            f"VALUES (?, ?, '{said}')",
            listed,
        )

    def photos(self, contents: Iterable[int]) -> dict[bytes, tuple[bytes, str | None]]:
        """Return path -> (SHA-256 of the content, date) of the visible photos of contents, sorted
        by date; photos without a date come last."""
        rows = self._db.rows(
            f"SELECT {checked('photos', 'path')}, digest, taken_at FROM json_each(?) AS wanted "
            "CROSS JOIN photos ON content_id = wanted.value JOIN contents "
            "ON contents.id = content_id WHERE state = 'ok' ORDER BY taken_at IS NULL, taken_at, "
            "photos.path",
            json.dumps(list(contents)),
        )
        return {path: (digest, taken_at) for path, digest, taken_at in rows}

    # -- files in the folder of collections ----------------------------------------------------

    def files(self) -> list[tuple[object, object, object, object]]:
        """Return (path, kind, mark, seal) of the files that were put into the folder, as they are
        stored: an archive may come from anywhere."""
        return self._db.rows("SELECT path, kind, mark, seal FROM collection_files")

    def announce(self, files: Iterable[tuple[bytes, str, bytes, bytes]]) -> None:
        """Note files, with their seals, before they are made. Call inside a transaction."""
        self._db.executemany(
            "INSERT INTO collection_files(path, kind, mark, seal) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET seal = excluded.seal",
            files,
        )

    def forget(self, files: Iterable[tuple[object, object, object]]) -> None:
        """Forget files that are gone, or that are now the person's. Call inside a transaction."""
        self._db.executemany(
            "DELETE FROM collection_files WHERE path = ? AND kind = ? AND mark = ?", files
        )


def _text(question: Question) -> str:
    """Return a question as it is stored."""
    return json.dumps(stored_question.to_json(question), default=str)
