"""Render the list of `persone`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.base.italian_counts import clock
from cercafoto.base.paths import printable
from cercafoto.cli.render.table import Column, PathCell, Row, table

if TYPE_CHECKING:
    from cercafoto.faces.album import ShownFace
    from cercafoto.faces.face_lists import FaceState

NOBODY = (
    "Nessuna foto dice chi c'è. I nomi si leggono dai file di digiKam, Lightroom, Picasa, Windows "
    "e Google Foto, quando «cercafoto index» analizza le foto."
)
ACTIVATE = "Per dare un nome ai volti: cercafoto persone attiva"
ASK = "Di chi sono i volti? Per rispondere: cercafoto persone nomina"


def people_table(people: Sequence[tuple[str, int]]) -> str:
    """Return a table of people. people: (name, number of photos), in order."""
    if not people:
        return ""
    rows = [[printable(name), str(number)] for name, number in people]
    return table([Column("Persona"), Column("Foto", right=True)], rows)


def faces_table(faces: Sequence[tuple[int, FaceState, ShownFace]]) -> str:
    """Return a table of faces, each with its number."""
    rows: list[Row] = []
    for number, state, shown in faces:
        moment = "" if shown.face.start is None else f"  {clock(shown.face.start)}"
        path = PathCell(shown.path, moment)
        rows.append([str(number), printable(state.name) or "—", state.word or "da chiedere", path])
    columns = [Column("Volto", right=True), Column("Persona"), Column("Come"), Column("Foto")]
    return table(columns, rows)
