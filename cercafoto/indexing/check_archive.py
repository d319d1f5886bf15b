"""`controlla`: check everything in the archive, and repair what can be repaired."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.database import TrialArchiveError
from cercafoto.archive.local.embeddings.cache import DamagedCacheError
from cercafoto.archive.local.embeddings.state import folder_of
from cercafoto.archive.local.embeddings.vector_store import VectorStore
from cercafoto.archive.local.salvage import Salvaged, damage_in, salvage, tables_named
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.tables import NAMED, said
from cercafoto.base.atomic_file import PARTIAL
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.italian_counts import thousands
from cercafoto.base.json_keys import json_keys
from cercafoto.base.paths import is_inside, printable
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.base.run_journal import Entry, RecordedRun, journals
from cercafoto.base.seals import Seals
from cercafoto.errors import ArchiveError, ModelError
from cercafoto.indexing import move_journal
from cercafoto.indexing.kept_folder import FolderKeeper
from cercafoto.labels.sidecars import sidecar_journal, write
from cercafoto.looking.sense import Sense
from cercafoto.models.registry import Registry
from cercafoto.photos.moves import digest_of
from cercafoto.places.gazetteer import Gazetteer
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import Filters
from cercafoto.results.finding import MEND, Finding, mended
from cercafoto.settings import Settings

INDEX = "Esegui «cercafoto index»."
GIVEN_AGAIN = (
    "Nessuna esecuzione può rifare quello che avevi dato tu: controlla etichette, raccolte e "
    "cartelle, o rimetti una copia di riserva."
)
BEYOND_REPAIR = (
    "Le foto non sono state toccate, ma l'archivio non si può riparare. Controlla il disco, poi "
    "rimetti una copia di riserva, oppure sposta da parte la cartella dell'archivio e ricomincia "
    "con «cercafoto index CARTELLA»."
)
# Folder of journals -> what reads their entries, and the command that undoes the last run.
JOURNALS: dict[str, tuple[Callable[[Entry], object], str]] = {
    write.JOURNAL: (sidecar_journal.read_entry, "tag --annulla"),
    move_journal.JOURNAL: (move_journal.read_entry, "doppioni --annulla"),
}


@json_keys("sound photos vectors full findings")
@dataclass(frozen=True)
class CheckReport:
    """The result of a check.

    photos, vectors: how many the catalogue has; 0 if it is too damaged to be checked further.
    full: whether the check was asked to compare the photos' bytes too.
    videos: how many of the photos are videos.
    """

    findings: tuple[Finding, ...]
    photos: int
    vectors: int
    full: bool
    videos: int = 0

    @property
    def sound(self) -> bool:
        """Whether no problem is left."""
        return all(finding.harmless or finding.mended for finding in self.findings)


def check(
    archive: LocalArchive,
    senses: Sequence[Sense[Any]],
    *,
    mend: bool,
    full: bool,
    reporter: Reporter = SILENT,
) -> CheckReport:
    """Check the whole archive and return the report.

    senses: what may have files and indexes of its own.
    mend: also rebuild, drop or salvage what is damaged.
    full: also read every photo again and compare the digest of its bytes with the indexed one.

    Raises ArchiveError if there is no archive, or if SQLite cannot open or repair it at all;
    ArchiveBusyError if `mend` and another process writes to the archive.
    """
    if not (mend and archive.settings.catalog.exists()):
        return _check(archive.settings, senses, False, full, reporter)
    with archive.lock():
        try:
            return _check(archive.settings, senses, True, full, reporter)
        except ArchiveError as error:
            if "controlla --ripara" in error.hint:  # it would advise what has just failed
                error.hint = BEYOND_REPAIR
            raise


def _check(
    settings: Settings, senses: Sequence[Sense[Any]], mend: bool, full: bool, reporter: Reporter
) -> CheckReport:
    findings = [finding for sense in senses for finding in sense.check_files(settings, mend)]
    try:
        damage = damage_in(settings.catalog)
    except TrialArchiveError:
        if not mend:
            raise
        damage = []
        findings.append(_of_trial(settings))
    if damage:
        findings.append(_damaged(settings, damage, mend))
        if not mend:  # the other checks would read damaged data
            return CheckReport(tuple(findings), 0, 0, full)
    opened = Catalog.create if mend else Catalog.open
    with opened(settings.catalog) as catalog:
        findings += _rows(catalog, mend)
        findings += _checksums(catalog, mend, not damage)
        if not (mend or all(finding.kind != "checksums" for finding in findings)):
            return CheckReport(tuple(findings), 0, 0, full)
        for sense in senses:
            findings += sense.check_rows(catalog, mend)
        findings += _vectors(catalog, mend)
        findings += _models(catalog, settings)
        if mend or all(finding.kind != "vectors" for finding in findings):
            findings += _caches(catalog, settings, mend)  # they are compared with the vectors
        findings += _journals(settings, mend)
        findings += _strangers(catalog, settings)
        findings += _photos(catalog, mend, full, reporter)
        counts = catalog.photos.counts()
        videos = catalog.photos.count_where(Filters({VIDEO.name: True}))
    return CheckReport(tuple(findings), counts.photos, counts.vectors, full, videos)


def _damaged(settings: Settings, damage: Sequence[str], mend: bool) -> Finding:
    message = f"Il file {settings.catalog} è danneggiato."
    if hit := tables_named(settings.catalog, damage):
        message += f" Il danno tocca: {', '.join(NAMED[name].said for name in hit)}."
    if not mend:
        return Finding("sqlite", message, MEND)
    saved = salvage(settings.catalog, Gazetteer().locate)
    is_given_lost = any(NAMED[name].given for name in saved.lost)
    return Finding(
        "sqlite",
        f"{message} {_told(saved)} Il file danneggiato è in {saved.aside}.",
        "Esegui «cercafoto index» per rifare il resto, e controlla il disco."
        + (f" {GIVEN_AGAIN}" if is_given_lost else ""),
        mended=True,
    )


def _of_trial(settings: Settings) -> Finding:
    saved = salvage(settings.catalog, Gazetteer().locate, of_trial=True)
    return Finding(
        "version",
        f"L'archivio era di una versione di prova: ora è di questa. {_told(saved)} Il catalogo "
        f"di prima è in {saved.aside}.",
        "Esegui «cercafoto index» per rifare il resto; poi puoi cancellare il catalogo di prima.",
        mended=True,
    )


def _told(saved: Salvaged) -> str:
    """Say which rows a new catalogue has, and which were lost."""
    photos, seen = thousands(saved.rows["photos"]), thousands(saved.rows["vectors"])
    labels = thousands(saved.rows["tags"])
    saved_text = f"Foto salvate: {photos}; già analizzate: {seen}; etichette: {labels}."
    lost = said(saved.lost.items())
    return f"{saved_text} Righe perdute: {lost}." if lost else saved_text


def _rows(catalog: Catalog, mend: bool) -> Iterator[Finding]:
    misfits = catalog.damaged_rows.misfits()
    if not misfits:
        return
    if mend:
        with catalog.transaction():
            catalog.damaged_rows.drop_misfits()
    message = f"Nel catalogo ci sono righe che non vanno ({said(misfits.items())})."
    yield mended("rows", message, mend, INDEX)


def _checksums(catalog: Catalog, mend: bool, indexes_agree: bool) -> Iterator[Finding]:
    """Yield findings about rows whose checksum is wrong; delete or repair these rows if `mend`.

    Only the person can enter labels and folders again, so the findings name damaged labels and
    folders as they read now.

    indexes_agree: whether SQLite's own check found no damage.
    """
    damaged = catalog.damaged_rows.find()
    if not damaged:
        return
    labels = catalog.damaged_rows.labels_in(damaged.get("tags", ()))
    folders = catalog.damaged_rows.folders_in(damaged.get("roots", ()))
    kept = catalog.damaged_rows.collections_in(damaged.get("collections", ()))
    if mend:
        with catalog.transaction():
            catalog.damaged_rows.mend(damaged, indexes_agree)
    which = said((table, len(rowids)) for table, rowids in damaged.items())
    yield mended(
        "checksums",
        f"Nel catalogo ci sono dati danneggiati ({which}).",
        mend,
        "Esegui «cercafoto index» per rianalizzare le foto; per i testi, «cercafoto leggi».",
    )
    if labels:
        names = ", ".join(dict.fromkeys(f"«{printable(name)}»" for name, _ in labels))
        yield mended(
            "labels",
            f"Etichette in righe danneggiate, come si leggono ora: {names}.",
            mend,
            "Quelle date a mano che non vedi più vanno ridate; per le altre ripeti «cercafoto "
            "tag».",
            [*dict.fromkeys(path for _, path in labels if path)],
        )
    if folders:
        yield mended(
            "folders",
            "Cartelle indicate a index in righe danneggiate, come si leggono ora:",
            mend,
            "Indicale di nuovo: cercafoto index CARTELLA",
            folders,
        )
    if kept:
        listed = "; ".join(printable(f"«{name}»: {asked or 'perduta'}") for name, asked in kept)
        yield mended(
            "collections",
            f"Raccolte in righe danneggiate, con la domanda come si legge ora: {listed}.",
            mend,
            "Per riscrivere una domanda: cercafoto cerca … --salva NOME --sovrascrivi",
        )


def _vectors(catalog: Catalog, mend: bool) -> Iterator[Finding]:
    bad = catalog.vectors.bad()
    if bad and mend:
        with catalog.transaction():
            catalog.vectors.drop(bad)
    if bad:
        message = f"Foto di cui l'archivio ha dati danneggiati: {thousands(len(bad))}."
        yield mended("vectors", message, mend, "Esegui «cercafoto index» per rianalizzarle.")
    active = catalog.models.active_model
    pending = catalog.vectors.lacking(active) if active is not None else 0
    if pending:
        yield Finding("pending", f"Foto ancora da analizzare: {pending}.", INDEX, harmless=True)


def _models(catalog: Catalog, settings: Settings) -> Iterator[Finding]:
    active = catalog.models.active_model
    if active is None:
        return
    fingerprint, name, _ = catalog.models.model(active)
    folder = Registry(settings).find_by_fingerprint(fingerprint)
    if folder is None:
        yield Finding(
            "model",
            f"Il modello «{name}» con cui è fatto l'archivio non c'è più, o è cambiato.",
            "Esegui «cercafoto index» per passare a quello di ora.",
        )
        return
    try:
        folder.verify()
    except ModelError as error:
        yield Finding("model", error.message, error.hint)


def _caches(catalog: Catalog, settings: Settings, mend: bool) -> Iterator[Finding]:
    folders = {}
    for model_id in catalog.models.model_ids():
        fingerprint, _, dimension = catalog.models.model(model_id)
        folders[folder_of(settings.vectors, fingerprint)] = (model_id, dimension)
    for folder, (model_id, dimension) in folders.items():
        damaged = _cache_damage(folder, catalog, model_id, dimension)
        if not damaged:
            continue
        if mend:
            VectorStore.rebuild(folder, catalog.vectors, model_id, dimension)
        yield Finding(
            "cache",
            f"Copie di lavoro danneggiate in {folder}: {', '.join(damaged)}.",
            "" if mend else "Si rifanno da sole alla prossima ricerca, o con --ripara.",
            tuple(os.fsencode(folder / name) for name in damaged),
            mended=mend,
        )
    leftovers = [*_leftovers(settings, set(folders))]
    if leftovers and mend:
        for path in leftovers:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    if leftovers:
        yield Finding(
            "leftovers",
            f"File di lavoro lasciati a metà: {thousands(len(leftovers))}.",
            "" if mend else "Non disturbano; «cercafoto controlla --ripara» li toglie.",
            tuple(map(os.fsencode, leftovers)),
            harmless=True,
            mended=mend,
        )


def _cache_damage(folder: Path, catalog: Catalog, model_id: int, dimension: int) -> list[str]:
    try:
        cache = VectorStore.from_files(folder, catalog.vectors, model_id, dimension)
    except DamagedCacheError as error:
        return [str(error)]
    if cache is None or not cache.is_current(catalog.vectors, model_id):
        return []  # the next search brings it up to date
    return cache.damage()


def _leftovers(settings: Settings, folders: set[Path]) -> Iterator[Path]:
    """Yield unfinished files of killed processes, and caches of models without vectors."""
    archive = settings.archive
    yield from (path for path in settings.vectors.glob("*") if path not in folders)
    yield from archive.rglob(f".cercafoto-*{PARTIAL}")
    yield from archive.glob("catalogo.nuovo.sqlite3*")


def _journals(settings: Settings, mend: bool) -> Iterator[Finding]:
    """Yield findings about journals with damaged lines, which `mend` removes, and about journals
    that nobody on this computer signed."""
    seals = Seals(settings.archive, settings.configuration)
    foreign = dict[str, list[bytes]]()
    for name, (read, undo) in JOURNALS.items():
        for path in journals(settings.archive / name):
            run = RecordedRun(path, seals, read)
            for _, why in run.problems:
                can_mend = run.damaged > 0
                if mend and can_mend:
                    run.forget(())
                message = f"In un registro di quello che si può annullare: {why}."
                hint = "" if mend and can_mend else MEND if can_mend else "Controlla i permessi."
                where = (os.fsencode(path),)
                yield Finding("journals", message, hint, where, mended=mend and can_mend)
            if run.foreign:
                foreign.setdefault(undo, []).append(os.fsencode(path))
    for undo, paths in foreign.items():
        yield Finding(
            "unsigned",
            f"Registri di quello che si può annullare: {len(paths)}. Ogni registro {seals.reason}.",
            f"Niente succede da sé. Per vedere che cosa dice l'ultimo: cercafoto {undo}",
            tuple(paths),
            harmless=True,
        )


def _strangers(catalog: Catalog, settings: Settings) -> Iterator[Finding]:
    """Yield a finding if nobody on this computer signed the folder of collections, or some of its
    files."""
    seals = Seals(settings.archive, settings.configuration)
    keeper = FolderKeeper(catalog, seals)
    kept = keeper.setting()
    strangers = keeper.strangers(kept)
    if strangers or (kept is not None and not kept.is_ours):
        yield Finding(
            "unsigned",
            f"L'elenco dei file delle raccolte {seals.reason}.",
            "cercafoto li lascia come sono. Se sono suoi: cercafoto raccolte --cartella CARTELLA "
            "--conferma",
            tuple(path for path, *_ in strangers if isinstance(path, bytes)),
            harmless=True,
        )


def _photos(catalog: Catalog, mend: bool, full: bool, reporter: Reporter) -> Iterator[Finding]:
    """Yield findings about photo files that are gone, changed or cannot be read.

    A missing indexed folder is taken for a disconnected disk: its photos are not checked.

    mend: make the next `index` read photos again whose bytes changed without a change of date.
    """
    roots = catalog.folders.roots()
    away = [root for root in roots if not os.path.isdir(root)]
    absent, changed, rotten, unreadable = [], [], [], []
    photos = catalog.photos.digests()
    for done, (photo_id, path, size, mtime_ns, digest) in enumerate(photos, start=1):
        if away and any(is_inside(path, root) for root in away):
            continue
        try:
            status = os.stat(path)
            if stamp_of(status) != (size, mtime_ns):
                changed.append(path)
            elif full and digest_of(path) != digest.hex():
                rotten.append((photo_id, path))
        except FileNotFoundError:
            absent.append(path)
        except OSError:
            unreadable.append(path)
        reporter.progress(PHOTOS, done, len(photos), os.fsdecode(path))
    if rotten and mend:
        with catalog.transaction():
            catalog.intake.read_again([photo_id for photo_id, _ in rotten])
    for root in away:
        yield Finding(
            "away",
            f"{printable(root)} ora non c'è.",
            "Collega il disco per controllare anche le sue foto.",
            (root,),
            harmless=True,
        )
    if absent:
        yield Finding(
            "gone",
            f"Foto che non sono più al loro posto: {thousands(len(absent))}.",
            INDEX,
            tuple(absent),
        )
    if changed:
        yield Finding(
            "changed",
            f"Foto modificate dopo l'ultimo index: {thousands(len(changed))}.",
            INDEX,
            tuple(changed),
            harmless=True,
        )
    if unreadable:
        yield Finding(
            "unreadable",
            f"Foto che il disco non lascia leggere: {thousands(len(unreadable))}.",
            "Controlla il disco e i permessi.",
            tuple(unreadable),
        )
    if rotten:
        yield Finding(
            "bytes",
            "Foto il cui contenuto è cambiato senza che cambino data e dimensione: "
            f"{thousands(len(rotten))}.",
            "Può essere un disco che si guasta: confrontale con una copia di riserva. "
            + ("Il prossimo «cercafoto index» le rianalizza." if mend else MEND),
            tuple(path for _, path in rotten),
        )
