"""Render the results of `modello` and `modello elenco`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.cli.render.formatting import space, text_lines
from cercafoto.cli.render.table import Column, PathCell, Row, table

if TYPE_CHECKING:
    from cercafoto.results.models import ModelInfo

SOURCES = "https://github.com/cercafoto/cercafoto/blob/main/docs/modelli.md"
ABOUT = (
    "",
    "Le cifre italiane sono pubblicate da altri e vengono da prove diverse: quante volte la prima "
    "risposta è la categoria (ImageNet) o la foto (Crossmodal) giusta. Le fonti, e le misure di "
    f"mini: {SOURCES}",
    "",
    "Quando un modello è pronto: cercafoto modello usa NOME, poi cercafoto index.",
    "Altri modelli dell'Hub, CLIP o SigLIP: cercafoto modello aggiungi SIGLA",
)


def choices_table(models: Sequence[ModelInfo]) -> str:
    """Return the table of the models to choose from, each with the command to get or use it."""
    columns = [
        Column(),
        Column("Nome"),
        Column("Buono per", folds=True),
        Column("Spazio", right=True),
        Column("Licenza", expendable=1),
        Column("Cifre italiane", expendable=2),
    ]
    rows: list[Row | str] = []
    for model in models:
        mark = "*" if model.in_use else ""
        size = space(model.size)
        rows.append([mark, model.name, model.good_at, size, model.licence, model.figures])
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
