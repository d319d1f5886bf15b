"""Models on this machine and in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cercafoto.base.json_keys import json_keys


@json_keys("name version dimension licence size path in_use state")
@dataclass(frozen=True)
class ModelInfo:
    """A model, as `modello elenco` lists it.

    size: bytes on disk, or bytes to download if the model is not prepared.
    state: "pronto", "danneggiato" or "da scaricare".
    in_use: whether `index` would use the model now.
    path: folder of the model; None if it is not prepared.
    problem: in Italian, why the model is damaged; else "".
    good_at: in Italian, what a model of the registry is good at; "" for other models.
    finds, slowness: see `registry.KnownModel`; None and 0 for other models.
    """

    name: str
    version: str
    dimension: int | None
    licence: str
    size: int
    path: Path | None
    in_use: bool
    state: str
    problem: str = ""
    good_at: str = ""
    finds: int | None = None
    slowness: float = 0


@dataclass(frozen=True)
class VerifiedModel:
    """A model whose files all match the digests in its description.

    files: how many files the model has.
    size: bytes on disk.
    """

    name: str
    path: Path
    fingerprint: str
    files: int
    size: int
