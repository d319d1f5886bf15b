"""The ONNX graphs of the embedded model."""
