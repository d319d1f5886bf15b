"""The users of a shared page: a text file with a line for each, `name:rights:hash`.

Blank lines and those that begin with # are left alone. The file is for its owner alone, or for a
group that may read it; whoever else could write it could let himself in.
"""

from __future__ import annotations

import os
import re
import stat
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from cercafoto.base.atomic_file import fill_atomically, translated_errors
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.web.passwords import is_hash

SEARCH, LABEL = "cerca", "cerca+etichetta"
RIGHTS = (SEARCH, LABEL)
LONGEST_NAME = 64
NAME = re.compile(rf"[\w.@-]{{1,{LONGEST_NAME}}}")
OTHERS_MAY = stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH  # what nobody else may do with the file


class UserFileError(CercafotoError):
    """The file of the users is not there, is damaged, or is open to others."""


@dataclass(frozen=True)
class User:
    """rights: one of RIGHTS."""

    name: str
    rights: str
    hash: str = field(repr=False)

    @property
    def may_label(self) -> bool:
        return self.rights == LABEL

    @property
    def line(self) -> str:
        return f"{self.name}:{self.rights}:{self.hash}"


def same_name(name: str) -> str:
    """Make one of all ways to type a name: telephones like to begin with a capital."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def check_name(name: str) -> str:
    """Return a new user's name. Raises UsageError for one that cannot be."""
    name = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(name):
        raise UsageError(
            f"«{printable(name)}» non può essere il nome di un utente.",
            f"Usa lettere, cifre, punti, trattini e @, senza spazi, al massimo {LONGEST_NAME}.",
        )
    return name


def parse_users(text: str, path: Path) -> dict[str, User]:
    """Read the lines of a file; the keys are names as `same_name` makes them.

    Raises UserFileError, with the line, for what is none.
    """
    users: dict[str, User] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            user = _read_line(line)
        except ValueError as error:
            raise _damaged(path, number, str(error)) from error
        if same_name(user.name) in users:
            raise _damaged(path, number, f"«{user.name}» c'è già più sopra")
        users[same_name(user.name)] = user
    return users


def _read_line(line: str) -> User:
    """Raises ValueError, which says what is wrong."""
    parts = [part.strip() for part in unicodedata.normalize("NFC", line).split(":")]
    if len(parts) != 3:
        raise ValueError("non ha la forma nome:diritti:impronta")
    name, rights, hash_ = parts
    if not NAME.fullmatch(name):
        raise ValueError(f"«{printable(name)}» non può essere il nome di un utente")
    if rights not in RIGHTS:
        raise ValueError(f"i diritti sono {' o '.join(RIGHTS)}, non «{printable(rights)}»")
    if not is_hash(hash_):
        raise ValueError("l'impronta della password non è di argon2id, o è rovinata")
    return User(name, rights, hash_)


def _damaged(path: Path, number: int, why: str) -> UserFileError:
    return UserFileError(
        f"{printable(path)}, riga {number}: {why}.",
        "Correggi la riga, oppure toglila e rifalla con «cercafoto utenti aggiungi».",
    )


def read_users(path: Path) -> dict[str, User]:
    """Read the file. Raises UserFileError, also where others may read or write it."""
    try:
        with path.open("rb") as stream:
            _refuse_open_to_others(os.fstat(stream.fileno()), path)
            content = stream.read()
    except FileNotFoundError as error:
        raise UserFileError(
            f"{printable(path)}: il file degli utenti non c'è.",
            f"Crealo con il primo utente: cercafoto utenti aggiungi {printable(path)} NOME",
        ) from error
    except OSError as error:
        raise UserFileError(f"{printable(path)}: {os_error_in_italian(error)}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise _damaged(path, number, "non è testo UTF-8") from error
    return parse_users(text, path)


def _refuse_open_to_others(status: os.stat_result, path: Path) -> None:
    if os.name != "posix":  # elsewhere the mode says nothing
        return
    if status.st_uid not in (0, os.geteuid()):
        raise UserFileError(
            f"{printable(path)} è di un altro utente del computer, che potrebbe cambiarlo.",
            "Dev'essere tuo o di root: cambia il proprietario con chown.",
        )
    if status.st_mode & OTHERS_MAY:
        raise UserFileError(
            f"{printable(path)}: anche altri utenti del computer possono leggerlo o scriverlo.",
            f"Riservalo a te: chmod 600 {printable(path)}",
        )


def find_user(users: Mapping[str, User], path: Path, name: str) -> User:
    """Raises UsageError for a name that is not among the users."""
    user = users.get(same_name(name))
    if user is None:
        raise UsageError(
            f"In {printable(path)} non c'è nessun utente «{printable(name)}».",
            f"Ci sono: {', '.join(user.name for user in users.values())}." if users else "È vuoto.",
        )
    return user


def refuse_taken(users: Mapping[str, User], path: Path, name: str) -> None:
    """Raises UsageError for a name that is among the users."""
    if same_name(name) in users:
        raise UsageError(
            f"«{users[same_name(name)].name}» c'è già in {printable(path)}.",
            f"Per una password nuova: cercafoto utenti password {printable(path)} {name}",
        )


def change_users(path: Path, change: Callable[[dict[str, User]], None]) -> None:
    """Change the users of a file, which is made where it is not there; other lines stay.

    Raises as `read_users` and `change`, and CercafotoError where it cannot be written.
    """
    path = path.resolve()  # a link stays one
    if not path.parent.is_dir():
        raise UsageError(f"La cartella {printable(path.parent)} non esiste.", "Creala prima.")
    with (
        translated_errors(path),
        FileLock(path.with_name(f".{path.name}.lock"), mode=0o600),
    ):
        there = path.exists()
        users = read_users(path) if there else {}
        change(users)
        lines = path.read_text("utf-8-sig").splitlines() if there else []
        text = "".join(f"{line}\n" for line in _merged(lines, users))
        _write(path, text.encode())


def _merged(lines: list[str], users: Mapping[str, User]) -> list[str]:
    """Put the users into the lines that were there."""
    left = dict(users)
    merged = []
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            merged.append(line)
        elif user := left.pop(same_name(line.partition(":")[0]), None):
            merged.append(user.line)
    return [*merged, *(user.line for user in left.values())]


def _write(path: Path, content: bytes) -> None:
    """Replace the file: for its owner alone. Where root does it, it stays whose it was, or the
    server that reads it would be shut out."""
    owner = path.stat() if path.exists() and os.name == "posix" and os.geteuid() == 0 else None

    def fill(stream: BinaryIO) -> None:
        stream.write(content)
        if owner:
            os.chown(stream.fileno(), owner.st_uid, owner.st_gid)

    mode = stat.S_IMODE(owner.st_mode) if owner else 0o600
    fill_atomically(path, fill, overwrite=True, mode=mode)


class UserFile:
    """The users as the file says now: read again whenever it has changed. For several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._mark: tuple[int, ...] | None = None
        self._found: dict[str, User] | UserFileError = {}

    def users(self) -> Mapping[str, User]:
        """Raises UserFileError for as long as the file is not as it should be."""
        with self._lock:
            mark = self._present_mark()
            if mark is None or mark != self._mark:
                try:
                    self._found = read_users(self.path)
                except UserFileError as error:
                    self._found = error
                self._mark = mark
            if isinstance(self._found, UserFileError):
                raise UserFileError(self._found.message, self._found.hint)
            return self._found

    def _present_mark(self) -> tuple[int, ...] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns,
                status.st_ctime_ns)  # fmt: skip
