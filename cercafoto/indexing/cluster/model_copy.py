"""Send a model to the machines of a cluster.

The files of the model travel as arrays. Ray sends them to each machine once, and all processes of
the machine share them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from cercafoto.base.atomic_file import translated_errors
from cercafoto.errors import ModelError
from cercafoto.models.model_folder import DESCRIPTION, ModelFolder
from cercafoto.models.registry import Registry
from cercafoto.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Files = Mapping[str, NDArray[np.uint8]]


def packed(folder: ModelFolder) -> Files:
    """Return the files of a model, to be sent: name -> content as uint8 [bytes]."""
    import numpy as np

    names = (DESCRIPTION, *folder.files)
    return {name: np.fromfile(folder.path / name, dtype=np.uint8) for name in names}


def find(fingerprint: str) -> ModelFolder | None:
    """Return the model if it is installed on this machine or was received before, else None.

    Raises ModelError if the received model is damaged.
    """
    settings = Settings.resolve()
    installed = Registry(settings).find_by_fingerprint(fingerprint)
    if installed is not None:
        return installed
    received = _place(settings, fingerprint)
    return ModelFolder.open(received) if received.exists() else None


def receive(files: Files, fingerprint: str) -> ModelFolder:
    """Write a model that came from another machine to this one's disk, and return it.

    If another process of this machine has written it, that model is returned. Every file is
    verified first. Raises ModelError (the model arrived damaged), DiskFullError, CercafotoError
    (the disk cannot be written).
    """
    place = _place(Settings.resolve(), fingerprint)
    with translated_errors(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock"):
            if not place.exists():
                _write(files, fingerprint, place)
    return ModelFolder.open(place)


def _write(files: Files, fingerprint: str, place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".") as work:
        whole = Path(work, "model")
        whole.mkdir()
        for name, content in files.items():
            content.tofile(whole / name)
        model = ModelFolder.open(whole)
        model.verify()
        if model.fingerprint != fingerprint:
            raise ModelError(f"Il modello «{model.name}» è arrivato diverso da com'era partito.")
        whole.rename(place)


def _place(settings: Settings, fingerprint: str) -> Path:
    """Return the folder of a received model, hidden among the prepared models."""
    return settings.models / f".ricevuto-{fingerprint[:16]}"
