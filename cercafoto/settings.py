"""Paths and options, resolved once from the command line, the environment and the platform."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cercafoto.base.shared_address import is_shared, masked, refuse_mistyped

APP = "cercafoto"


def _truthy(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on", "si", "sì"}


@dataclass(frozen=True)
class Settings:
    """Folders and options of a run.

    archive: folder of the catalogue, the vector caches and the remembered answers; with a shared
        archive, of these last alone.
    models: folder of the prepared models (a cache: anything in it can be made again).
    model: name of the model asked for, or "auto".
    offline: never try the network.
    thumbnails: folder of the small copies of photos (a cache too).
    shared: address of a shared archive, None for the one in `archive`.
    mounts: where sources of a shared archive are here, NAME=FOLDER each.
    device: what computes the vectors of an index, one of `devices.CHOICES`.
    """

    archive: Path
    models: Path
    model: str = "auto"
    offline: bool = False
    thumbnails: Path = field(
        default_factory=lambda: _cache_folder("CERCAFOTO_MINIATURE", "miniature")
    )
    device: str = "auto"
    shared: str | None = field(default=None, repr=False)  # it may have a password in it
    mounts: tuple[str, ...] = ()

    @property
    def catalog(self) -> Path:
        return self.archive / "catalogo.sqlite3"

    @property
    def lacks_archive(self) -> bool:
        """Whether nothing was indexed here yet."""
        return self.shared is None and not os.path.exists(self.catalog)

    @property
    def vectors(self) -> Path:
        return self.archive / "vettori"

    @property
    def label_vectors(self) -> Path:
        return self.archive / "etichette"

    @classmethod
    def resolve(
        cls,
        archive: Path | str | None = None,
        model: str | None = None,
        offline: bool = False,
        device: str | None = None,
        mounts: Sequence[str] = (),
    ) -> Settings:
        """Resolve them: options win over the environment, that over the platform's folders.

        Raises UsageError for an archive that is meant as an address, and is none.
        """
        env = os.environ
        chosen = archive or env.get("CERCAFOTO_ARCHIVIO") or None
        shared = str(chosen) if chosen and is_shared(str(chosen)) else None
        if chosen:
            refuse_mistyped(str(chosen))
        if shared:
            from hashlib import sha256

            # A name for it that says nothing of its password.
            name = sha256(masked(shared).encode()).hexdigest()[:16]
            chosen = _cache_folder("CERCAFOTO_CONDIVISI", "condivisi") / name
        if chosen is None:
            # Here and below: the help and the Tab key ask for no folder, and do not wait for it.
            import platformdirs

            chosen = Path(platformdirs.user_data_dir(APP, appauthor=False))
        return cls(
            archive=Path(os.path.abspath(Path(chosen).expanduser())),
            models=_cache_folder("CERCAFOTO_MODELLI", "modelli"),
            model=model or env.get("CERCAFOTO_MODELLO") or "auto",
            # As huggingface_hub reads them.
            offline=offline
            or _truthy(env.get("HF_HUB_OFFLINE") or env.get("TRANSFORMERS_OFFLINE")),
            device=device or env.get("CERCAFOTO_DISPOSITIVO") or "auto",
            shared=shared,
            mounts=tuple(mounts) or _split_list(env.get("CERCAFOTO_RADICI")),
        )


def _split_list(value: str | None) -> tuple[str, ...]:
    """Read a list, with a semicolon between two."""
    return tuple(part for part in (value or "").split(";") if part)


def _cache_folder(variable: str, name: str) -> Path:
    """Find a cache: the folder that a variable of the environment names, or the platform's."""
    if value := os.environ.get(variable):
        chosen = Path(value)
    else:
        import platformdirs

        chosen = Path(platformdirs.user_cache_dir(APP, appauthor=False)) / name
    return Path(os.path.abspath(chosen.expanduser()))
