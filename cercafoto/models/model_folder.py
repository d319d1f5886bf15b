"""Read a model folder: its description, `model.json`, and a check of every file against it.

The folder is the only thing that passes between the code that makes models (training, the Hub) and
the code that serves them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cercafoto.errors import ModelError
from cercafoto.models.small_files import read_small, require_small

FORMAT = 1
DESCRIPTION = "model.json"
_NEEDED = ("name", "licence", "dimension", "image", "text", "files")  # entries taken as they are
_OPTIONAL = ("calibration", "source", "quality", "things")
REQUIRED = ("image.onnx", "text.onnx", "tokenizer.json")
# A graph that tells things and people in a photo, and gives the same vector as image.onnx.
THINGS = "things.onnx"
# Upper limits: pixels of a side, tokens of a text, numbers of a vector. Real models have up to
# 896, 512 and 1,536.
WIDEST_SIDE, LONGEST_TEXT, LONGEST_VECTOR = 4096, 8192, 65_536


@dataclass(frozen=True)
class ModelFolder:
    """A model on disk. Fields not explained here are entries of `model.json`.

    fingerprint: SHA-256, hexadecimal, over everything that decides the model's vectors: towers,
        tokenizer, preprocessing. Folders with the same fingerprint give the same vectors. A new
        calibration, model card or graph of things does not change the fingerprint, so an archive
        keeps its vectors.
    dimension: length of a vector.
    image, text: how a picture and a sentence are prepared for the towers.
    prompts: templates with a slot for a label.
    source: where the model comes from: a repository or a folder.
    things: edition, classes and curve of the graph THINGS; {} without the graph.
    files: file name -> SHA-256, for each file except `model.json`.
    """

    path: Path
    fingerprint: str
    name: str
    version: str
    licence: str
    dimension: int
    image: dict[str, Any]
    text: dict[str, Any]
    prompts: tuple[str, ...]
    calibration: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> ModelFolder:
        """Return the model in the folder `path`; its weights are not read.

        Raises ModelError if the folder is not a model, is incomplete or damaged, or was made by a
        newer cercafoto.
        """
        description = path / DESCRIPTION
        try:
            raw = read_small(description)
        except OSError as error:
            raise ModelError(
                f"{path} non è la cartella di un modello: manca {DESCRIPTION}.",
                "Con «cercafoto modello elenco» vedi i modelli pronti.",
            ) from error
        try:
            data = json.loads(raw)
            if data["format"] > FORMAT:
                raise ModelError(
                    f"Il modello in {path} è stato preparato da una versione più recente di "
                    "cercafoto.",
                    "Aggiorna cercafoto oppure prepara di nuovo il modello.",
                )
            _require_plausible(data)
            folder = cls(
                path=path,
                fingerprint=_fingerprint(data),
                version=str(data["version"]),
                prompts=tuple(data["prompts"]),
                **{name: data[name] for name in _NEEDED},
                **{name: data.get(name, {}) for name in _OPTIONAL},
            )
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise _damaged(path, DESCRIPTION) from error
        for name in (*REQUIRED, *folder.files):
            if not (path / name).is_file():
                raise _damaged(path, name)
        require_small(path)
        return folder

    def verify(self) -> None:
        """Raise ModelError if the folder is damaged; the message names the first bad file.

        Each file must have its recorded SHA-256, each graph the weights that it declares, and no
        eight-bit product may overflow. Reads the whole folder: some 0.1 s for `mini`, seconds for
        a large model.
        """
        # Imported late because both import onnx.
        from cercafoto.models.eight_bits import check
        from cercafoto.models.graph_file import require_complete

        for name, expected in self.files.items():
            if file_digest(self.path / name) != expected:
                raise _damaged(self.path, name)
        for name in self.files:
            if name.endswith(".onnx"):
                require_complete(self.path / name, self.files)
                check(self.path / name)


def _require_plausible(data: dict[str, Any]) -> None:
    """Raise ValueError if a description names a file outside of the folder, or sizes that would
    fill more memory than any model needs."""
    texts = data["name"], data["licence"], *data["files"], *data["files"].values(), *data["prompts"]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("not text")
    if any(not name or name.strip(".") == "" or set(name) & set("/\\:") for name in data["files"]):
        raise ValueError("a file outside of the folder")
    sizes = (
        (data["dimension"], LONGEST_VECTOR),
        (data["image"]["size"], WIDEST_SIDE),
        (data["image"]["resize_to"], WIDEST_SIDE),
        (data["text"]["max_tokens"], LONGEST_TEXT),
    )
    if not all(type(size) is int and 0 < size <= most for size, most in sizes):
        raise ValueError("a size that no model has")


def _fingerprint(data: dict[str, Any]) -> str:
    """Return the SHA-256 of those parts of `model.json` that decide the vectors."""
    vectors = {name: data[name] for name in ("format", "dimension", "image", "text")}
    vectors["files"] = {
        name: digest
        for name, digest in data["files"].items()
        if name != THINGS and not name.endswith((".npy", ".npz", ".md", ".txt"))
    }
    canonical = json.dumps(vectors, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(folder: Path, name: str) -> ModelError:
    return ModelError(
        f"Il modello in {folder} è danneggiato: il file {name} manca o non è quello atteso.",
        "Preparalo di nuovo con «cercafoto modello scarica» o «cercafoto modello aggiungi»; "
        "se è il modello mini, reinstalla cercafoto.",
    )
