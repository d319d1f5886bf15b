"""The bundle: cercafoto and its Python in one folder, or in one file, as `make bundle` makes them.

Its interpreter is the program itself: it takes no `-m` and no `-c`, and reads no folder of modules.
"""

from __future__ import annotations

import sys

_DECODER = "--decodifica-foto"  # not for people: no command has an option of this name


def is_frozen() -> bool:
    """Tell whether this program is the bundle."""
    return bool(getattr(sys, "frozen", False))


def decoder_command() -> list[str]:
    """Return the command that makes the bundle a process that decodes photos."""
    return [sys.executable, _DECODER]


def asked_to_decode() -> bool:
    """Tell whether this program was started by `decoder_command`."""
    return sys.argv[1:] == [_DECODER]
