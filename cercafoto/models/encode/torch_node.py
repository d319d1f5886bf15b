"""Nodes of an image graph as torch runs them, and helpers that all operations share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from cercafoto.errors import ModelError

MICROSOFT = "com.microsoft."


@dataclass(frozen=True)
class Node:
    """One operation of a graph.

    op: its name, ONNX Runtime's own with MICROSOFT before it.
    product: the type that the factors of a product are rounded to.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    product: torch.dtype = torch.float32

    def get(self, name: str, default: Any) -> Any:
        """Return an attribute, or the default of the operation."""
        return self.attributes.get(name, default)


Op = Callable[..., Tensor | tuple[Tensor | None, ...]]
F = TypeVar("F", bound=Op)


class OpTable(dict[str, Op]):
    """Operations by name; used as a decorator it enters a function under its names."""

    def __call__(self, *names: str) -> Callable[[F], F]:
        def register(function: F) -> F:
            self.update(dict.fromkeys(names, function))
            return function

        return register


def unsupported(operation: str) -> ModelError:
    """Build the error for an operation, or a form of it, that is not in the table."""
    return ModelError(
        f"La GPU non sa eseguire questo modello: la sua parte che guarda le immagini usa "
        f"l'operazione {operation}.",
        "Con il processore funziona: --dispositivo cpu",
    )


def wide(x: Tensor) -> Tensor:
    """Convert floating-point numbers to float32; leave whole ones as they are."""
    return x.float() if x.is_floating_point() else x


def ints(x: Tensor) -> list[int]:
    """List the numbers of a tensor as Python integers."""
    return [int(i) for i in x.reshape(-1).tolist()]


def axes_of(node: Node, x: Tensor, axes: Tensor | None) -> list[int]:
    """List the axes given by an input, as in newer graphs, or by an attribute; else all."""
    positions = node.get("axes", None) if axes is None else ints(axes)
    return positions or list(range(x.dim()))
