"""Gather all that an archive knows about one photo."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from cercafoto.archive.archive import Archive
from cercafoto.archive.records import EXCLUDED, MISSING
from cercafoto.base.paths import folder_of, printable
from cercafoto.errors import UsageError
from cercafoto.results.known_photo import KnownMoment, KnownPhoto
from cercafoto.search.collection_photos import collections_of
from cercafoto.search.reachable import reachable_in


def whole_photo(archive: Archive, photo: Path) -> KnownPhoto:
    """Return all that an archive knows about a photo, without its duplicates. Raises UsageError if
    the archive does not have the photo, and ArchiveError."""
    folders = archive.indexed_folders()
    with archive.reading():
        stored = archive.path_of(photo)
        photo_id = archive.photos.id_at(stored)
        detail = None if photo_id is None else archive.browsing.detail(photo_id)
        if photo_id is None or detail is None:
            raise _not_there(archive, photo, stored)
        content = detail.content_id
        people = tuple(archive.people.regions_of(content))
        doubtful = tuple(archive.people.unsure_in(content))
        texts = archive.texts
        frames = [
            KnownMoment(row.start, row.end, text.text or None if text else None)
            for row, text in (
                (row, texts.of_content(frame))
                for frame, row in archive.photos.frames_of([content]).items()
            )
        ]
        known = KnownPhoto(
            replace(detail, people=people, doubtful=doubtful),
            texts.of_content(content),
            tuple(frames),
            source=archive.photos.source_at(stored),
            reachable=reachable_in(folders)(detail.tile.path),
            indexed_at=archive.photos.indexed_at(photo_id),
            models=_models(archive, content),
        )
    return replace(known, collections=collections_of(archive, {content}).get(content, ()))


def _models(archive: Archive, content: int) -> tuple[str, ...]:
    """Return the names of the models whose vector of a content the archive has, the one in use
    first."""
    active = archive.models.active_model
    ids = archive.photos.models_of(content)
    return tuple(
        archive.models.model(each)[1] for each in sorted(ids, key=lambda each: each != active)
    )


def _not_there(archive: Archive, photo: Path, stored: bytes) -> UsageError:
    """Return the error that says why the archive does not have a photo, and what to do."""
    name = printable(photo)
    state, problem = archive.photos.hidden_at(stored) or ("", None)
    if state == MISSING:
        return UsageError(
            f"{name}: al suo ultimo «index» il file non c'era più.",
            "Se è tornato, o se il suo disco era scollegato: cercafoto index",
        )
    if state == EXCLUDED:
        return UsageError(
            f"{name}: è fuori dall'archivio, perché l'hai esclusa.",
            "Che cosa è escluso lo dice «cercafoto stato»; per riammetterla: "
            "cercafoto index CARTELLA --riammetti SCHEMA",
        )
    if state:
        return UsageError(
            f"{name}: è fra i file illeggibili: {problem}",
            "Per riprovare: cercafoto index --riprova",
        )
    if archive.settings.shared is not None:
        return UsageError(
            f"{name}: non è nell'archivio condiviso.",
            "Una sua foto si scrive con la fonte davanti, FONTE:/cartella/foto.jpg; se è su questo "
            "computer: --radice FONTE=CARTELLA",
        )
    here = Path(os.fsdecode(stored))
    if here.is_dir():
        return UsageError(
            f"{name}: è una cartella, e qui serve una foto.",
            f"Le sue foto: cercafoto cerca --in {name}",
        )
    if not os.path.lexists(here):
        return UsageError(f"{name}: non esiste.", "Controlla il nome.")
    return UsageError(
        f"{name}: non è nell'archivio.",
        f"Per aggiungerla: cercafoto index {printable(folder_of(stored))}",
    )
