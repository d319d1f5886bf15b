"""multilingual-e5-small as an ONNX graph, with its matrices in the 4 bits in which they were
published."""

from __future__ import annotations

import numpy as np

from cercafoto.training.mini.graphs.onnx_writer import CONTRIB, INT64, Graph
from cercafoto.training.weights.cut_vocabulary import Vocabulary
from cercafoto.training.weights.wheels import BLOCK, FourBit, TextWeights

TEXT_INPUTS: dict[str, tuple[int, list[object]]] = {
    "input_ids": (INT64, ["N", "T"]),
    "attention_mask": (INT64, ["N", "T"]),
}


def add_text_tower(
    graph: Graph, weights: TextWeights, vocabulary: Vocabulary, max_tokens: int, layers: int
) -> str:
    """Add the tower; return the name of its mean-pooled output, [N, width], not normalised.

    The inputs have the names of TEXT_INPUTS.

    max_tokens: number of positions to keep.
    layers: number of layers to use.
    """
    tensors = weights.tensors
    x = _embeddings(graph, weights, vocabulary, max_tokens)
    x = _norm(graph, x, "emb.ln", tensors["emb.ln.w"], tensors["emb.ln.b"], weights.epsilon)
    # MultiHeadAttention wants 1 for a token and 0 for padding, int32 [N, T].
    mask = graph.op("Cast", "attention_mask", to=6)
    for layer in range(layers):
        x = _block(graph, weights, f"l{layer}.", x, mask)
    return _mean(graph, x)


def _embeddings(graph: Graph, weights: TextWeights, vocabulary: Vocabulary, max_tokens: int) -> str:
    """Add the sum of word, position and type embeddings, [N, T, width].

    A row of the word table is gathered as it is stored (nibble - 8, int8) and then scaled, so the
    whole table is never expanded.
    """
    tensors, width = weights.tensors, weights.width
    table: FourBit = tensors["emb.word"].take(vocabulary.rows)
    rows = len(vocabulary.rows)
    values = (table.nibbles.astype(np.int8) - 8).reshape(rows, width // BLOCK, BLOCK)
    words = graph.op("Gather", graph.weight("emb.word", values), "input_ids", axis=0)
    # float16 holds the scales exactly: that is how they were stored.
    scales = graph.op(
        "Gather", graph.weight("emb.scales", table.scales.astype(np.float16)), "input_ids", axis=0
    )
    scales = graph.op("Unsqueeze", graph.op("Cast", scales, to=1), graph.constant([-1]))
    words = graph.op("Mul", graph.op("Cast", words, to=1), scales)
    words = graph.op("Reshape", words, graph.constant([0, 0, width]))
    positions = tensors["emb.pos"].reshape(-1, width)[:max_tokens]
    kind = tensors["emb.type"].reshape(-1, width)[0]
    table_of_places = graph.weight("emb.pos", positions + kind)
    length = graph.op("Shape", "input_ids", start=1, end=2)
    places = graph.op("Slice", table_of_places, graph.constant([0]), length, graph.constant([0]))
    return graph.op("Add", words, places)


def _norm(graph: Graph, x: str, name: str, scale: object, bias: object, epsilon: float) -> str:
    return graph.op(
        "LayerNormalization",
        x,
        graph.weight(f"{name}.w", np.asarray(scale)),
        graph.weight(f"{name}.b", np.asarray(bias)),
        epsilon=epsilon,
        axis=-1,
    )


def _block(graph: Graph, weights: TextWeights, prefix: str, x: str, mask: str) -> str:
    """Add one BERT layer, with a normalisation after each half. Return the name of the result.

    prefix: beginning of the names of the layer's weights.
    """
    t = weights.tensors

    def part(kind: str, values: str) -> str:
        name = prefix + kind
        return graph.linear4(values, name, t[f"{name}.w"], t[f"{name}.b"])

    attended = graph.op(
        "MultiHeadAttention",
        part("q", x),
        part("k", x),
        part("v", x),
        "",
        mask,
        domain=CONTRIB,
        num_heads=weights.heads,
    )
    x = graph.op("Add", x, part("ao", attended))
    name = f"{prefix}aln"
    x = _norm(graph, x, name, t[f"{name}.w"], t[f"{name}.b"], weights.epsilon)
    inner = graph.op("Gelu", part("fi", x), domain=CONTRIB)
    x = graph.op("Add", x, part("fo", inner))
    name = f"{prefix}oln"
    return _norm(graph, x, name, t[f"{name}.w"], t[f"{name}.b"], weights.epsilon)


def _mean(graph: Graph, x: str) -> str:
    """Add the mean over the tokens that are not padding: [N, T, width] -> [N, width]."""
    mask = graph.op("Cast", "attention_mask", to=1)
    weights = graph.op("Unsqueeze", mask, graph.constant([2]))
    total = graph.op("ReduceSum", graph.op("Mul", x, weights), graph.constant([1]), keepdims=0)
    count = graph.op("ReduceSum", mask, graph.constant([1]), keepdims=1)
    return graph.op("Div", total, count)
