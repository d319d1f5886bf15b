"""Render the results of `modello` and `modello elenco`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.cli.render.formatting import decimal, space, text_lines
from cercafoto.cli.render.table import Column, PathCell, Row, table

if TYPE_CHECKING:
    from cercafoto.results.models import ModelInfo

SOURCES = "https://github.com/cercafoto/cercafoto/blob/main/docs/modelli.md"
ABOUT = (
    "",
    "Quanto trova: su 100 didascalie italiane, quante volte la foto giusta, fra 3.600, è la prima, "
    "o fra le prime cinque o dieci (la media delle tre; cifre di altri). Quanto ci mette: il tempo "
    f"di «index», rispetto a mini. Le fonti, e quanto trova mini: {SOURCES}",
    "",
    "Quando un modello è pronto: cercafoto modello usa NOME, poi cercafoto index.",
    "Altri modelli dell'Hub, CLIP, SigLIP o MetaCLIP 2: cercafoto modello aggiungi SIGLA",
)


def choices_table(models: Sequence[ModelInfo]) -> str:
    """Return the table of the models to choose from, each with the command to get or use it."""
    columns = [
        Column(),
        Column("Nome"),
        Column("Quanto trova", right=True),
        Column("Quanto occupa", right=True, expendable=1),
        Column("Quanto ci mette", right=True, expendable=2),
        Column("Buono per", folds=True, expendable=4),
        Column("Licenza", expendable=3),
    ]
    rows: list[Row | str] = []
    for model in models:
        mark = "*" if model.in_use else ""
        finds = "—" if model.finds is None else f"{model.finds} su 100"
        takes = f"{decimal(model.slowness, 1).removesuffix(',0')}×"
        row: Row = [mark, model.name, finds, space(model.size), takes, model.good_at]
        rows.append([*row, model.licence])
        rows.append(f"  {_how_to_take(model)}")
    return table(columns, rows) + text_lines(ABOUT)


def _how_to_take(model: ModelInfo) -> str:
    if model.in_use:
        return "lo prende ogni archivio nuovo"
    if model.state == "pronto":
        return f"pronto; per usarlo: cercafoto modello usa {model.name}"
    return f"cercafoto modello scarica {model.name}"


def models_table(models: Sequence[ModelInfo]) -> str:
    columns = [
        Column(),
        Column("Nome"),
        Column("Versione", expendable=2),
        Column("Licenza", expendable=1),
        Column("Spazio", right=True),
        Column("Stato"),
        Column("Dove", expendable=3),
    ]
    rows: list[Row] = [
        [
            "*" if m.in_use else "",
            m.name,
            m.version,
            m.licence,
            space(m.size),
            m.state,
            PathCell(os.fsencode(m.path)) if m.path else "",
        ]
        for m in models
    ]
    more = "Come scegliere, e che cosa si può scaricare: cercafoto modello"
    return table(columns, rows) + text_lines(["", more])
