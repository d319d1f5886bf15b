"""The users of a shared page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.cli.render.formatting import as_json
from cercafoto.cli.render.table import Column, Row, table

if TYPE_CHECKING:
    from cercafoto.web.users import User


def users_json(users: Sequence[User]) -> str:
    return as_json([{"name": user.name, "may_label": user.may_label} for user in users])


def users_table(users: Sequence[User]) -> str:
    rows: list[Row] = [
        [user.name, "cerca ed etichetta" if user.may_label else "cerca"] for user in users
    ]
    return table([Column("Nome"), Column("Può")], rows)
