"""Read a checkpoint's weights tensor by tensor, from any kind of weight file, without torch."""

from cercafoto.models.prepare.weights.files import open_weights
from cercafoto.models.prepare.weights.stored_tensor import StoredTensor

__all__ = ["StoredTensor", "open_weights"]
