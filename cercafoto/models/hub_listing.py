"""Select the files to download from a repository on the Hub, and verify the downloaded files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cercafoto.base.paths import printable
from cercafoto.errors import ModelDownloadError, ModelError
from cercafoto.models.small_files import SMALL, require_size

LISTING = "elenco.json"
HEXADECIMAL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

# Only one format of weights is downloaded: a repository often has two or three.
_WEIGHTS = (
    re.compile(r"model\.safetensors"),
    re.compile(r"model-\d+-of-\d+\.safetensors|model\.safetensors\.index\.json"),
    re.compile(r"pytorch_model\.bin"),
    re.compile(r"pytorch_model-\d+-of-\d+\.bin|pytorch_model\.bin\.index\.json"),
)


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository.

    digest: SHA-256 of a large file, git's SHA-1 of a small one; "" if a mirror gives neither.
    """

    name: str
    size: int
    digest: str

    @property
    def small(self) -> bool:
        """Whether the file describes the model, instead of holding its weights."""
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
        """File name -> SHA-256, for each weight file that has one."""
        return {f.name: f.digest for f in self.files if not f.small and len(f.digest) == 64}

    def require_expected(self, revision: str | None, need_digests: bool) -> None:
        """Raise ModelDownloadError if `revision` is a commit and the Hub offers another.

        Also raises if the Hub does not say which commit it offers. A branch, a tag, or None (the
        branch main) may be at any commit.
        need_digests: also raise if the Hub declares no digest of a file.
        """
        wanted = revision or "main"
        pinned = HEXADECIMAL.fullmatch(wanted)
        if not HEXADECIMAL.fullmatch(self.commit) or (pinned and self.commit != wanted):
            raise ModelDownloadError(
                f"Alla richiesta di «{self.repo}» nella versione {wanted} l'Hub risponde con "
                f"un'altra, {printable(self.commit)[:80]}: non ho scaricato niente.",
                _MIRROR,
            )
        bare = next((file.name for file in self.files if not file.digest), None)
        if need_digests and bare:
            raise ModelDownloadError(
                f"Del file {bare} di «{self.repo}» l'Hub non dichiara l'impronta: non l'ho "
                "scaricato.",
                _MIRROR,
            )


_MIRROR = "Se HF_ENDPOINT indica un mirror, toglilo e riprova."


def select(repo: str, commit: str, files: Iterable[RemoteFile]) -> Listing:
    """Return the listing of the files to download.

    files: all files of the repository at this commit.
    Raises ModelError if `files` has no model for PyTorch, or if a small file is too large.
    """
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
    # Small files first: they show whether cercafoto can serve the model, before the large download.
    small = sorted(SMALL.keys() & present)
    for name in small:
        require_size(Path(name), present[name].size)
    names = small + weights
    return Listing(repo, commit, tuple(present[name] for name in names))


def is_complete(path: Path, file: RemoteFile) -> bool:
    """Return True if `path` exists and has the size and digest that the Hub declares."""
    return path.is_file() and path.stat().st_size == file.size and has_digest(path, file)


def has_digest(path: Path, file: RemoteFile) -> bool:
    """Return True if an existing file has the size and digest that the Hub declares.

    If the Hub declares no digest, only the size is compared.
    """
    if path.stat().st_size != file.size:
        return False
    if re.fullmatch(r"[0-9a-f]{64}", file.digest):
        hasher: Any = hashlib.sha256()
    elif re.fullmatch(r"[0-9a-f]{40}", file.digest):
        # git's hash of a file: SHA-1 over a header and the content. The Hub gives it for small
        # files; it guards against accidents, not against an attacker.
        hasher = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    else:
        return True  # a mirror without digests: only the size can be compared
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            hasher.update(block)
    return bool(hasher.hexdigest() == file.digest)


def save_listing(folder: Path, listing: Listing) -> None:
    """Write the listing into the download folder, so that a later run can do without the Hub."""
    (folder / LISTING).write_text(json.dumps(asdict(listing), indent=1), encoding="utf-8")


def saved_listing(folder: Path) -> Listing | None:
    """Return the listing that `save_listing` wrote, or None if there is none or it is damaged."""
    try:
        data = json.loads((folder / LISTING).read_text(encoding="utf-8"))
        files = tuple(RemoteFile(**file) for file in data["files"])
        return Listing(data["repo"], data["commit"], files)
    except (OSError, ValueError, KeyError, TypeError):
        return None
