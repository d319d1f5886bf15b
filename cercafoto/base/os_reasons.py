"""Italian messages for operating-system errors."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

_REASONS = {
    errno.ENOENT: "non c'è",
    errno.ENOTDIR: "non c'è",
    errno.EACCES: "non hai il permesso di {verb}",
    errno.EPERM: "non hai il permesso di {verb}",
    errno.EROFS: "il disco è di sola lettura",
    errno.EEXIST: "c'è già un file con questo nome",
    errno.EIO: "il disco non riesce a {verb}",
    errno.ENODEV: "il disco non c'è",
    errno.ENXIO: "il disco non c'è",
    errno.ELOOP: "i collegamenti girano in tondo",
    errno.ENAMETOOLONG: "il percorso è troppo lungo",
    errno.EMFILE: "troppi file aperti insieme",
    errno.ENFILE: "troppi file aperti insieme",
    errno.ENOMEM: "memoria insufficiente",
    errno.ETIMEDOUT: "il disco di rete non risponde",
    errno.EISDIR: "è una cartella",
    errno.ENOTEMPTY: "la cartella non è vuota",
    errno.ENOSPC: "il disco è pieno",
    errno.EFBIG: "il file diventerebbe troppo grande per questo disco",
    errno.EXDEV: "sta su un altro disco",
    errno.EBUSY: "lo sta usando un altro programma",
    errno.EAGAIN: "lo sta usando un altro programma",
    errno.EINVAL: "il sistema non accetta questo nome o questa operazione",
    errno.EMLINK: "ci sono troppi collegamenti",
    errno.EPIPE: "chi leggeva ha smesso",
    errno.ECONNREFUSED: "la connessione è stata rifiutata",
    errno.ECONNRESET: "la connessione è caduta",
    errno.ENETUNREACH: "la rete non si raggiunge",
    errno.EADDRINUSE: "la porta è già occupata",
}
# Error numbers that some systems, such as Windows, do not have.
for _reason, _names in {
    "il disco di rete non risponde": ("ESTALE", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH"),
    "lo spazio che ti spetta su questo disco è finito": ("EDQUOT",),
    "il disco non sa fare questa operazione": ("ENOTSUP", "EOPNOTSUPP", "ENOSYS"),
    "il file è in uso come programma": ("ETXTBSY",),
}.items():
    for _name in _names:
        if hasattr(errno, _name):
            _REASONS[getattr(errno, _name)] = _reason


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Give this path to an OSError of the block that names no file, as one of a write does not."""
    try:
        yield
    except OSError as error:
        if error.errno and error.filename is None:
            error.filename = os.fspath(path)
        raise


def unreadable(error: OSError) -> str:
    """Return in Italian that a file does not exist, or cannot be read and why."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "non esiste"
    return f"non si può leggere ({os_error_in_italian(error)})"


def os_error_in_italian(error: OSError, verb: str = "leggere") -> str:
    """Return in Italian why an operation failed; an error without a known reason gives its number.

    An OSError without a number gives its own text.

    verb: infinitive of the operation, such as "leggere".
    """
    if not error.errno:
        return error.strerror or str(error) or type(error).__name__
    reason = _REASONS.get(error.errno, "errore {number} del sistema")
    return reason.format(verb=verb, number=error.errno)
