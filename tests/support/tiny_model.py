"""A model folder of a few kilobytes whose answers can be worked out by hand.

Both towers live in the space of colours: a picture is its mean colour, a word is the colour that
it names, and everything else is grey. "rosso" is nearest to a red picture, always.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from cercafoto.models.model_folder import file_digest

SIZE, PATCH = 32, 16
COLOURS = {
    "rosso": (1, 0, 0),
    "verde": (0, 1, 0),
    "blu": (0, 0, 1),
    "giallo": (1, 1, 0),
    "azzurro": (0, 1, 1),
    "viola": (1, 0, 1),
    "bianco": (1, 1, 1),
    "nero": (-1, -1, -1),
}
GREY = (0.1, 0.1, 0.1)
BACKGROUND = ["bianco", "nero", "giallo azzurro", "viola verde", "rosso blu", "grigio"]


def make_tiny_model(
    folder: Path,
    name: str = "tiny",
    turn: int = 0,
    more: Mapping[str, str] | None = None,
    on: str = "margin",
    curve: tuple[float, float] = (4.0, -4.0),
) -> Path:
    """Write the folder.

    turn: rotates the space, so that two models' vectors do not mix.
    more: other words, each for one of COLOURS: with "gatto" for "viola" a cat is a violet picture.
    on, curve: input, slope and intercept of its confidences.
    """
    folder.mkdir(parents=True)
    colours = COLOURS | {word: COLOURS[colour] for word, colour in (more or {}).items()}
    basis = np.roll(np.eye(4, dtype=np.float32)[:3], turn, axis=1)  # [3, 4]
    words = ["[UNK]", *colours]
    table = np.array([GREY, *colours.values()], np.float32) @ basis
    save(folder / "image.onnx", _image_graph(basis))
    save(folder / "text.onnx", _text_graph(table))
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    background = []
    for phrase in BACKGROUND:
        ids = [words.index(w) if w in words else 0 for w in phrase.split()]
        vector = table[ids].mean(axis=0)
        background.append(vector / np.linalg.norm(vector))
    np.save(folder / "background.npy", np.array(background, np.float32))
    files = {p.name: file_digest(p) for p in sorted(folder.iterdir())}
    description = {
        "format": 1,
        "name": name,
        "version": "1",
        "licence": "MIT",
        "source": {},
        "dimension": 4,
        "image": {
            "size": SIZE,
            "resize": "exact",
            "resize_to": SIZE,
            "interpolation": "bilinear",
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
        },
        "text": {"max_tokens": 16, "padding": "longest"},
        "prompts": ["{}"],
        "calibration": {
            "on": on,
            "curves": dict.fromkeys(("one", "several", "sentence", "label"), curve),
        },
        "files": files,
    }
    (folder / "model.json").write_text(json.dumps(description), "utf-8")
    return folder


def _image_graph(basis: np.ndarray) -> onnx.GraphProto:
    side = SIZE // PATCH
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixel_values"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["colour"]),
        helper.make_node("MatMul", ["colour", "basis"], ["raw"]),
        *_unit("raw", "image_embeds", axis=-1),
        helper.make_node(
            "AveragePool",
            ["pixel_values"],
            ["patches"],
            kernel_shape=[PATCH, PATCH],
            strides=[PATCH, PATCH],
        ),
        helper.make_node("Reshape", ["patches", "patch_shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["turned", "basis"], ["raw_patches"]),
        *_unit("raw_patches", "patch_embeds", axis=-1),
    ]
    return helper.make_graph(
        nodes,
        "image",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])],
        [
            helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("patch_embeds", TensorProto.FLOAT, ["n", side**2, 4]),
        ],
        [
            numpy_helper.from_array(basis, "basis"),
            numpy_helper.from_array(np.array([0, 3, side**2], np.int64), "patch_shape"),
            numpy_helper.from_array(np.array([1e-6], np.float32), "tiny"),
        ],
    )


def _text_graph(table: np.ndarray) -> onnx.GraphProto:
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide_mask"]),
        helper.make_node("Mul", ["words", "wide_mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "second"], ["raw"], keepdims=0),
        *_unit("raw", "text_embeds", axis=-1),
    ]
    return helper.make_graph(
        nodes,
        "text",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["n", "t"]),
        ],
        [helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["n", 4])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "second"),
            numpy_helper.from_array(np.array([1e-6], np.float32), "tiny"),
        ],
    )


def _unit(source: str, target: str, axis: int) -> list[onnx.NodeProto]:
    norm = f"{target}_norm"
    return [
        helper.make_node("ReduceL2", [source], [norm], axes=[axis], keepdims=1),
        helper.make_node("Max", [norm, "tiny"], [f"{norm}_safe"]),
        helper.make_node("Div", [source, f"{norm}_safe"], [target]),
    ]


def save(path: Path, graph: onnx.GraphProto) -> None:
    """Check a graph, and write it as a model."""
    # Opset 17: ReduceL2 still takes its axes as an attribute.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
