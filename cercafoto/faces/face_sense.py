"""Declare the sense that finds faces."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cercafoto.base.reporter import FACES
from cercafoto.looking.sense import Look, Looker, Request, Sense, Todo

if TYPE_CHECKING:
    from cercafoto.faces.face_models import Face


class Faces(Sense["list[Face]"]):
    """Finds faces and groups like ones. It is off until the person asks for it."""

    name, task, frames = "volti", FACES, True

    def todo(self, request: Request, looks: Sequence[Look]) -> Todo:
        from cercafoto.faces.face_run import not_looked_at

        return Todo(not_looked_at(request, looks))

    def opened(self, request: Request, number: int) -> AbstractContextManager[Looker[list[Face]]]:
        from cercafoto.faces.face_run import opened

        return opened(request)

    def ended(self, request: Request) -> None:
        from cercafoto.faces.face_run import group_new

        group_new(request)
