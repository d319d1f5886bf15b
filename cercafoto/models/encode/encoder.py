"""Embed images and sentences with a model folder, through ONNX Runtime.

Each tower is loaded when first needed: a search by words never loads the image tower, indexing
never loads the text tower. Weights stored beside a graph are memory-mapped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ModelError, first_line
from cercafoto.models.confidence import LABEL, Calibration, resemblance
from cercafoto.models.model_folder import ModelFolder
from cercafoto.photos.preprocessing import Preprocessing

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from onnxruntime import InferenceSession
    from PIL import Image
    from tokenizers import Tokenizer


CLASSIFIERS = "classifiers.npz"
LABEL_CLASSIFIERS = "label_classifiers.npz"
KNOWN = "known_words.npy"
LEARNED_STEMS = "learned_stems.txt"
# An image tower that also outputs `patch_embeds`, if image.onnx does not: ONNX Runtime computes all
# outputs of a graph, even those not asked for.
PATCHES = "patches.onnx"

# Images in one run of the image tower, on one core. Eight were hardly faster (ViT-B/32, each image:
# 89 ms in runs of 8 or 4, 92 in runs of 2, 98 alone) and take twice the memory.
IMAGES_PER_RUN = 4
DEVICE_BATCH = 32  # images in one run on a GPU; not measured
BATCH = 16  # keeps two cores busy for a while; Ctrl-C loses at most so many

T = TypeVar("T")
Result = TypeVar("Result")


class Encoder:
    """Embeds images and sentences with one model, and turns their cosines into confidence.

    batch: how many images to pass in one call, so that all cores stay busy.
    card: the device that embeds images; "" for the processor.
    threads: cores to use; None means all usable ones.

    Raises ModelError if `model.json` describes preprocessing or calibration in an unknown way.
    Every method raises ModelError if a file of the model that it needs cannot be loaded.
    """

    card = ""

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        self.folder = folder
        self.dimension = folder.dimension
        self.fingerprint = folder.fingerprint
        self.threads = threads or usable_cores()
        self.batch = max(BATCH, 2 * self.threads)
        try:
            self.preprocessing = Preprocessing.from_json(folder.image)
            self.calibration = Calibration.of(folder.calibration)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(
                f"Il modello in {folder.path} si descrive in un modo sconosciuto ({error}).",
                "Preparalo di nuovo con «cercafoto modello aggiungi».",
            ) from error

    def embed_pictures(self, pictures: Sequence[bytes]) -> Floats:
        """Return the unit vectors of cropped images, float32 [N, D].

        pictures: RGB bytes of images cropped by `Preprocessing.crop`.
        """
        return self._embed_in_pieces(
            lambda part: self._run_image_tower(self.preprocessing.normalised(part)), pictures
        )

    def embed_pixels(self, pixels: Floats) -> Floats:
        """Return the unit vectors, float32 [N, D], of preprocessed images, float32 [N, 3, H, W]."""
        return self._embed_in_pieces(self._run_image_tower, pixels)

    def _run_image_tower(self, pixels: Floats) -> Floats:
        (vectors,) = self._image.run(["image_embeds"], {"pixel_values": pixels})
        result: Floats = vectors.astype(np.float32, copy=False)
        return result

    def _embed_in_pieces(self, embed: Callable[[T], Floats], pictures: T) -> Floats:
        """Call `embed` with at most IMAGES_PER_RUN pictures at a time on each core; return [N, D].

        Several threads within one run would wait for each other at every layer, even more so
        while other processes decode on the same cores.
        """
        if not len(pictures):  # type: ignore[arg-type]
            return np.empty((0, self.dimension), np.float32)
        return np.concatenate(self._in_pieces(embed, pictures, self._image))

    def _in_pieces(
        self, run: Callable[[T], Result], pictures: T, opened: InferenceSession
    ) -> list[Result]:
        """Return what `run` returns for each piece of at most IMAGES_PER_RUN pictures; see
        `_embed_in_pieces`.

        opened: the graph that `run` uses. Several threads would each open one.
        """
        number = len(pictures)  # type: ignore[arg-type]
        each = min(IMAGES_PER_RUN, max(1, -(-number // self.threads)))
        pieces = [pictures[at : at + each] for at in range(0, number, each)]  # type: ignore[index]
        if len(pieces) <= 1:
            return [run(piece) for piece in pieces]
        return list(self._thread_pool.map(run, pieces))

    @cached_property
    def _thread_pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # late: a search does not need it

        return ThreadPoolExecutor(self.threads, thread_name_prefix="tower")

    def embed_patches(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Return unit vectors of preprocessed images, [N, D], and of their patches, [N, P, D].

        Both are float32; patches are in row order.
        Raises ModelError if the model has no vectors for patches.
        """
        names = ["image_embeds", "patch_embeds"]
        tower = self._patches
        if names[1] not in {output.name for output in tower.get_outputs()}:
            raise ModelError(
                f"Il modello «{self.folder.name}» non sa dire dove si trova una cosa in una foto.",
                "Preparalo di nuovo con «cercafoto modello aggiungi», oppure usane un altro.",
            )
        parts = [
            tower.run(names, {"pixel_values": pixels[at : at + IMAGES_PER_RUN]})
            for at in range(0, len(pixels), IMAGES_PER_RUN)
        ]
        whole, patches = zip(*parts, strict=True)
        return np.concatenate(whole), np.concatenate(patches)

    def embed_images(self, images: Sequence[Image.Image], batch: int = 16) -> Floats:
        """Return the unit vectors of upright RGB images, float32 [N, D]."""
        parts = [
            self.embed_pixels(np.stack([self.preprocessing(i) for i in images[at : at + batch]]))
            for at in range(0, len(images), batch)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    def embed_texts(self, texts: Sequence[str], batch: int = 32) -> Floats:
        """Return the unit vectors of sentences, float32 [N, D]; long sentences are truncated."""
        parts = [self._embed_batch(texts[at : at + batch]) for at in range(0, len(texts), batch)]
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    @cached_property
    def background(self) -> Floats:
        """Vectors of the captions with which `photo_margins` compares a photo, float32 [K, D]."""
        return self._load_vectors("background.npy")

    @cached_property
    def reference(self) -> Floats | None:
        """Vectors of the model's reference photos, float32 [K, D]; None if there are none."""
        name = "reference.npy"
        return self._load_vectors(name) if name in self.folder.files else None

    @cached_property
    def usual_photo(self) -> Floats | None:
        """Mean vector of the reference photos, [D]; None if there are none."""
        return None if self.reference is None else self.reference.mean(axis=0)

    @cached_property
    def known_words(self) -> Floats | None:
        """Two lines that part questions of one thing by their vectors, float32 [2, D + 1], weights
        and intercept: 0 or more if the model knows what is meant. The first is for words of its
        training texts, the second for other words. None if the model has none."""
        if KNOWN not in self.folder.files:
            return None
        return self._load_vectors(KNOWN, self.dimension + 1)

    @cached_property
    def learned_stems(self) -> frozenset[str]:
        """The stems of all words in the model's training texts, as far as its folder has them."""
        if LEARNED_STEMS not in self.folder.files:
            return frozenset()
        path = self.folder.path / LEARNED_STEMS
        try:
            return frozenset(path.read_text("utf-8").split("\n"))
        except (OSError, ValueError) as error:
            raise _unreadable(path) from error

    @cached_property
    def classifiers(self) -> dict[str, tuple[Floats, float]]:
        """The model's classifiers: concept -> weights [D] and intercept of a logistic regression
        on a photo's vector; {} if the model has none."""
        return self._load_classifiers(CLASSIFIERS)

    @cached_property
    def label_classifiers(self) -> dict[str, tuple[Floats, float]]:
        """The model's classifiers of labels: name of a label -> weights [D] and intercept, whose
        value for a photo `Calibration.classified` weighs; {} if the model has none."""
        return self._load_classifiers(LABEL_CLASSIFIERS)

    def _load_classifiers(self, name: str) -> dict[str, tuple[Floats, float]]:
        if name not in self.folder.files:
            return {}
        from zipfile import BadZipFile, ZipFile  # late: few questions exclude anything

        path = self.folder.path / name
        try:
            with ZipFile(path) as archive:  # a small file could unpack to gigabytes
                if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
                    raise ValueError("compressed")
            with np.load(path, allow_pickle=False) as data:
                names, weights, intercepts = data["names"], data["weights"], data["intercepts"]
                if weights.shape != (len(names), self.dimension):
                    raise ValueError("another dimension")
        except (OSError, ValueError, EOFError, KeyError, BadZipFile, MemoryError) as error:
            raise _unreadable(path) from error
        return {
            str(each): (weight.astype(np.float32), float(intercept))
            for each, weight, intercept in zip(names, weights, intercepts, strict=True)
        }

    def likeness(self, photos: Floats, queries: Floats) -> Floats:
        """Return what the calibration curves take, cosines or margins: [N, D], [Q, D] -> [N, Q]."""
        return self.calibration.likeness(photos, queries, self.background)

    def label_confidence(self, photos: Floats, phrases: Floats, labels: Sequence[str]) -> Floats:
        """Return the probability that each label holds for each photo: [N, D], [P, D] -> [N, P].
        A label that the model has a classifier for, by its name, is judged by that too.

        phrases: vectors of one phrase for each label.
        labels: name of the label that each phrase stands for.
        """
        known = self.calibration.labels
        classifiers = {} if self.calibration.classified is None else self.label_classifiers
        likeness = self.likeness(photos, phrases)
        extra_odds = np.array([known.get(label, 0.0) for label in labels], np.float32)
        result = self.calibration.confidence(likeness, LABEL, extra_odds)
        columns = [column for column, label in enumerate(labels) if label in classifiers]
        if columns:
            each = [classifiers[labels[column]] for column in columns]
            weights = np.stack([weight for weight, _ in each])
            by_photos = photos @ weights.T + np.array([start for _, start in each], np.float32)
            result[:, columns] = self.calibration.classified_confidence(
                likeness[:, columns], by_photos, extra_odds[columns]
            )
        return result

    def resemblance(self, photos: Floats, example: Floats) -> Floats:
        """Return the confidence that each photo resembles the example: [N, D], [P, D] -> [N]."""
        return resemblance(photos, example, self.reference)

    def _load_vectors(self, name: str, width: int | None = None) -> Floats:
        path = self.folder.path / name
        try:
            # A memory map fails if the file is shorter than its header claims.
            stored = np.load(path, mmap_mode="r", allow_pickle=False)
            if stored.ndim != 2 or stored.shape[1] != (width or self.dimension):
                raise ValueError("another dimension")
            vectors: Floats = np.array(stored, np.float32)
        except (OSError, ValueError, EOFError) as error:
            raise _unreadable(path) from error
        return vectors

    def _embed_batch(self, texts: Sequence[str]) -> Floats:
        encodings = self._tokenizer.encode_batch(list(texts))
        feed = {
            "input_ids": np.array([e.ids for e in encodings], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encodings], dtype=np.int64),
        }
        names = {i.name for i in self._text.get_inputs()}
        (embeds,) = self._text.run(
            ["text_embeds"], {name: array for name, array in feed.items() if name in names}
        )
        return np.asarray(embeds, dtype=np.float32)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        path = self.folder.path / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises bare Exception
            raise unloadable(path, error) from error
        longest = int(self.folder.text["max_tokens"])
        tokenizer.enable_truncation(longest)
        padding = dict(tokenizer.padding or {})
        padding["length"] = longest if self.folder.text.get("padding") == "max_length" else None
        if "pad_id" in self.folder.text:
            padding["pad_id"] = int(self.folder.text["pad_id"])
        if "pad_token" in self.folder.text:
            padding["pad_token"] = str(self.folder.text["pad_token"])
        tokenizer.enable_padding(**padding)
        return tokenizer

    @cached_property
    def _image(self) -> InferenceSession:
        return self._session("image.onnx", prepack=True, threads=1)

    @cached_property
    def _patches(self) -> InferenceSession:
        if PATCHES not in self.folder.files:
            return self._image
        return self._session(PATCHES, prepack=True)

    @cached_property
    def _text(self) -> InferenceSession:
        # Prepacking weights pays over many batches; for one sentence it costs four times the
        # inference itself (1,050 ms against 235 ms of CPU on a BERT-base tower). Block-wise
        # quantised weights are the exception: without prepacking they are eight times slower. Only
        # `mini` has them, whose sentences two threads make slower (6.5 ms) than one (3.7).
        text = self.folder.text
        small = bool(text.get("prepack"))
        optimised, threads = bool(text.get("optimised")), 1 if small else None
        return self._session("text.onnx", prepack=small, threads=threads, optimised=optimised)

    def _session(
        self,
        name: str,
        *,
        prepack: bool,
        threads: int | None = None,
        optimised: bool = False,
        providers: Sequence[str] = ("CPUExecutionProvider",),
    ) -> InferenceSession:
        """Open the graph file `name` of the model's folder. Raises ModelError.

        prepack: whether to rearrange the weights now, so that later runs are faster.
        threads: threads in one run; None means `self.threads`.
        optimised: the graph is already fused, so ONNX Runtime need not look for fusions, which
            takes longer than embedding a sentence.
        providers: ONNX Runtime's names of devices, the preferred one first.
        """
        from cercafoto.models.onnx_runtime import ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if optimised:
            # Weights in blocks of eight bits (`prepare/blocks.py`) are unpacked one after the
            # other, not all at once: 195 MB with a BERT-base tower instead of 465.
            options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.disable_prepacking", "0" if prepack else "1")
        # Threads that wait for their next part sleep. By default they spin, which takes up to a
        # third of the processor time of loading and a first sentence, and a core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = self.folder.path / name
        try:
            return ort.InferenceSession(str(path), sess_options=options, providers=list(providers))
        except Exception as error:  # ONNX Runtime raises classes of its own, all Exceptions
            raise unloadable(path, error) from error


def _unreadable(path: Path) -> ModelError:
    return ModelError(
        f"Il modello in {path.parent} è danneggiato: {path.name} non si legge.",
        "Preparalo di nuovo con «cercafoto modello aggiungi».",
    )


def unloadable(path: Path, error: Exception) -> ModelError:
    """Return the error for a model's file that does not load. error: what its library raised."""
    return ModelError(
        f"Il modello non si carica: {path} ({first_line(error, 200)}).",
        "Verificalo con «cercafoto modello verifica».",
    )
