"""Italian messages for operating-system errors."""

from __future__ import annotations

import errno

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
}
# Of network disks; Windows has no such numbers.
for _name in ("ESTALE", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH"):
    if hasattr(errno, _name):
        _REASONS[getattr(errno, _name)] = "il disco di rete non risponde"


def os_error_in_italian(error: OSError, verb: str = "leggere") -> str:
    """Say why an operation failed, in the system's own words where we have none.

    verb: the operation in Italian.
    """
    reason = _REASONS.get(error.errno or 0)
    return reason.format(verb=verb) if reason else error.strerror or str(error)
