"""Import ONNX Runtime with its telemetry off.

On Linux and macOS `cercafoto/__init__.py` switches it off before the import; Windows needs the call
below.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import onnxruntime as ort

ort.disable_telemetry_events()

__all__ = ["ort", "without_advice"]


@contextmanager
def without_advice() -> Iterator[None]:
    """Silence the warnings of ONNX Runtime's quantizers, which advise steps not needed here."""
    import logging  # takes 2 ms of a search

    log = logging.getLogger()
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
