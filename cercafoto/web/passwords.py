"""Passwords and their hashes: argon2id, with the parameters that the library thinks right today.

argon2-cffi is in the extra `condiviso`; it is imported when a password is at hand.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from cercafoto.base.installation import install_command
from cercafoto.errors import CercafotoError, UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 8, 500  # letters; NIST SP 800-63B: at least eight, and no rule on which


class HasherMissingError(CercafotoError):
    """argon2-cffi is not installed."""


@cache
def hasher() -> PasswordHasher:
    """Raises HasherMissingError."""
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise HasherMissingError(
            "Per gli utenti della pagina manca argon2-cffi, che custodisce le password.",
            f"Aggiungilo: {install_command('condiviso')}",
        ) from error
    return PasswordHasher()


def check_password(password: str) -> None:
    """Raises UsageError for a new password that is too short, or too long."""
    if len(password) < SHORTEST:
        raise UsageError(f"La password è troppo corta: servono almeno {SHORTEST} caratteri.")
    if len(password) > LONGEST:
        raise UsageError(f"La password è troppo lunga: al massimo {LONGEST} caratteri.")


def hash_of(password: str) -> str:
    return hasher().hash(_normal(password))


def is_right(hash_: str, password: str) -> bool:
    """Tell whether a password has this hash. By design that takes 64 MB, and 0.2 s of the
    processor's time.

    hash_: one that `is_hash` accepts.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return hasher().verify(hash_, _normal(password))
    except (VerificationError, InvalidHashError):  # the latter: of the right shape, but cut off
        return False


def is_outdated(hash_: str) -> bool:
    """Tell whether the library would make it otherwise today."""
    return hasher().check_needs_rehash(hash_)


def is_hash(text: str) -> bool:
    """Tell whether a text is a hash that `is_right` can use."""
    hasher()  # says so, where the package is missing
    from argon2 import Type, extract_parameters
    from argon2.exceptions import InvalidHashError

    try:
        return extract_parameters(text).type is Type.ID
    except (InvalidHashError, ValueError):
        return False


def _normal(password: str) -> str:
    """The same letters are the same bytes, whatever the keyboard makes of an accent."""
    return unicodedata.normalize("NFC", password)
