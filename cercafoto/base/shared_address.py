"""Addresses of shared archives: postgresql://name@server/archive, told from folders."""

from __future__ import annotations

import re

_SCHEMES = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")
_PASSWORD_PARAMETER = re.compile(r"([?&]password=)[^&]*", re.IGNORECASE)


def is_shared(text: str) -> bool:
    """Tell whether a text is the address of a shared archive."""
    return text.startswith(_SCHEMES)


def masked(address: str) -> str:
    """Write an address as it may be shown and logged: without its password."""
    return _PASSWORD_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", address))
