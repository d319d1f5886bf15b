"""The text tower in eight bits: near the original, and equal on every processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.optional_packages import needs
from tests.training.mini.test_build import CLASSES, tiny_text_weights

pytestmark = needs("torch", "onnx", "tokenizers")
SENTENCES = [f"un {a} e una {b}, {c}" for a in CLASSES for b in CLASSES for c in ["abc", "123"]]


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    """Return the graph before and after, and the tokenizer. A few channels are much larger than the
    others, as in any trained tower."""
    from cercafoto.models.prepare.fusing import optimise
    from cercafoto.training.mini.graphs import text_bits
    from cercafoto.training.mini.graphs.onnx_writer import Graph
    from cercafoto.training.mini.graphs.serving import save_text_graph
    from cercafoto.training.mini.graphs.text_tower import add_text_tower
    from cercafoto.training.weights.cut_vocabulary import Vocabulary, tokenizer_of

    weights = tiny_text_weights(width=64, layers=2, inner=128)
    rng = np.random.default_rng(3)
    for name, value in weights.tensors.items():
        if name.endswith("ln.w"):
            value[rng.choice(64, 3, replace=False)] = 5.0
    vocabulary = Vocabulary(weights.pieces, np.arange(len(weights.pieces)))
    tokenizer = tokenizer_of(weights.pieces, 32)
    graph = Graph("text")
    pooled = add_text_tower(graph, weights, vocabulary, 32, weights.layers)
    head = graph.linear(pooled, "head", rng.normal(size=(48, 64)), rng.normal(size=48))
    graph.rename(graph.unit(head), "text_embeds")
    work = tmp_path_factory.mktemp("tower")
    save_text_graph(graph, work / "raw.onnx", 48)
    optimise(work / "raw.onnx", work / "before.onnx")
    text_bits.quantise(work / "before.onnx", work / "after.onnx", tokenizer, SENTENCES[::2])
    return work / "before.onnx", work / "after.onnx", tokenizer


def vectors(path: Path, tokenizer: Any, sentences: list[str]) -> np.ndarray:
    """Return the vectors of the sentences, embedded one at a time: [n, 48]."""
    import onnxruntime as ort

    session = ort.InferenceSession(str(path))
    parts = []
    for sentence in sentences:
        ids = np.array([tokenizer.encode(sentence).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        parts.append(session.run(["text_embeds"], feed)[0])
    return np.concatenate(parts)


def test_sentences_that_it_was_not_fitted_to_keep_their_vectors(
    towers: tuple[Path, Path, Any],
) -> None:
    before, after, tokenizer = towers
    wanted, found = (vectors(path, tokenizer, SENTENCES[1::2]) for path in (before, after))
    cosines = (wanted * found).sum(axis=1)
    assert cosines.mean() > 0.999
    assert cosines.min() > 0.995


def test_large_channels_do_not_cost_the_others_their_levels() -> None:
    from cercafoto.training.mini.graphs import text_bits

    rng = np.random.default_rng(5)
    values = rng.normal(size=(400, 96)).astype(np.float32)
    values[:, rng.choice(96, 4, replace=False)] *= 40.0
    matrix = rng.normal(size=(96, 64)).astype(np.float32)

    def error(range_: text_bits._Range) -> float:
        levels, scales = text_bits._rounded(matrix * range_.channels[:, None])
        found = range_.rounded(values) @ (levels * scales)
        return float(np.square(found - values @ matrix).mean())

    as_they_are = next(text_bits._ranges(values, np.ones(96, np.float32)))
    assert error(text_bits._chosen(values, matrix)) < 0.25 * error(as_they_are)


def test_no_processor_can_overflow_where_it_adds_two_products(
    towers: tuple[Path, Path, Any],
) -> None:
    import onnx
    from onnx import numpy_helper

    model = onnx.load(towers[1])
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    products = [n for n in model.graph.node if n.op_type == "MatMulIntegerToFloat"]
    assert len(products) == 2 * 5
    for node in products:
        levels = numpy_helper.to_array(weights[node.input[1]]).astype(np.int64)
        pairs = np.abs(levels[::2]) + np.abs(levels[1::2])
        assert 255 * pairs.max() < 2**15
        assert np.abs(levels).max() > 64  # half of the levels would be too few
    kinds = [n.op_type for n in model.graph.node]
    assert kinds.count("MatMulNBits") == 2 + 1  # as published, and the head
    assert "Gemm" not in kinds
    assert "MatMul" not in kinds


def test_a_sentence_is_the_same_beside_another_as_alone(towers: tuple[Path, Path, Any]) -> None:
    import onnxruntime as ort

    _, after, tokenizer = towers
    some = ["un gatto e una neve", "un fuoco e una cane"]
    ids = np.array([tokenizer.encode(sentence).ids for sentence in some], np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    (together,) = ort.InferenceSession(str(after)).run(["text_embeds"], feed)
    assert np.allclose(together, vectors(after, tokenizer, some), atol=1e-5)
