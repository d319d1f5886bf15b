"""Small copies of mCLIP's two folders, as sentence-transformers publishes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.support.hub_checkpoints import make_clip


def make_mclip(folder: Path, texts: Sequence[str]) -> tuple[Path, Path]:
    """Write both folders into `folder`. texts: their words are the vocabulary."""
    text, images = folder / "multilingual", folder / "clip"
    text.mkdir()
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *sorted({w for t in texts for w in t.split()}),
    ]
    (text / "vocab.txt").write_text("\n".join(vocabulary) + "\n", "utf-8")
    torch.manual_seed(5)
    config = transformers.DistilBertConfig(
        vocab_size=len(vocabulary), dim=32, hidden_dim=64, n_layers=1, n_heads=2
    )
    model = transformers.DistilBertModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(20)
    model.save_pretrained(text)
    transformers.DistilBertTokenizer(str(text / "vocab.txt"), do_lower_case=False).save_pretrained(
        text
    )
    dump(text / "sentence_bert_config.json", {"max_seq_length": 9, "do_lower_case": False})
    dump(
        text / "modules.json",
        [
            step(0, "", "Transformer"),
            step(1, "1_Pooling", "Pooling"),
            step(2, "2_Dense", "Dense"),
        ],
    )
    (text / "1_Pooling").mkdir()
    dump(
        text / "1_Pooling" / "config.json",
        {
            "word_embedding_dimension": 32,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    )
    (text / "2_Dense").mkdir()
    dump(
        text / "2_Dense" / "config.json",
        {
            "in_features": 32,
            "out_features": 48,
            "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity",
        },
    )
    torch.save({"linear.weight": torch.randn(48, 32)}, text / "2_Dense" / "pytorch_model.bin")
    images.mkdir()
    make_clip(images / "0_CLIPModel")
    dump(images / "modules.json", [step(0, "0_CLIPModel", "CLIPModel")])
    return text, images


def step(number: int, path: str, kind: str) -> dict[str, Any]:
    name = f"sentence_transformers.models.{kind}"
    return {"idx": number, "name": str(number), "path": path, "type": name}


def dump(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), "utf-8")
