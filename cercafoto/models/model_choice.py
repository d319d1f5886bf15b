"""Choose the model for an index: the one named, the one chosen before, CLIP-Italian if it is
prepared, or the embedded one. Nothing is asked or downloaded. `use` stores a choice beside the
catalogue.
"""

from __future__ import annotations

import errno
import json
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.base.bounded_json import read_json
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.reporter import Reporter
from cercafoto.errors import ArchiveError, DiskFullError
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import AUTO, CLIP_ITALIAN, EMBEDDED, Registry, unknown
from cercafoto.settings import Settings

ANSWERS = "scelte.json"
LARGEST = 1 << 16  # bytes


def choose(settings: Settings, reporter: Reporter) -> ModelFolder:
    """Return the model to index with.

    This is the model that `settings.model` names. For "auto" it is the model that `use` stored,
    else CLIP-Italian if it is prepared, else the embedded model.

    reporter: told if the model that `use` stored is gone.
    Raises ModelError for an unknown name or a damaged model.
    """
    registry = Registry(settings)
    if settings.model != AUTO:
        return _named(registry, settings.model)
    if default := remembered(settings):
        if folder := registry.find(default):
            return folder
        reporter.say(
            f"Il modello «{default}», scelto con «cercafoto modello usa», non c'è più: uso quello "
            "di un archivio nuovo."
        )
    return registry.find(CLIP_ITALIAN.name) or registry.embedded()


def use(settings: Settings, name: str, archive_model: str | None = None) -> ModelFolder:
    """Store `name` as the model that "auto" stands for, and return the model that `index` will use.

    name: "auto" removes the stored choice.
    archive_model: name of the model of the archive that exists, which it keeps with "auto".
    Raises ModelError for an unknown name or a damaged model; ArchiveError or DiskFullError if the
    choice cannot be written.
    """
    answers = _read(settings)
    if name == AUTO:
        answers.pop("modello", None)
        _write(settings, answers)
        return _named(Registry(settings), preferred(settings, archive_model))
    folder = _named(Registry(settings), name)
    answers["modello"] = folder.name
    _write(settings, answers)
    return folder


def remembered(settings: Settings) -> str | None:
    """Return the name that `use` stored; None if there is none."""
    name = _read(settings).get("modello")
    return name if isinstance(name, str) else None


def is_first_time(settings: Settings) -> bool:
    """Return True once for an archive, and note that the person was told of larger models."""
    answers = _read(settings)
    if answers.get("modelli_grandi"):
        return False
    try:
        _write(settings, answers | {"modelli_grandi": "detto"})
    except (ArchiveError, DiskFullError):
        return False  # a remark is not worth an error
    return True


def preferred(settings: Settings, archive_model: str | None = None) -> str:
    """Return the name of the model that `index` would use.

    archive_model: name of the model of the archive that exists; None for a new archive.
    """
    if settings.model != AUTO:
        return settings.model
    ready = {folder.name for folder in Registry(settings).prepared()} | {EMBEDDED}
    for name in (remembered(settings) or archive_model, CLIP_ITALIAN.name):
        if name in ready:
            return str(name)
    return EMBEDDED


def _named(registry: Registry, name: str) -> ModelFolder:
    folder = registry.find(name)
    if folder is None:
        raise unknown(name)
    return folder


def _read(settings: Settings) -> dict[str, Any]:
    try:
        answers = read_json(settings.archive / ANSWERS, LARGEST)
    except (OSError, ValueError):
        return {}  # nothing was ever chosen, or the file is damaged
    return answers if isinstance(answers, dict) else {}


def _write(settings: Settings, answers: dict[str, Any]) -> None:
    path = settings.archive / ANSWERS
    try:
        with replacing(path) as partial:
            partial.write_text(json.dumps(answers, indent=2, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(
                f"Il disco è pieno: non si può scrivere {path}.", "Libera un po' di spazio."
            ) from error
        raise ArchiveError(
            f"Non si può scrivere {path} ({os_error_in_italian(error, 'scrivere')}).",
            "Controlla i permessi della cartella o scegline un'altra con --archivio.",
        ) from error
