"""Recognise addresses of shared archives (postgresql://name@server/archive) and hide passwords."""

from __future__ import annotations

import re
from urllib.parse import unquote

from cercafoto.errors import UsageError

_SCHEMES = ("postgresql://", "postgres://")
# A text meant as an address, even if mistyped: "word://", "postgres:/x", "host=x password=y".
_ADDRESS = r"(?is)[^\W\d_][\w+.-]+://|post\w*:/|(?:\w+\s*=.*\s)?\w*pass\w*\s*="
_NAME_AND_PASSWORD = r"(?s)[^/\\:@]{2,}:.*@"
_WITH_PASSWORD = r"(?s)[^\W\d_][\w+.-]+://[^:]*:.*@"
# Within a longer text: an address up to the next space, and a password after "password=".
_IN_TEXT = r"[^\W\d_][\w+.-]+://\S*@\S*"
_BY_NAME = r"(?i)(\b\w*pass\w*\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]*)"
# Parameters of an address that are shown; the values of all others are hidden.
_SHOWN = ("host", "hostaddr", "port", "user", "dbname", "service", "sslmode")
HIDDEN = "***"


def is_shared(text: str) -> bool:
    """Return True if a text is the address of a shared archive."""
    return text.startswith(_SCHEMES)


def refuse_address(text: str) -> None:
    """Raise UsageError if the name of a folder or file looks like an address, even a mistyped one.

    The message does not repeat the text, which may contain a password.
    """
    if re.match(_ADDRESS, text):
        raise UsageError(
            "Qui ci vuole una cartella o un file, non l'indirizzo di un archivio condiviso.",
            "L'indirizzo va dopo --archivio; se è proprio il nome di una cartella, scrivici "
            "davanti ./",
        )


def refuse_mistyped(text: str) -> None:
    """Raise UsageError if the name of an archive looks like an address but is not a valid one."""
    if not is_shared(text) and (re.match(_ADDRESS, text) or re.match(_NAME_AND_PASSWORD, text)):
        raise UsageError(
            "L'archivio indicato non è una cartella, e come indirizzo non si capisce.",
            "Un indirizzo si scrive così: postgresql://utente@server/archivio; se è proprio il "
            "nome di una cartella, scrivici davanti ./",
        )


def refuse_password(words: str) -> None:
    """Raise UsageError if the words of a question contain an address with a password.

    Questions are shown and stored.
    """
    if re.search(_WITH_PASSWORD, words):
        raise UsageError(
            "Fra le parole c'è un indirizzo con una password.",
            "L'archivio si indica con --archivio INDIRIZZO.",
        )


def masked(address: str) -> str:
    """Return an address with its password hidden, for display and logs.

    The password is taken to go from the first colon to the last @, since people type / and @ in
    passwords although PostgreSQL refuses them. Without an @, the text after a colon is shown only
    if it is a port.
    """
    head, question, tail = address.partition("?")
    scheme, slashes, rest = head.partition("://")
    name, at, server = rest.rpartition("@")
    if at:
        user, colon, _ = name.partition(":")
        rest = f"{user}:{HIDDEN}@{server}" if colon else rest
    elif ":" in rest and ("@" in tail or not _is_server(rest)):
        rest = rest.partition(":")[0] + f":{HIDDEN}"
    shown = "&".join(map(_parameter, tail.split("&"))) if tail else ""
    return f"{scheme}{slashes}{rest}{question}{shown}"


def masked_word(word: str) -> str:
    """Return a word of a command line with any password hidden, for an error message."""
    if "://" in word:
        word = masked(word)
    elif re.match(_NAME_AND_PASSWORD, word):
        word = f"{word.partition(':')[0]}:{HIDDEN}@{word.rpartition('@')[2]}"
    return masked_in(word)


def masked_in(text: str) -> str:
    """Return a text in which the passwords of all addresses are hidden."""
    return re.sub(_BY_NAME, rf"\1{HIDDEN}", re.sub(_IN_TEXT, lambda found: masked(found[0]), text))


def _is_server(text: str) -> bool:
    """Return True if a text is host[:port][,host[:port]][/database]."""
    host = r"(?:\[[^\]]*\]|[^:/,\[]*)(?::\d*)?"
    return re.fullmatch(rf"{host}(?:,{host})*(?:/[^:]*)?", text) is not None


def _parameter(text: str) -> str:
    """Return a parameter "name=value" of an address; unless _SHOWN has its name, hide its value."""
    name, _, _ = text.partition("=")
    if unquote(name).lower() in _SHOWN:
        return text
    return f"{name}={HIDDEN}" if name.isidentifier() and name != text else HIDDEN
