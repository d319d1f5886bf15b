"""ONNX Runtime, told to keep to itself how it is used.

`cercafoto/__init__.py` tells it so on Linux and macOS, before it is imported; Windows wants this.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import onnxruntime as ort

ort.disable_telemetry_events()

__all__ = ["ort", "without_advice"]


@contextmanager
def without_advice() -> Iterator[None]:
    """Keep its quantizers from advising, in the root's log, a step that was done or is not due."""
    import logging  # 2 ms of a search

    log = logging.getLogger()
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
