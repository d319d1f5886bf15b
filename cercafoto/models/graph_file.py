"""Write an ONNX graph with its weights in a file of their own, which ONNX Runtime maps into memory.

Needs onnx; imported only where graphs are made.
"""

from __future__ import annotations

from pathlib import Path

import onnx

# Smaller tensors stay inside the graph file; shape inference wants to see constants.
EXTERNAL_BYTES = 4096


def save_beside(model: onnx.ModelProto, path: Path, owner: Path) -> None:
    """Write `path`, its large weights in a file of their own in the same folder, called after the
    graph `owner`. A file of weights that is there gives way."""
    (path.parent / f"{owner.name}.data").unlink(missing_ok=True)  # onnx would append to it
    onnx.save_model(
        model,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{owner.name}.data",
        size_threshold=EXTERNAL_BYTES,
    )
