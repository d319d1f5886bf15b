"""Prepare a model from a name, a Hub id or a folder: download it, prepare it, tidy up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import ModelError, UnknownModelError, UsageError
from cercafoto.models.hub import PARTIAL, download, download_folder
from cercafoto.models.hub_listing import saved_listing
from cercafoto.models.model_folder import DESCRIPTION, ModelFolder
from cercafoto.models.prepare.convert import copy_model, prepare, require_torch, sweep
from cercafoto.models.prepare.quantization import AUTO
from cercafoto.models.prepare.transformers_checkpoint import Description, card_licence
from cercafoto.models.registry import (
    EMBEDDED,
    KNOWN,
    OFFERED,
    SIGLIP_2,
    KnownModel,
    Registry,
    check_name,
    name_from,
)
from cercafoto.settings import Settings

DOWNLOADS = ".scaricati"
LOCK = ".blocco"


def obtain(
    settings: Settings,
    model: str,
    reporter: Reporter = SILENT,
    name: str | None = None,
    precision: str = AUTO,
    photos: Sequence[Path] = (),
) -> ModelFolder:
    """Return the model called `model`, downloading and preparing it if it is not ready yet.

    The downloaded checkpoint is deleted after a successful preparation and kept after a failed
    one.

    model: a known name, a Hub id, or "mini" for the embedded model.
    reporter: told of the licence, of the bytes that arrive, and of each stage of the preparation.
    name: name for the prepared model; None takes the known name or the last part of the Hub id.
    precision, photos: see `quantization.lighten`.
    Raises ModelError (unknown or unusable model, or another model has this name),
    ModelDownloadError, DiskFullError; UsageError for a bad name.
    """
    preset = next((k for k in KNOWN.values() if model in {k.name, k.repo}), None)
    if model == EMBEDDED:
        return Registry(settings).embedded()
    if preset is None and model.count("/") != 1:
        raise UnknownModelError(
            f"Non c'è nessun modello da scaricare che si chiami «{model}».",
            f"Si scaricano: {', '.join(OFFERED)}. Di ogni altro scrivi la sigla dell'Hub, come "
            f"{SIGLIP_2.repo}.",
        )
    repo = preset.repo if preset else model
    revision = preset.revision if preset else None
    name = check_name(name) if name else (preset.name if preset else name_from(repo))
    if ready := _ready(settings, name, {"repo": repo}):
        return ready
    with _model_lock(settings.models):
        if ready := _ready(settings, name, {"repo": repo}):
            return ready  # another process has just prepared it
        cache = settings.models / DOWNLOADS
        new = not download_folder(cache, repo, revision).exists()
        if preset and new and not settings.offline:
            reporter.say(licence_notice(preset))

        def before_weights(checkpoint: Path) -> None:
            _require_usable(checkpoint)
            if preset is None:
                reporter.say(card_notice(str(name), checkpoint))

        checkpoint = download(
            repo,
            revision,
            cache,
            reporter,
            settings.offline,
            before_weights,
            need_digests=preset is not None,
        )
        folder = prepare(
            checkpoint,
            settings.models / name,
            name,
            {"repo": repo, **_download_record(checkpoint)},
            preset.licence if preset else None,
            reporter.say,
            precision,
            photos,
        )
        shutil.rmtree(checkpoint, ignore_errors=True)
        _remove_empty(cache)
    return folder


def add(
    settings: Settings,
    source: str,
    reporter: Reporter = SILENT,
    name: str | None = None,
    precision: str = AUTO,
    photos: Sequence[Path] = (),
) -> ModelFolder:
    """Prepare the model `source`, a Hub id or a local folder, and return it.

    An existing folder is preferred to a Hub id; text that looks like a path is never sent to the
    Hub. Other parameters as `obtain`. Raises as `obtain` and `add_local` do.
    """
    path = Path(source).expanduser()
    if path.is_dir() or path.is_absolute() or source.startswith("."):
        return add_local(settings, path, reporter, name, precision, photos)
    return obtain(settings, source, reporter, name, precision, photos)


def add_local(
    settings: Settings,
    path: Path,
    reporter: Reporter = SILENT,
    name: str | None = None,
    precision: str = AUTO,
    photos: Sequence[Path] = (),
) -> ModelFolder:
    """Add the checkpoint or finished model in `path` to this machine's models, and return it.

    name: name for a checkpoint's model; None takes the name of the folder. A finished model keeps
        the name in its description. Other parameters as `obtain`.
    Raises ModelError, DiskFullError; UsageError for a bad name, or for a `name` that is not the
    finished model's.
    """
    path = path.expanduser().absolute()
    if (path / DESCRIPTION).is_file():
        finished = ModelFolder.open(path)
        if name not in {None, finished.name}:
            raise UsageError(
                f"Il modello in {path} si chiama «{finished.name}» e non si può rinominare.",
                "Aggiungilo senza --nome.",
            )
        check_name(finished.name)
        with _model_lock(settings.models):
            return copy_model(finished, settings.models / finished.name)
    name = check_name(name) if name else name_from(path.name)
    source = {"path": str(path)}
    _ready(settings, name, source)
    with _model_lock(settings.models):
        Description.read(path)  # a folder that is no model has no licence to tell
        reporter.say(card_notice(name, path))
        return prepare(
            *(path, settings.models / name, name, source, None, reporter.say, precision, photos)
        )


def licence_notice(model: KnownModel) -> str:
    """Return the Italian notice about a model's licence, to show before the download."""
    return (
        f"{model.title} è distribuito dai suoi autori con licenza {model.licence} "
        f"(https://huggingface.co/{model.repo}). Viene scaricato per te: non fa parte di "
        "cercafoto e le sue condizioni valgono se lo ridistribuisci."
    )


def card_notice(name: str, checkpoint: Path) -> str:
    """Return the Italian line about the licence that a checkpoint's card states.

    Shown before the weights are downloaded or prepared, so that a person can still stop.
    """
    licence = card_licence(checkpoint / "README.md")
    line = f"Licenza del modello «{name}», dalla sua scheda: {licence}."
    if re.search(r"\bnc\b|non-?commercial", licence.lower()):
        line += " È solo per usi non commerciali."
    return line


def _ready(settings: Settings, name: str, source: dict[str, Any]) -> ModelFolder | None:
    """Return the prepared model called `name`; None if there is none or it is damaged.

    source: entries that "source" in the model's `model.json` must have.
    Raises ModelError if a model of this name comes from elsewhere.
    """
    try:
        folder = Registry(settings).find(name)
    except ModelError:
        return None  # damaged: prepare it again
    if folder is None:
        return None
    if any(folder.source.get(key) != value for key, value in source.items()):
        raise ModelError(
            f"C'è già un modello «{name}», di altra origine "
            f"({folder.source.get('repo') or folder.source.get('path') or folder.path}).",
            "Scegli un altro nome con --nome.",
        )
    return folder


def _require_usable(checkpoint: Path) -> None:
    """Raise ModelError if a checkpoint cannot be served, or needs torch and torch is missing.

    Called before the weights are downloaded. Before it raises, it deletes the folder, unless an
    earlier attempt left partial weights there.
    """
    from cercafoto.models.prepare.known_towers import KnownTowers

    try:
        if KnownTowers.of(Description.read(checkpoint)) is None:
            require_torch()
    except ModelError:
        if not any(checkpoint.glob(f"*{PARTIAL}")):  # keep weights of an earlier attempt
            shutil.rmtree(checkpoint, ignore_errors=True)
            _remove_empty(checkpoint.parent)
        raise


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _download_record(checkpoint: Path) -> dict[str, Any]:
    """Return the commit and the SHA-256 of the weights of a download, for `model.json`; {} if its
    listing is damaged."""
    listing = saved_listing(checkpoint)
    return {"revision": listing.commit, "sha256": listing.weight_digests} if listing else {}


@contextmanager
def _model_lock(models: Path) -> Iterator[None]:
    """Hold the lock for preparing models, and remove leftovers of a preparation that was killed.

    Raises ModelError at once if another process holds the lock, because a preparation may take
    minutes; also if the folder `models` cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        models.mkdir(parents=True, exist_ok=True)
        with FileLock(models / LOCK, timeout=0):
            sweep(models)
            yield
    except Timeout as error:
        raise ModelError(
            "Un altro cercafoto sta già scaricando o preparando un modello.",
            "Aspetta che finisca e riprova.",
        ) from error
    except PermissionError as error:
        raise ModelError(
            f"Non si può scrivere nella cartella dei modelli {models} "
            f"({os_error_in_italian(error, 'scrivere')}).",
            "Controlla i permessi, oppure indica un'altra cartella con CERCAFOTO_MODELLI.",
        ) from error
