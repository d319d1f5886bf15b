"""Render which folders of an archive wait for the person, since nobody on this computer named
them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cercafoto.base.paths import printable
from cercafoto.base.seals import UNSIGNED
from cercafoto.cli.render.formatting import listed

_NAMED = 5  # folders in a sentence


def waiting_text(what: str, folders: Mapping[bytes, int], reason: str) -> str:
    """Return that files wait, where, why, and what to do.

    what: the files that wait, with the verb: "2 file .xmp aspettano".
    folders: folder -> number of files.
    reason: see `Library.unsigned_reason`.
    """
    one = len(folders) == 1
    where, stand = ("la cartella", "sta") if one else ("le cartelle", "stanno")
    yours = "è una cartella tua" if one else "sono cartelle tue"
    once = ": basta una volta" if reason == UNSIGNED else ""
    return (
        f"{what}: {where} {_names([*folders])} {stand} nell'elenco dell'archivio, che {reason}. "
        f"Se {yours}, ripeti il comando con --conferma{once}."
    )


def confirmed_text(folders: Sequence[bytes]) -> str:
    """Return that folders count as the person's from now on."""
    yours = "è una cartella tua" if len(folders) == 1 else "sono cartelle tue"
    return f"Da ora {_names(folders)} {yours} anche per questo archivio."


def _names(folders: Sequence[bytes]) -> str:
    names = [printable(folder) for folder in sorted(folders)[:_NAMED]]
    more = len(folders) - len(names)
    return listed([*names, *([f"altre {more}"] if more else [])])
