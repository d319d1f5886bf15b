"""Open mCLIP, the baseline of the published figures: a multilingual text tower in CLIP's space.

Texts: sentence-transformers/clip-ViT-B-32-multilingual-v1 (Reimers and Gurevych, arXiv:2004.09813).
Photos: sentence-transformers/clip-ViT-B-32, which is OpenAI's CLIP ViT-B/32 unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.errors import first_line
from cercafoto.training.measure.torch_source import checkpoint_source, device
from cercafoto.training.training_errors import InputError

TEXT_ID = "sentence-transformers/clip-ViT-B-32-multilingual-v1"
IMAGE_ID = "sentence-transformers/clip-ViT-B-32"


class Mclip:
    """The baseline as a `Source`, of its two folders.

    text: folder of a text model of sentence-transformers.
    images: folder of a CLIP, of sentence-transformers or of transformers.
    Raises InputError, or ModelError if the CLIP cannot be served.
    """

    def __init__(self, text: Path, images: Path) -> None:
        from sentence_transformers import SentenceTransformer

        own = images / "0_CLIPModel"
        clip = checkpoint_source(own if own.is_dir() else images)
        self.preprocessing, self.embed_pixels = clip.preprocessing, clip.embed_pixels
        try:
            self.texts = SentenceTransformer(str(text), device=device(), local_files_only=True)
        except Exception as error:  # it reads many files, and raises what reading each of them does
            raise InputError(f"{text}: cannot be loaded ({first_line(error, 200)})") from error

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [N, D] of texts."""
        vectors = self.texts.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)
