"""Render the list of `persone`."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.base.paths import printable
from cercafoto.cli.render.table import Column, table

NOBODY = (
    "Nessuna foto dice chi c'è. I nomi si leggono dai file di digiKam, Lightroom, Picasa, Windows "
    "e Google Foto, quando «cercafoto index» analizza le foto. Per dare un nome ai volti: "
    "«cercafoto persone attiva»."
)


def people_table(people: Sequence[tuple[str, int]]) -> str:
    """Return a table of people. people: (name, number of photos), in order."""
    if not people:
        return ""
    rows = [[printable(name), str(number)] for name, number in people]
    return table([Column("Persona"), Column("Foto", right=True)], rows)
