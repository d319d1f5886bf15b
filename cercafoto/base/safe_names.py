"""Make names of files that every system accepts, from any text."""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 150  # of a name: many disks accept 255, and a date, a number and an ending are added
_FORBIDDEN = frozenset('<>:"/\\|?*')
# Names of devices, which Windows does not allow for files.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def safe_name(text: str) -> str:
    """Return `text` as the name of a file: no separators or control characters, no dot or space at
    either end, at most MAX_BYTES, never empty."""
    name = "".join(
        c if c.isprintable() and c not in _FORBIDDEN else "_"
        for c in unicodedata.normalize("NFC", text)
    )
    name = name.encode()[:MAX_BYTES].decode(errors="ignore").strip(" .")
    return f"_{name}" if not name or _DEVICES.fullmatch(name) else name


def numbered(name: str, number: int, suffix: str = "") -> str:
    """Return the name with the number, from the second on: "mare.jpg", "mare (2).jpg"."""
    return f"{name}{suffix}" if number == 1 else f"{name} ({number}){suffix}"
