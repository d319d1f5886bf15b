"""Resolve the folders and options of a run from command line, environment and platform."""

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

    archive: folder of the catalogue, the vector caches and the last answer. For a shared archive
        the folder holds only the last answer.
    models: folder of the prepared models, a cache: deleted models are prepared again.
    model: name of the model asked for, or "auto".
    offline: never use the network.
    thumbnails: folder of the small copies of photos, also a cache.
    configuration: folder of the person's key, which signs for all archives; see `base/seals.py`.
    shared: address of a shared archive; None to use the one in `archive`.
    mounts: "NAME=FOLDER" for each source of a shared archive whose photos are on this machine.
    device: what computes the vectors of an index, one of `devices.CHOICES`.
    people: whether the names of people in photos are shown, and found.
    command: the command that the person runs, such as "cercafoto index", for those who wait for the
        archive meanwhile; "" if it is not known.
    """

    archive: Path
    models: Path
    model: str = "auto"
    offline: bool = False
    thumbnails: Path = field(
        default_factory=lambda: _cache_folder("CERCAFOTO_MINIATURE", "miniature")
    )
    configuration: Path = field(default_factory=lambda: _configuration_folder())
    device: str = "auto"
    shared: str | None = field(default=None, repr=False)  # may contain a password
    mounts: tuple[str, ...] = ()
    people: bool = True
    command: str = ""

    @property
    def catalog(self) -> Path:
        return self.archive / "catalogo.sqlite3"

    @property
    def lacks_archive(self) -> bool:
        """Whether the archive is local and has no catalogue yet."""
        return self.shared is None and not os.path.exists(self.catalog)

    @property
    def faces(self) -> Path:
        """The file of faces, which exists only if the person asked for it."""
        return self.archive / "volti.db"

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
        """Return the settings. Arguments win over environment variables, and these over defaults.

        archive: folder of a local archive, or address of a shared archive.

        Raises UsageError if `archive` looks like a mistyped address of a shared archive.
        """
        env = os.environ
        chosen = archive or env.get("CERCAFOTO_ARCHIVIO") or None
        shared = str(chosen) if chosen and is_shared(str(chosen)) else None
        if chosen:
            refuse_mistyped(str(chosen))
        if shared:
            from hashlib import sha256

            # A folder name that does not reveal the password.
            name = sha256(masked(shared).encode()).hexdigest()[:16]
            chosen = _cache_folder("CERCAFOTO_CONDIVISI", "condivisi") / name
        if chosen is None:
            chosen = usual_archive()
        return cls(
            archive=Path(os.path.abspath(Path(chosen).expanduser())),
            models=_cache_folder("CERCAFOTO_MODELLI", "modelli"),
            model=model or env.get("CERCAFOTO_MODELLO") or "auto",
            # The values that huggingface_hub also takes for true.
            offline=offline
            or _truthy(env.get("HF_HUB_OFFLINE") or env.get("TRANSFORMERS_OFFLINE")),
            device=device or env.get("CERCAFOTO_DISPOSITIVO") or "auto",
            shared=shared,
            mounts=tuple(mounts or filter(None, env.get("CERCAFOTO_RADICI", "").split(";"))),
        )


def usual_archive() -> Path:
    """Return the folder of the archive if the person names none."""
    import platformdirs  # late, here and below: --help and the Tab key need no folder

    return Path(os.path.abspath(platformdirs.user_data_dir(APP, appauthor=False)))


def _cache_folder(variable: str, name: str) -> Path:
    """Return the folder that an environment variable names, else `name` in the user's cache."""
    if value := os.environ.get(variable):
        chosen = Path(value)
    else:
        import platformdirs

        chosen = Path(platformdirs.user_cache_dir(APP, appauthor=False)) / name
    return Path(os.path.abspath(chosen.expanduser()))


def _configuration_folder() -> Path:
    """Return the folder that CERCAFOTO_CONFIGURAZIONE names, else the user's own."""
    if value := os.environ.get("CERCAFOTO_CONFIGURAZIONE"):
        chosen = Path(value)
    else:
        import platformdirs

        chosen = Path(platformdirs.user_config_dir(APP, appauthor=False))
        if chosen == Path(platformdirs.user_data_dir(APP, appauthor=False)):
            # On macOS and Windows the archive lies there, and its copies must not have the key.
            chosen = chosen.with_name(f"{APP}-configurazione")
    return Path(os.path.abspath(chosen.expanduser()))
