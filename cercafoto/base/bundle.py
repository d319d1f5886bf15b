"""Find out whether this program is the bundle: cercafoto with Python inside (`make bundle`).

The bundle has no separate Python interpreter: it takes no `-m` and no `-c`, and imports no modules
from folders.
"""

from __future__ import annotations

import sys

_DECODER = "--decodifica-foto"  # not for people: no command has an option of this name


def is_frozen() -> bool:
    """Return True if this program is the bundle."""
    return bool(getattr(sys, "frozen", False))


def decoder_command() -> list[str]:
    """Return the command that starts the bundle as a process that decodes photos."""
    return [sys.executable, _DECODER]


def asked_to_decode() -> bool:
    """Return True if this program was started with the command that `decoder_command` returns."""
    return sys.argv[1:] == [_DECODER]
