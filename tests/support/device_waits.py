"""Count on the processor the operations that would make a program wait for a GPU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

# Numbers read from the device, and results whose size its values decide.
WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal")


class Waits(TorchDispatchMode):
    """Counts such operations within its block, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name = func.overloadpacket.__name__  # type: ignore[attr-defined]
        if name in WAITING:
            self.seen[name] += 1
        return func(*args, **(kwargs or {}))
