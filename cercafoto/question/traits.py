"""Traits of a photo's file that a sentence may ask for: camera, format, shape, rating."""

from __future__ import annotations

from typing import NamedTuple


class Traits(NamedTuple):
    """What a question asks of the file, None where it does not.

    camera: part of its name.
    format: "jpeg".
    orientation: one of SHAPES.
    rating: at least so many stars.
    """

    camera: str | None = None
    format: str | None = None
    orientation: str | None = None
    rating: int | None = None

    def and_then(self, more: Traits) -> Traits:
        """Fill what is missing from another."""
        mine = self._asdict()
        return Traits(**{name: mine[name] if mine[name] is not None else value
                         for name, value in more._asdict().items()})  # fmt: skip

    def disagrees(self, other: Traits) -> bool:
        """Whether both ask for one thing, and not the same."""
        pairs = zip(self, other, strict=True)
        return any(a is not None and b is not None and a != b for a, b in pairs)

    def say(self) -> str:
        """Say them: "fotocamera: Canon, valutazione: almeno 4"."""
        return ", ".join(f"{name}: {value}" for name, value in self.named())

    def named(self) -> list[tuple[str, str]]:
        """List (Italian name, value) of what is asked."""
        rating = f"almeno {self.rating}" if self.rating is not None else None
        every = (
            ("fotocamera", self.camera),
            ("formato", self.format),
            ("orientamento", self.orientation),
            ("valutazione", rating),
        )
        return [(name, value) for name, value in every if value]
