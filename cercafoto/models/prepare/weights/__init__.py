"""The weights of a checkpoint, tensor by tensor, from whatever file they lie in; without torch."""

from cercafoto.models.prepare.weights.files import open_weights
from cercafoto.models.prepare.weights.stored_tensor import StoredTensor

__all__ = ["StoredTensor", "open_weights"]
