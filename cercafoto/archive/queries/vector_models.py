"""What an archive says of the models that it has vectors of."""

from __future__ import annotations

from typing import Protocol


class ModelQueries(Protocol):
    """The models of an archive, by their numbers in it."""

    @property
    def active_model(self) -> int | None:
        """The model that searches use: the last one whose vectors were complete."""

    def model(self, model_id: int) -> tuple[str, str, int]:
        """Look up (fingerprint, name, dimension) of a model in this archive."""

    def in_use(self) -> tuple[int, int]:
        """Return (id, dimension) of the active model. Raises ArchiveError where there is none."""
