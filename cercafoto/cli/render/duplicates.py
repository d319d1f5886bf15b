"""Groups of duplicates -> a table, JSON, or the paths of what is not worth keeping."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from cercafoto.cli.render.formatting import (
    as_json,
    count,
    day_taken,
    paths,
    reasons,
    space,
)
from cercafoto.cli.render.table import Cell, Column, PathCell, Row, table

if TYPE_CHECKING:
    from cercafoto.results import PhotoFile
    from cercafoto.search.duplicates import Duplicates


def duplicates_json(result: Duplicates) -> str:
    return as_json(
        {
            "photos": result.photos,
            "compared": result.compared,
            "groups": [
                {
                    "keep": _file(group.best),
                    "why": group.why,
                    "others": [
                        {**_file(file), "exact": file.path in group.exact} for file in group.others
                    ],
                }
                for group in result.groups
            ],
            "skipped": reasons(result.skipped),
        }
    )


def duplicates_paths(result: Duplicates) -> bytes:
    """List every photo of a group but the best, each followed by NUL."""
    return paths((file.path for group in result.groups for file in group.others), b"\0")


def duplicates_table(result: Duplicates) -> str:
    """Make the table of the groups; in a pipe the reason has a column, on a terminal a line."""
    in_pipe = not sys.stdout.isatty()
    columns = [
        Column(right=True),
        Column(),
        Column("Pixel", expendable=1),
        Column("Spazio", right=True),
        Column("Data", expendable=2),
        Column("Foto"),
    ]
    if in_pipe:
        columns.append(Column("Perché"))
    rows: list[Row | str] = []
    for number, group in enumerate(result.groups, start=1):
        best = [str(number), "tieni", *_cells(group.best)]
        rows += [[*best, group.why]] if in_pipe else [best, f"perché {group.why}"]
        for file in group.others:
            kind = "identica" if file.path in group.exact else "simile"
            rows.append(["", kind, *_cells(file), *([""] if in_pipe else [])])
    return table(columns, rows)


def duplicates_summary(result: Duplicates) -> str:
    """Write the line that tells a person what was found."""
    if not result.groups:
        looked = count(result.photos, "foto guardata", "foto guardate") or "nessuna foto guardata"
        return f"Nessun doppione ({looked})."
    others = [file for group in result.groups for file in group.others]
    groups = count(len(result.groups), "gruppo", "gruppi")
    extra = count(len(others), "foto in più", "foto in più")
    size = space(sum(file.size for file in others))
    return f"{groups}, {extra} ({size}). Niente è stato cancellato."


def _file(file: PhotoFile) -> dict[str, Any]:
    return {
        "path": os.fsdecode(file.path),
        "width": file.width,
        "height": file.height,
        "size": file.size,
        "taken_at": file.taken_at,
    }


def _cells(file: PhotoFile) -> tuple[Cell, ...]:
    pixels = f"{file.width} × {file.height}"
    return (
        pixels,
        space(file.size),
        day_taken(file.taken_at, file.date_source),
        PathCell(file.path),
    )
