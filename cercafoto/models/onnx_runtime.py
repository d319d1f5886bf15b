"""ONNX Runtime, told to keep to itself how it is used.

`cercafoto/__init__.py` tells it so on Linux and macOS, before it is imported; Windows wants this.
"""

import onnxruntime as ort

ort.disable_telemetry_events()

__all__ = ["ort"]
