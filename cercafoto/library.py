"""The library of a person's photos: index, search, tag, and what it holds.

This is the whole story, and the public Python interface; the command line only turns arguments
into calls and results into text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cercafoto.catalog import Catalog, Counts, Row, is_inside
from cercafoto.confidence import TAG_FROM, WEAK_BELOW
from cercafoto.encoder import Encoder
from cercafoto.errors import ArchiveError, FolderNotFoundError, ModelError, UsageError
from cercafoto.images import open_upright, printable
from cercafoto.indexing import IndexReport, IndexRun, Progress, absolute
from cercafoto.labels import Label
from cercafoto.lock import archive_lock
from cercafoto.models.choose import choose, remembered
from cercafoto.models.folder import ModelFolder
from cercafoto.models.registry import AUTO, Registry
from cercafoto.query import Query
from cercafoto.settings import Settings
from cercafoto.vectors import DamagedCacheError, Vectors

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
T = TypeVar("T")

# Below this, an exact pass over the matrix is as fast as the graph and needs no building.
GRAPH_FROM = 20_000


@dataclass(frozen=True)
class Hit:
    """One photo found. score: cosine with the query. confidence: 0..1, how likely the photo is
    to show what was asked. taken_at: local time, ISO 8601, or None. width, height: pixels,
    upright. tags: labels that it bears, most likely first."""

    path: bytes
    score: float
    confidence: float
    taken_at: str | None
    width: int
    height: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class SearchResult:
    """verdict: "found", "weak" (nothing likely), or "none" (no photo passes the filters)."""

    query: Query
    model: str
    fingerprint: str
    verdict: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Tagged:
    """One photo and the labels given to it: (label, cosine, confidence), most likely first."""

    path: bytes
    tags: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class TagResult:
    """photos: in the order of their paths. unknown: named by the person, but not indexed."""

    label_file: str
    model: str
    fingerprint: str
    photos: tuple[Tagged, ...]
    unknown: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Status:
    """What an archive holds. model is None before the first index; size in bytes on disk."""

    archive: Path
    model: str | None
    fingerprint: str | None
    model_available: bool
    counts: Counts
    roots: tuple[tuple[bytes, int, bool], ...]  # path, photos under it, is it there now
    labels: tuple[tuple[str, int], ...]
    pending: int
    size: int


class Library:
    """An archive of photos.

    resident: the process stays up and searches often, so large archives go through the hnswlib
    graph; a one-shot command scores the mapped matrix, which costs less than loading a graph.
    """

    def __init__(self, settings: Settings, resident: bool = False) -> None:
        self.settings = settings
        self.resident = resident
        self._vectors: Vectors | None = None

    # -- index ---------------------------------------------------------------------------------

    def index(
        self,
        folders: Sequence[Path] = (),
        *,
        wait: bool = False,
        ask: Callable[[str], bool] | None = None,
        say: Callable[[str], None] = lambda line: None,
        progress: Progress = lambda done, total, path: None,
        download: Callable[[int, int, str], None] | None = None,
    ) -> IndexReport:
        """Bring the archive up to date with `folders`, or with all known ones.

        wait: until another run has let the archive go. ask, say, download: see `models.choose`.
        Raises FolderNotFoundError, UsageError (nothing to index), ArchiveBusyError, ArchiveError,
        DiskFullError, ModelError. KeyboardInterrupt leaves all but the batch in hand written.
        """
        named = [absolute(folder) for folder in folders]
        if not self.settings.catalog.exists():
            _refuse_missing(named, ())  # before anything is made
        with (
            archive_lock(self.settings.archive, wait),
            Catalog.create(self.settings.catalog) as catalog,
        ):
            roots = catalog.roots()
            _refuse_missing(named, roots)
            folder = self._model_for_index(catalog, ask, say, download)
            encoder = Encoder(folder)
            with catalog.transaction():
                for path in named:
                    if os.path.isdir(path) and not any(is_inside(path, root) for root in roots):
                        catalog.add_root(path)
                model_id = catalog.add_model(
                    folder.fingerprint, folder.name, folder.version, folder.dimension
                )
                active = catalog.active_model
                if active is None:
                    catalog.put("model", str(model_id))
                # Remembered, so that the next run goes on with a switch that is cut short.
                catalog.put("wanted_model", str(model_id))
                run_id = catalog.start_run("index", model_id)
            # A switch embeds everything again: photos with vectors of the new model alone would
            # not be found until it is complete.
            switching = active not in (None, model_id)
            targets = [*named, *catalog.roots()] if switching or not named else named
            photos, outcome = 0, "interrupted"
            try:
                report = IndexRun(catalog, encoder, model_id, progress)(_outermost(targets))
                photos, outcome = report.embedded, "done"
            finally:
                with catalog.transaction():
                    if outcome == "done" and switching and report.pending == 0:
                        catalog.put("model", str(model_id))
                    catalog.end_run(run_id, outcome, photos)
            self._load_vectors(catalog)
            return report

    def _model_for_index(
        self,
        catalog: Catalog,
        ask: Callable[[str], bool] | None,
        say: Callable[[str], None],
        download: Callable[[int, int, str], None] | None,
    ) -> ModelFolder:
        """What the person asked for; else the model of a switch under way, else the one that
        the archive was made with (in its present edition), else a first choice."""
        current = catalog.active_model
        if self.settings.model == AUTO and not remembered(self.settings) and current is not None:
            fingerprint, name, _ = catalog.model(int(catalog.get("wanted_model") or current))
            registry = Registry(self.settings)
            found = registry.find_by_fingerprint(fingerprint) or registry.find(name)
            if found is not None:
                return found
            raise _model_gone(name)
        return choose(self.settings, ask, say, download)

    # -- search --------------------------------------------------------------------------------

    def search(self, query: Query, limit: int = 10) -> SearchResult:
        """The `limit` photos that answer best, best first; copies of one photo count as one.

        Raises ArchiveError (no archive yet), ModelError (its model is gone), UsageError (a
        folder to search in that the archive does not know), ImageError (`like`).
        """
        with Catalog.open(self.settings.catalog) as catalog:
            folders = self._folders(catalog, query.folders)
            if query.text or query.like:
                found = self._rank(catalog, query, folders, limit)
            else:
                found = self._list(catalog, query, folders, limit)
            return self._result(query, found)

    def _rank(
        self, catalog: Catalog, query: Query, folders: Sequence[bytes], limit: int
    ) -> list[Hit]:
        words = self.encoder.embed_texts([query.text])[0] if query.text else None
        images = self._embed_photos(query.like)
        parts = [*([words] if words is not None else []), *images]
        # Each part weighs the same; renormalised, so that the score stays a cosine.
        wanted = np.sum(parts, axis=0)
        wanted = (wanted / max(float(np.linalg.norm(wanted)), 1e-12)).astype(np.float32)
        nearest = self._nearest(catalog, wanted, query, folders, limit)
        likely = self._likely(np.array([vector for _, _, vector in nearest]), words, images)
        return [
            _hit(photo, score, float(sure))
            for (photo, score, _), sure in zip(nearest, likely, strict=True)
        ]

    def _nearest(
        self,
        catalog: Catalog,
        wanted: Floats,
        query: Query,
        folders: Sequence[bytes],
        limit: int,
    ) -> list[tuple[Row, float, Floats]]:
        """(photo, cosine, vector) of the nearest visible photos, nearest first.

        With a filter, only the rows that pass it are scored. Without one, all rows are, and the
        few that belong to no visible photo are left out afterwards, looking further if need be.
        """

        def look(vectors: Vectors) -> list[tuple[Row, float, Floats]]:
            among = None
            if query.folders or query.labels:
                among = vectors.rows_of(catalog.visible_contents(folders, query.labels))
            most = len(vectors) if among is None else len(among)
            wide = min(limit, most)
            while True:
                if self.resident and among is None and len(vectors) >= GRAPH_FROM:
                    rows, scores = vectors.nearest(wanted, wide)
                else:
                    rows, scores = vectors.exact(wanted, wide, among)
                found = [
                    (photo, float(score), vector)
                    for row, score, vector in zip(rows, scores, vectors.rows(rows), strict=True)
                    for photo in catalog.photos_of(int(vectors.contents[row]), folders)[:1]
                ]
                if len(found) >= limit or wide >= most:
                    return found[:limit]
                wide = min(wide * 4, most)

        return self._with_vectors(catalog, look)

    def _likely(self, photos: Floats, words: Floats | None, images: Sequence[Floats]) -> Floats:
        """Confidence of each photo, averaged over the parts of the question: [N] float32."""
        if not len(photos):
            return np.empty(0, np.float32)
        parts = []
        if words is not None:
            parts.append(self.encoder.confidence(photos, words[None])[:, 0])
        parts += [self.encoder.resemblance(photos, image) for image in images]
        result: Floats = np.mean(parts, axis=0)
        return result

    def _list(
        self, catalog: Catalog, query: Query, folders: Sequence[bytes], limit: int
    ) -> list[Hit]:
        """A question of labels alone: the photos that bear them all, surest first."""
        visible = set(catalog.visible_contents(folders, query.labels).tolist())
        tagged = [t for t in catalog.most_tagged(query.labels) if t[0] in visible]
        return [
            _hit(photo, score, sure)
            for content, score, sure in tagged[:limit]
            for photo in catalog.photos_of(content, folders)[:1]
        ]

    def _embed_photos(self, paths: Sequence[Path]) -> list[Floats]:
        side = self.encoder.preprocessing.resize_to
        pictures = [open_upright(path, side) for path in paths]
        return list(self.encoder.embed_images(pictures)) if pictures else []

    def _result(self, query: Query, hits: Sequence[Hit]) -> SearchResult:
        best = max((hit.confidence for hit in hits), default=0.0)
        verdict = "none" if not hits else "weak" if best < WEAK_BELOW else "found"
        folder = self._folder
        return SearchResult(query, folder.name, folder.fingerprint, verdict, tuple(hits))

    # -- tag -----------------------------------------------------------------------------------

    def tag(
        self,
        labels: Sequence[Label],
        label_file: str,
        paths: Sequence[Path] = (),
        *,
        threshold: float = TAG_FROM,
        most: int = 5,
    ) -> TagResult:
        """Score every visible photo, or those at or under `paths`, against every label, from
        the stored vectors; keep, and store, the labels whose confidence is `threshold` or more,
        at most `most` a photo. What the same label file said of these photos before is replaced.

        Raises as `search` does, and UsageError when none of `paths` is in the archive.
        """
        with Catalog.open(self.settings.catalog) as reader:
            named = [absolute(path) for path in paths]
            unknown = tuple(path for path in named if not reader.knows(path))
            if named and len(unknown) == len(named):
                raise UsageError(
                    "Nessuna delle foto indicate è nell'archivio.",
                    "Prima indicizzale: cercafoto index CARTELLA",
                )
            contents = reader.visible_contents(named)

            def take(vectors: Vectors) -> tuple[list[int], Floats]:
                rows = vectors.rows_of(contents)
                return vectors.contents[rows].tolist(), vectors.rows(rows)

            content_ids, photos = self._with_vectors(reader, take)
            model_id, _ = self._active(reader)
        scores, likely = self._score_labels(photos, labels)
        names = [label.name for label in labels]
        best = np.argsort(-likely, axis=1, kind="stable")[:, :most]
        tags = [
            tuple(
                (names[j], float(scores[i, j]), float(likely[i, j]))
                for j in best[i]
                if likely[i, j] >= threshold
            )
            for i in range(len(photos))
        ]
        with Catalog.create(self.settings.catalog) as catalog, catalog.transaction():
            catalog.write_tags(
                content_ids,
                ((c, *t) for c, found in zip(content_ids, tags, strict=True) for t in found),
                label_file,
                model_id,
            )
            tagged = [
                Tagged(photo.path, found)
                for content, found in zip(content_ids, tags, strict=True)
                for photo in catalog.photos_of(content, named)
            ]
        tagged.sort(key=lambda photo: photo.path)
        return TagResult(
            label_file, self._folder.name, self._folder.fingerprint, tuple(tagged), unknown
        )

    def _score_labels(self, photos: Floats, labels: Sequence[Label]) -> tuple[Floats, Floats]:
        """Cosine and confidence of every photo with every label: two float32 [N, L]. A label's
        phrases each stand for it, averaged over the model's prompts; the nearest one counts."""
        templates = self._folder.prompts
        owner = [number for number, label in enumerate(labels) for _ in label.phrases]
        prompts = [prompt for label in labels for prompt in label.prompts(templates)]
        phrases = self.encoder.embed_texts(prompts)
        phrases = phrases.reshape(len(owner), len(templates), -1).mean(axis=1)
        phrases /= np.maximum(np.linalg.norm(phrases, axis=1, keepdims=True), 1e-12)
        cosines = photos @ phrases.T
        sure = self.encoder.confidence(photos, phrases)
        scores = np.full((len(photos), len(labels)), -1.0, np.float32)
        likely = np.zeros_like(scores)
        for column, number in enumerate(owner):
            np.maximum(scores[:, number], cosines[:, column], out=scores[:, number])
            np.maximum(likely[:, number], sure[:, column], out=likely[:, number])
        return scores, likely

    # -- what there is -------------------------------------------------------------------------

    def status(self) -> Status:
        """Raises ArchiveError when there is no archive yet."""
        with Catalog.open(self.settings.catalog) as catalog:
            active = catalog.active_model
            fingerprint, name, _ = catalog.model(active) if active is not None else (None, None, 0)
            available = fingerprint is not None and (
                Registry(self.settings).find_by_fingerprint(fingerprint) is not None
            )
            return Status(
                archive=self.settings.archive,
                model=name,
                fingerprint=fingerprint,
                model_available=available,
                counts=catalog.counts(),
                roots=tuple(
                    (root, catalog.count_visible_under(root), os.path.isdir(root))
                    for root in catalog.roots()
                ),
                labels=tuple(catalog.labels()),
                pending=catalog.lacking_vector(active) if active is not None else 0,
                size=_size(self.settings.archive),
            )

    def problems(self) -> list[tuple[bytes, str]]:
        """(path, why) of every file that could not be read."""
        with Catalog.open(self.settings.catalog) as catalog:
            return catalog.problems()

    # -- what is loaded ------------------------------------------------------------------------

    @cached_property
    def _folder(self) -> ModelFolder:
        """The model that the archive was made with."""
        with Catalog.open(self.settings.catalog) as catalog:
            model_id, _ = self._active(catalog)
            fingerprint, name, _ = catalog.model(model_id)
        found = Registry(self.settings).find_by_fingerprint(fingerprint)
        if found is None:
            raise _model_gone(name)
        return found

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder(self._folder)

    def _active(self, catalog: Catalog) -> tuple[int, int]:
        """(id, dimension) of the model in use. Raises ArchiveError before the first index."""
        active = catalog.active_model
        if active is None:
            raise ArchiveError(
                f"L'archivio in {self.settings.archive} è ancora vuoto.",
                "Indicizza prima le tue foto: cercafoto index CARTELLA",
            )
        return active, catalog.model(active)[2]

    def _vector_source(self, catalog: Catalog) -> tuple[Path, Catalog, int, int]:
        """What `Vectors.load` and `Vectors.rebuild` take."""
        model_id, dimension = self._active(catalog)
        fingerprint, _, _ = catalog.model(model_id)
        return self.settings.vectors / fingerprint[:16], catalog, model_id, dimension

    def _load_vectors(self, catalog: Catalog) -> Vectors:
        source = self._vector_source(catalog)
        if self._vectors is None or not self._vectors.is_current(catalog, source[2]):
            self._vectors = Vectors.load(*source)
        return self._vectors

    def _with_vectors(self, catalog: Catalog, work: Callable[[Vectors], T]) -> T:
        """Do something with the vectors; should their cache turn out damaged, make it again
        from the catalogue and do it over."""
        try:
            return work(self._load_vectors(catalog))
        except DamagedCacheError:
            self._vectors = Vectors.rebuild(*self._vector_source(catalog))
            return work(self._vectors)

    def _folders(self, catalog: Catalog, folders: Sequence[Path]) -> list[bytes]:
        named = [absolute(folder) for folder in folders]
        for folder in named:
            if not catalog.knows(folder):
                raise UsageError(
                    f"Nell'archivio non c'è nessuna foto in {printable(folder)}.",
                    f"Per aggiungerla: cercafoto index {printable(folder)}",
                )
        return named


def _hit(photo: Row, score: float, sure: float) -> Hit:
    return Hit(photo.path, score, sure, photo.taken_at, photo.width, photo.height, photo.tags)


def _refuse_missing(named: Sequence[bytes], roots: Sequence[bytes]) -> None:
    """A known folder that is gone is a disk to connect; an unknown one is a slip of the pen."""
    for path in named:
        if not os.path.lexists(path) and path not in roots:
            raise FolderNotFoundError(
                f"La cartella {printable(path)} non esiste.",
                "Controlla il nome; se è su un disco esterno, collegalo.",
            )
    if not (named or roots):
        raise UsageError(
            "Non c'è ancora nessuna cartella da aggiornare.",
            "Indica dove sono le foto, per esempio: cercafoto index ~/Foto",
        )


def _model_gone(name: str) -> ModelError:
    return ModelError(
        f"Il modello «{name}» con cui è fatto l'archivio non c'è più, o è cambiato.",
        "Esegui «cercafoto index» per rifare i vettori con il modello di ora, oppure rimetti "
        "quello di prima (cercafoto modello elenco).",
    )


def _outermost(paths: Sequence[bytes]) -> list[bytes]:
    """The paths that lie inside no other, each once, in order."""
    unique = list(dict.fromkeys(paths))
    return [p for p in unique if not any(p != q and is_inside(p, q) for q in unique)]


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
