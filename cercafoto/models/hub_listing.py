"""The files of a repository on the Hub that are a model, and whether those on the disk are they."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cercafoto.base.paths import printable
from cercafoto.errors import ModelDownloadError, ModelError
from cercafoto.models.small_files import SMALL, require_size

LISTING = "elenco.json"
HEXADECIMAL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

# One kind of weights only: a repository often has them two or three times over.
_WEIGHTS = (
    re.compile(r"model\.safetensors"),
    re.compile(r"model-\d+-of-\d+\.safetensors|model\.safetensors\.index\.json"),
    re.compile(r"pytorch_model\.bin"),
    re.compile(r"pytorch_model-\d+-of-\d+\.bin|pytorch_model\.bin\.index\.json"),
)


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository.

    digest: SHA-256 of a large file, git's SHA-1 of a small one, or empty where a mirror tells
        neither.
    """

    name: str
    size: int
    digest: str

    @property
    def small(self) -> bool:
        """Whether it is a file that describes the model, and not its weights."""
        return self.name in SMALL


@dataclass(frozen=True)
class Listing:
    """The files to download from one commit."""

    repo: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def weight_bytes(self) -> int:
        return sum(f.size for f in self.files if not f.small)

    @property
    def weight_digests(self) -> dict[str, str]:
        """SHA-256 of the weights, by the names of their files."""
        return {f.name: f.digest for f in self.files if not f.small and len(f.digest) == 64}

    def checked(self, revision: str | None, known_digests: Mapping[str, str] | None) -> Listing:
        """Compare it with the commit that was asked for, and with the digests that are known of
        its files; return it with these.

        known_digests: None for a model that cercafoto does not name; else each file needs a digest, from
            here or from the Hub.
        Raises ModelDownloadError for another commit or another file.
        """
        wanted = revision or "main"
        pinned = HEXADECIMAL.fullmatch(wanted)
        if not HEXADECIMAL.fullmatch(self.commit) or (pinned and self.commit != wanted):
            raise ModelDownloadError(
                f"Alla richiesta di «{self.repo}» nella versione {wanted} l'Hub risponde con "
                f"un'altra, {printable(self.commit)[:80]}: non ho scaricato niente.",
                _MIRROR,
            )
        if known_digests is None:
            return self
        files = tuple(
            replace(file, digest=known_digests.get(file.name, file.digest)) for file in self.files
        )
        for declared, file in zip(self.files, files, strict=True):
            if not file.digest or (len(declared.digest) == 64 and declared.digest != file.digest):
                raise ModelDownloadError(
                    f"Il file {file.name} che l'Hub offre per «{self.repo}» non è quello che "
                    "cercafoto conosce, o l'Hub non ne dichiara l'impronta: non l'ho scaricato.",
                    _MIRROR,
                )
        return replace(self, files=files)


_MIRROR = "Se HF_ENDPOINT indica un mirror, toglilo e riprova."


def select(repo: str, commit: str, files: Iterable[RemoteFile]) -> Listing:
    """Select the files to take. Raises ModelError if there is no model for PyTorch among them, or
    if a file that describes it is too large to be one."""
    present = {file.name: file for file in files}
    weights: list[str] = []
    for pattern in _WEIGHTS:
        weights = sorted(name for name in present if pattern.fullmatch(name))
        if weights:
            break
    if "config.json" not in present or not weights:
        raise ModelError(
            f"«{repo}» sull'Hub non è un modello che cercafoto possa usare: manca "
            + ("config.json." if "config.json" not in present else "un file di pesi per PyTorch."),
            "Servono config.json e model.safetensors oppure pytorch_model.bin.",
        )
    # Small files first: a model that we cannot serve shows itself before the large download.
    small = sorted(SMALL.keys() & present)
    for name in small:
        require_size(Path(name), present[name].size)
    names = small + weights
    return Listing(repo, commit, tuple(present[name] for name in names))


def is_complete(path: Path, file: RemoteFile) -> bool:
    """Tell whether the file is there, whole and right."""
    return path.is_file() and path.stat().st_size == file.size and has_digest(path, file)


def has_digest(path: Path, file: RemoteFile) -> bool:
    """Tell whether the file has the size and the digest that the Hub declares."""
    if path.stat().st_size != file.size:
        return False
    if re.fullmatch(r"[0-9a-f]{64}", file.digest):
        hasher: Any = hashlib.sha256()
    elif re.fullmatch(r"[0-9a-f]{40}", file.digest):
        # git's name of a blob: SHA-1 over a header and the content. It is what the Hub gives
        # for small files; it guards against accidents, not against an attacker.
        hasher = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    else:
        return True  # a mirror without digests: the size is all there is
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            hasher.update(block)
    return bool(hasher.hexdigest() == file.digest)


def save_listing(folder: Path, listing: Listing) -> None:
    """Write beside the files what they should be, so that a later run can do without the Hub."""
    (folder / LISTING).write_text(json.dumps(asdict(listing), indent=1), encoding="utf-8")


def saved_listing(folder: Path) -> Listing | None:
    """Read the listing that the download in `folder` was started with."""
    try:
        data = json.loads((folder / LISTING).read_text(encoding="utf-8"))
        files = tuple(RemoteFile(**file) for file in data["files"])
        return Listing(data["repo"], data["commit"], files)
    except (OSError, ValueError, KeyError, TypeError):
        return None
