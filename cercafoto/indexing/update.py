"""Carry out one `index`: lock the archive, choose folders and model, run, report.

A change of models may be under way: then all photos get vectors of the new model.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.local import left_aside
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.own_files import SET_ASIDE
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.paths import absolute, is_inside, printable
from cercafoto.base.reporter import Reporter
from cercafoto.errors import FolderNotFoundError, UsageError
from cercafoto.indexing.comparison import DESCRIBED, Comparison
from cercafoto.indexing.folder_choices import FolderChoices, WalkFactory
from cercafoto.indexing.index_report import IndexReport
from cercafoto.indexing.index_run import IndexRun
from cercafoto.indexing.stored_metadata import recompute_metadata
from cercafoto.indexing.thing_sense import see_indexed
from cercafoto.looking.sense import Request
from cercafoto.models.encode import devices
from cercafoto.models.model_choice import choose, remembered
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import AUTO, Registry, model_gone
from cercafoto.photos.opening import PhotoFolders
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.archive.local.own_folders import OwnFolders
    from cercafoto.indexing.cluster.cluster_options import ClusterChoices
    from cercafoto.indexing.thumbnails_ahead import SmallCopyKeeper
    from cercafoto.indexing.workers import Workers


def update(
    archive: LocalArchive,
    folders: Sequence[Path],
    choices: FolderChoices | None,
    *,
    retry: bool,
    wait: bool,
    thumbnails: bool,
    cluster: ClusterChoices | None,
    by_person: bool,
    reporter: Reporter,
) -> IndexReport:
    """Bring the archive up to date and return the report; see `Library.index`."""
    settings, choices = archive.settings, choices or FolderChoices()
    named = [absolute(folder) for folder in folders]
    choices.check()
    if cluster is None:
        devices.check(settings.device)
    else:  # the cluster's machines may offer other devices
        cluster.check()
        devices.check_name(settings.device)
    if not settings.catalog.exists():
        _refuse_missing(named, ())  # before anything is made
    with archive.writing(wait, reporter) as catalog:
        roots = catalog.folders.roots()
        _refuse_missing(named, roots)
        _finish_moves(archive, catalog, reporter)
        folder = _model(settings, catalog, reporter)
        own = archive.own_folders(catalog, confirmed=False) if by_person else None
        _remember(catalog, named, choices, roots, own)
        active = catalog.models.active_model
        model_id = _model_id_for_run(catalog, folder)
        walks = WalkFactory(catalog)
        walks.refuse_left_out(named)
        # A switch of models embeds all folders: until it is complete, searches use the old model
        # and would not find photos that have only a vector of the new one.
        switching = active not in (None, model_id)
        targets = [*named, *walks.roots] if switching or not named else named
        again = recompute_metadata(catalog, reporter)
        comparison = Comparison.of(catalog, model_id, _outermost(targets), walks, retry)
        comparison.counts[DESCRIBED] += again
        # What may be opened -> whether to follow links in it. A link may be to a single photo.
        links = {path: True for path in named if os.path.islink(path)}
        known = catalog.folders.indexed_folders() | links
        opened = PhotoFolders.fixed(known)
        workers: Workers | None = None
        copies: SmallCopyKeeper | None = None
        if comparison.to_read:
            if cluster is not None:
                from cercafoto.indexing.cluster.ray_workers import RayWorkers

                workers = RayWorkers(
                    cluster, folder, settings.device, catalog, model_id, known, reporter
                )
            else:
                from cercafoto.indexing.workers import LocalWorkers  # late: most runs read nothing
                from cercafoto.models.encode.device_encoder import open_encoder
                from cercafoto.models.encode.things_encoder import things_encoder

                photos = len(comparison.to_read)
                encoder = open_encoder(folder, settings.device, photos, reporter.say)
                copies = _copy_keeper(settings, catalog, photos) if thumbnails else None
                side = copies.side if copies else None
                things = things_encoder()
                workers = LocalWorkers(encoder, things, catalog, model_id, opened, side)
        left_aside.remember(catalog, comparison.left_aside)
        run = IndexRun(
            *(catalog, folder.name, workers, opened, walks.roots, model_id),
            *(comparison, reporter, copies),
        )
        if comparison.is_work:
            _carry_out(catalog, run, model_id)
        report = run.report()
        if switching and report.pending == 0:
            with catalog.transaction():
                catalog.models.put("model", str(model_id))
        archive.kept_vectors.bring_up_to_date(catalog)  # their caches too, while nobody else writes
        if comparison.is_work:
            catalog.keep_facets()
        seen = see_indexed(Request(archive, catalog, retry=retry, reporter=reporter))
        if seen:
            catalog.keep_facets()
        return _with_named(replace(report, seen=seen), catalog, named)


def _refuse_missing(named: Sequence[bytes], roots: Sequence[bytes]) -> None:
    """Raise FolderNotFoundError if a folder does not exist, UsageError if there is none to index.

    A missing folder in `roots`, the indexed folders, is accepted: it is on a disconnected disk.
    """
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


def _finish_moves(archive: LocalArchive, catalog: Catalog, reporter: Reporter) -> None:
    """Tidy up after moves of duplicates that were interrupted."""
    if (archive.settings.archive / SET_ASIDE).exists():
        from cercafoto.indexing.set_aside import tidy_up  # late: few ever do

        if told := tidy_up(archive, catalog):
            reporter.say(told)


def _model(settings: Settings, catalog: Catalog, reporter: Reporter) -> ModelFolder:
    """Return the model to use: the one that the person chose, else the one that a switch is under
    way to, else the archive's, else the default for a new archive.

    If the archive's edition of its model is gone, another edition with the same name is returned.
    Raises ModelError if there is none.
    """
    current = catalog.models.active_model
    if settings.model == AUTO and not remembered(settings) and current is not None:
        fingerprint, name, _ = catalog.models.model(
            int(catalog.models.get("wanted_model") or current)
        )
        registry = Registry(settings)
        folder = registry.find_by_fingerprint(fingerprint) or registry.find(name)
        if folder is not None:
            return folder
        raise model_gone(name)
    return choose(settings, reporter)


def _remember(
    catalog: Catalog,
    named: Sequence[bytes],
    choices: FolderChoices,
    roots: Sequence[bytes],
    own: OwnFolders | None,
) -> None:
    """Store the folders in `named` that are new, and the choices for `named`.

    own: the person's folders, of which `named` are from now on; None if the person named none.
    """
    new = [
        path
        for path in named
        if os.path.isdir(path) and not any(is_inside(path, root) for root in roots)
    ]
    sealed = own.named(named, choices.follow_links) if own else set()
    if new or choices or sealed:
        with catalog.transaction():
            for path in new:
                catalog.folders.add_root(path)
            choices.remember(catalog, named)
            if own:
                own.store(sealed)


def _model_id_for_run(catalog: Catalog, folder: ModelFolder) -> int:
    """Return the id of the model that this run uses, and store it as the wanted model.

    If the run is interrupted, the next one continues with this model.
    """
    model_id = catalog.models.model_id(folder.fingerprint)
    if model_id is None or catalog.models.get("wanted_model") != str(model_id):
        with catalog.transaction():
            model_id = catalog.models.add_model(
                folder.fingerprint, folder.name, folder.version, folder.dimension
            )
            if catalog.models.active_model is None:
                catalog.models.put("model", str(model_id))
            catalog.models.put("wanted_model", str(model_id))
    return model_id


def _copy_keeper(settings: Settings, catalog: Catalog, photos: int) -> SmallCopyKeeper | None:
    """Return what keeps small copies of the photos to read. photos: their number."""
    from cercafoto.indexing.thumbnails_ahead import copy_keeper  # late: few want them

    return copy_keeper(settings, catalog.photos.counts().photos + photos)


def _with_named(report: IndexReport, catalog: Catalog, named: Sequence[bytes]) -> IndexReport:
    """Return a report that also says which of the folders in `named` have no photos, and whether
    the only one is a file."""
    unreadable = {path for path, _ in report.unreadable}
    empty = [path for path in named if path not in unreadable and not catalog.photos.knows(path)]
    only_file = named[0] if len(named) == 1 and not os.path.isdir(named[0]) else b""
    return replace(report, empty=tuple(empty), only_file=only_file)


def _outermost(paths: Sequence[bytes]) -> list[bytes]:
    """Return the paths that lie inside no other one, without duplicates, in the same order."""
    unique = list(dict.fromkeys(paths))
    return [p for p in unique if not any(p != q and is_inside(p, q) for q in unique)]


def _carry_out(catalog: Catalog, run: IndexRun, model_id: int) -> None:
    with catalog.transaction():
        run_id = catalog.folders.start_run("index", model_id)
    outcome = "interrupted"
    try:
        run.apply()
        outcome = "done"
    finally:
        with catalog.transaction():
            catalog.folders.end_run(run_id, outcome, run.embedded)
