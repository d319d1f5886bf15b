"""Sign what makes cercafoto write, move or delete files outside an archive.

An archive may come from a friend, a backup or another machine, and it cannot vouch for itself. So
its journals and its list of links are signed with a key that is kept outside the archive, one for
each person. A seal also depends on the place of the archive: a copy of an archive is another
archive. What has no right seal waits until the person confirms it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from cercafoto.base.atomic_file import fill_atomically, remove_leftovers
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import is_inside, printable

KEY = "chiave"  # name of the file with the key
KEY_BYTES = 32
SEAL_BYTES = 16
UNSIGNED = "non ha la firma di questo computer (questo archivio non è nato qui, o è stato spostato)"


class Seals:
    """Makes and checks the seals of one archive. The key is read, or made, on first use.

    archive: folder of the archive.
    configuration: folder of the person's key.
    """

    def __init__(self, archive: Path, configuration: Path) -> None:
        self.archive = archive
        self._configuration = configuration

    def seal(self, purpose: str, *parts: bytes) -> bytes:
        """Return the seal of `parts`; b"" if there is no key. purpose: what is sealed, so that a
        seal cannot be used for anything else."""
        key, _ = self._key
        if key is None:
            return b""
        import hashlib  # late, here and below: most commands sign nothing

        made = hashlib.blake2b(key=key, digest_size=SEAL_BYTES)
        for part in (purpose.encode(), self._place, *parts):
            made.update(len(part).to_bytes(8, "big"))
            made.update(part)
        return made.digest()

    def is_right(self, seal: object, purpose: str, *parts: bytes) -> bool:
        """Return True if `seal` is the seal of `parts`. Without a key, no seal is right."""
        import hmac

        right = self.seal(purpose, *parts)
        return isinstance(seal, bytes) and right != b"" and hmac.compare_digest(seal, right)

    @property
    def reason(self) -> str:
        """Why a seal is not right, as the end of a sentence in Italian."""
        return self._key[1] or UNSIGNED

    @cached_property
    def _place(self) -> bytes:
        return os.fsencode(os.path.normcase(os.path.realpath(self.archive)))

    @cached_property
    def _key(self) -> tuple[bytes | None, str]:
        """Return the key, made if there is none yet, and ""; or None, and why there is none."""
        path = self._configuration / KEY
        if is_inside(os.fsencode(os.path.normcase(os.path.realpath(path))), self._place):
            return None, (
                "non si può verificare, perché la chiave starebbe nell'archivio "
                f"({printable(path)}: "
                "indica un'altra cartella con CERCAFOTO_CONFIGURAZIONE)"
            )
        try:
            if not os.path.lexists(path):
                _make(path)
            key = _read(path)
        except OSError as error:
            reason = os_error_in_italian(error, "scrivere")
            return None, (
                f"non si può verificare, perché manca la chiave ({printable(path)}: {reason}; "
                "un'altra cartella si indica con CERCAFOTO_CONFIGURAZIONE)"
            )
        if len(key) != KEY_BYTES:
            return None, (
                f"non si può verificare, perché la chiave è rovinata ({printable(path)}: se "
                "cancelli questo file, cercafoto ne fa un'altra)"
            )
        return key, ""


def _make(path: Path) -> None:
    """Make the file of the key. If another process makes it at the same time, the first one stays.
    Raises OSError."""
    import secrets

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_leftovers(path.parent)
    with suppress(FileExistsError):
        fill_atomically(
            path, lambda stream: stream.write(secrets.token_bytes(KEY_BYTES)), mode=0o600
        )


def _read(path: Path) -> bytes:
    """Return the first bytes of the file of the key. Raises OSError, also if it is no file."""
    if not path.is_file():  # a pipe would be waited for
        raise OSError(0, "non è un file")
    with path.open("rb") as stream:
        if os.name == "posix" and os.fstat(stream.fileno()).st_mode & 0o077:
            with suppress(OSError):  # it belongs to another user
                os.fchmod(stream.fileno(), 0o600)
        return stream.read(KEY_BYTES + 1)
