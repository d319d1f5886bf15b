"""Download a checkpoint from the Hugging Face Hub: only the needed files, resumed and verified.

The only module that uses the network. huggingface_hub speaks the protocol (mirrors, tokens,
redirects, retries). Resuming in a later run and comparing digests is done here, because
huggingface_hub's own downloader starts again from nothing and compares only sizes.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.reporter import BYTES, SILENT, Reporter
from cercafoto.errors import (
    CercafotoError,
    DiskFullError,
    ModelDownloadError,
    ModelError,
    first_line,
)
from cercafoto.models.hub_listing import (
    HEXADECIMAL,
    Listing,
    RemoteFile,
    has_digest,
    is_complete,
    save_listing,
    saved_listing,
    select,
)
from cercafoto.models.space import require_space, space_needed

PARTIAL = ".parziale"

# Bytes written at a time. huggingface_hub's own 10 MB would be lost each time a connection is
# cut, and would move a progress bar once every ten seconds on a slow line.
CHUNK = 1 << 20


def endpoint() -> str:
    """Return the address of the Hub, or of the mirror in HF_ENDPOINT."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def download_folder(cache: Path, repo: str, revision: str | None) -> Path:
    """Return the folder in `cache` for a repository's files during download and preparation."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", f"{repo.replace('/', '--')}@{(revision or 'main')[:12]}")
    return cache / safe


def download(
    repo_id: str,
    revision: str | None,
    destination_cache: Path,
    reporter: Reporter = SILENT,
    offline: bool = False,
    check: Callable[[Path], None] | None = None,
    need_digests: bool = False,
) -> Path:
    """Download a checkpoint and return its folder, complete and verified.

    Files that are already there are verified and kept; partial ones are resumed.

    revision: commit, branch or tag; None for the branch main.
    destination_cache: parent of the folder, see `download_folder`.
    reporter: told of the bytes that arrive.
    offline: use no network; the folder must then be complete.
    check: called with the folder before the weights are downloaded; it may raise to stop.
    need_digests: see `Listing.require_expected`.

    Raises ModelDownloadError if the download fails or, offline, was not finished before;
    ModelError if the repository has no model that cercafoto can use or a file cannot be written;
    DiskFullError if the disk fills up or, before the first byte, if it has no room for the
    checkpoint and its preparation.
    """
    folder = download_folder(destination_cache, repo_id, revision)
    if offline:
        listing = saved_listing(folder)
        if listing is None:
            raise ModelDownloadError(
                f"«{repo_id}» non è su questo computer. Rete disattivata (--offline).",
                "Per scaricarlo togli --offline, e HF_HUB_OFFLINE se c'è.",
            )
    else:
        listing = _listing(repo_id, revision)
    listing.require_expected(revision, need_digests)
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(f.size for f in listing.files)
    missing = [f for f in listing.files if not is_complete(folder / f.name, f)]
    if missing and offline:
        raise ModelDownloadError(
            f"Il download di «{repo_id}» è a metà. Rete disattivata (--offline).",
            "Per finirlo togli --offline, e HF_HUB_OFFLINE se c'è: riprende da dove era arrivato.",
        )
    _require_space(folder, listing, missing)
    save_listing(folder, listing)
    present = total - sum(f.size for f in missing)
    for file in missing:
        if check is not None and not file.small:
            check(folder)
            check = None
        start = present

        def tell(here: int, start: int = start, name: str = file.name) -> None:
            reporter.progress(BYTES, start + here, total, name)

        _fetch(listing, file, folder, tell)
        present += file.size
    return folder


def _listing(repo: str, revision: str | None) -> Listing:
    hub = _huggingface_hub()
    try:
        info = hub.HfApi(endpoint=endpoint(), library_name="cercafoto").model_info(
            repo, revision=revision, files_metadata=True, timeout=30.0
        )
    except Exception as error:
        raise _hub_error(error, repo, revision) from error
    return select(repo, str(info.sha), (_remote(sibling) for sibling in info.siblings or []))


def _remote(sibling: Any) -> RemoteFile:
    lfs = sibling.lfs or {}
    digest = str(lfs.get("sha256") or sibling.blob_id or "").lower()
    return RemoteFile(
        name=sibling.rfilename,
        size=int(lfs.get("size") or sibling.size or 0),
        # It becomes part of a file name, so anything that is not a digest is dropped.
        digest=digest if HEXADECIMAL.fullmatch(digest) else "",
    )


def _fetch(listing: Listing, file: RemoteFile, folder: Path, tell: Callable[[int], None]) -> None:
    """Download one file into `folder`, resuming a partial one; rename it once its digest matches.

    tell: called with the number of bytes of the file that have arrived so far.
    """
    hub = _huggingface_hub()
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    partial = folder / f"{file.name}.{file.digest[:12]}{PARTIAL}"
    if partial.exists() and partial.stat().st_size > file.size:
        partial.unlink()
    try:
        with partial.open("ab") as stream:
            present = stream.tell()
            tell(present)
            if present < file.size or file.size == 0:
                http_get(
                    hub.hf_hub_url(
                        listing.repo, file.name, revision=listing.commit, endpoint=endpoint()
                    ),
                    _ProgressFile(stream, tell, file),  # type: ignore[arg-type]
                    resume_size=present,
                    # A compressed response would have another length.
                    headers=build_hf_headers(library_name="cercafoto")
                    | {"Accept-Encoding": "identity"},
                    expected_size=file.size,
                    displayed_filename=file.name,
                )
            stream.flush()
            os.fsync(stream.fileno())
    except Exception as error:
        raise _hub_error(error, listing.repo, listing.commit, partial) from error
    if not has_digest(partial, file):
        partial.unlink()
        raise ModelDownloadError(
            f"Il file {file.name} di «{listing.repo}» è arrivato diverso da quello che l'Hub "
            "dichiara, e l'ho cancellato.",
            "Riprova; se succede ancora, la rete o il mirror in HF_ENDPOINT alterano i file.",
        )
    partial.replace(folder / file.name)


class _ProgressFile:
    """A file that reports its size after every write, and raises ModelDownloadError instead of
    writing more bytes than declared.

    huggingface_hub writes to this file, and seeks back if a server ignores the request to resume.
    """

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None], file: RemoteFile) -> None:
        self._stream = stream
        self._tell = tell
        self._file = file

    def write(self, data: bytes) -> int:
        if self._stream.tell() + len(data) > self._file.size:
            raise ModelDownloadError(
                f"L'Hub manda più byte di quanti ne dichiara per il file {self._file.name}.",
                "Riprova; se succede ancora, la rete o il mirror in HF_ENDPOINT alterano i file.",
            )
        written = self._stream.write(data)
        self._tell(self._stream.tell())
        return written

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def truncate(self, size: int | None = None) -> int:
        return self._stream.truncate(size)


def _require_space(folder: Path, listing: Listing, missing: list[RemoteFile]) -> None:
    partial = sum(p.stat().st_size for p in folder.glob(f"*{PARTIAL}"))
    to_come = max(0, sum(f.size for f in missing) - partial)
    needed = to_come + space_needed(listing.weight_bytes)
    require_space(f"scaricare «{listing.repo}» e prepararlo", needed, folder.parent)


def _huggingface_hub() -> Any:
    # huggingface_hub reads it when imported. The Hub counts downloads anyway; nothing else is sent.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.utils import disable_progress_bars, logging

    constants.DOWNLOAD_CHUNK_SIZE = CHUNK
    disable_progress_bars()
    logging.set_verbosity_error()
    return huggingface_hub


def _hub_error(
    error: Exception, repo: str, revision: str | None, partial: Path | None = None
) -> CercafotoError:
    """Return the error to show a person for whatever huggingface_hub raised.

    partial: the file that was being written, if any.
    """
    from huggingface_hub import errors

    if isinstance(error, CercafotoError):
        return error
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFullError(
            f"Il disco si è riempito mentre scaricavo «{repo}» in {partial}.",
            "Libera spazio e riprova: il download riprende da dove era arrivato.",
        )
    if isinstance(error, errors.GatedRepoError):
        return ModelDownloadError(
            f"Per scaricare «{repo}» bisogna prima accettarne le condizioni.",
            f"Accettale su {endpoint()}/{repo}, poi metti il tuo token in HF_TOKEN.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return ModelDownloadError(
            f"«{repo}» sull'Hub non ha la versione {revision}.", "Controlla la versione."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return ModelDownloadError(
            f"Sull'Hub non c'è nessun modello «{repo}», o è privato.",
            "Controlla il nome; per un modello privato metti il tuo token in HF_TOKEN.",
        )
    if isinstance(error, errors.HFValidationError):
        return ModelDownloadError(
            f"«{repo}» non è il nome di un modello dell'Hub.",
            "Un nome dell'Hub è fatto così: autore/modello.",
        )
    if isinstance(error, PermissionError):
        return ModelError(
            f"Non si può scrivere in {partial} ({os_error_in_italian(error, 'scrivere')}).",
            "Controlla i permessi, oppure indica un'altra cartella con CERCAFOTO_MODELLI.",
        )
    detail = first_line(error)
    if isinstance(error, OSError) and error.errno is not None:
        detail = os_error_in_italian(error)
    if partial is None:
        return ModelDownloadError(
            f"L'Hub ({endpoint()}) non risponde come dovrebbe ({detail}).",
            "Controlla la connessione e riprova.",
        )
    return ModelDownloadError(
        f"Il download di «{repo}» si è interrotto ({detail}).",
        "Quello che è arrivato resta: riprova, e riprende da lì.",
    )
