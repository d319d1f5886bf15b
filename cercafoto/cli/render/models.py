"""The models there are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.cli.render.formatting import as_json, space
from cercafoto.cli.render.table import Column, PathCell, Row, table

if TYPE_CHECKING:
    from cercafoto.results import ModelInfo

# Published figures; docs/modelli.md has their sources.
BEST = (
    "Per l'italiano: CLIP-Italian è il modello che cercafoto riproduce, e riconosce 22 foto su "
    "100 di\nImageNet; modelli più recenti fanno meglio (XLM-R ViT-B/32: 43). Fra quelli che si "
    "possono aggiungere:\n  "
    "cercafoto modello aggiungi google/siglip-base-patch16-256-multilingual\n"
    "Cifre e fonti: https://github.com/cercafoto/cercafoto/blob/main/docs/modelli.md\n"
)


def models_json(models: Sequence[ModelInfo]) -> str:
    return as_json(
        [
            {
                "name": m.name,
                "version": m.version,
                "dimension": m.dimension,
                "licence": m.licence,
                "size": m.size,
                "path": str(m.path) if m.path else None,
                "in_use": m.in_use,
                "state": m.state,
            }
            for m in models
        ]
    )


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
    return table(columns, rows) + "\n" + BEST
