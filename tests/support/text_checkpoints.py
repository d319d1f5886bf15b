"""Small random text models of the real classes, in the Hub's layout, to be taught Italian."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SENTENCE = """
    una foto di un gatto cane il la mare rosso verde blu giallo nero bianco viola arancione
    muro colore è tutto a red green blue yellow black white purple orange wall the colour is all
"""
WORDS = list(dict.fromkeys(SENTENCE.split()))
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def make_bert(folder: Path) -> Path:
    config = transformers.BertConfig(**SMALL, vocab_size=len(WORDS) + 4)
    return _save(folder, transformers.BertModel(config), "[CLS]", "[SEP]", "[PAD]", "[UNK]")


def make_xlm_roberta(folder: Path) -> Path:
    """Write an XLM-R; its positions begin behind the padding's index, which is 1."""
    config = transformers.XLMRobertaConfig(
        **SMALL, vocab_size=len(WORDS) + 4, pad_token_id=1, max_position_embeddings=66
    )
    return _save(folder, transformers.XLMRobertaModel(config), "<s>", "<pad>", "</s>", "<unk>")


def make_modernbert(folder: Path) -> Path:
    """Write a ModernBERT: no pooler, rotary positions, local attention in some layers."""
    size = len(WORDS) + 4
    config = transformers.ModernBertConfig(
        **SMALL, vocab_size=size, pad_token_id=2, bos_token_id=0, eos_token_id=1, cls_token_id=0,
        sep_token_id=1,
    )  # fmt: skip
    return _save(folder, transformers.ModernBertModel(config), "[CLS]", "[SEP]", "[PAD]", "[UNK]")


def _save(folder: Path, model: transformers.PreTrainedModel, *special: str) -> Path:
    """Write model and tokenizer; the four special tokens have the ids 0 to 3."""
    torch.manual_seed(0)
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(folder)
    vocabulary = {word: number for number, word in enumerate([*special, *WORDS])}
    unknown = next(token for token in special if "unk" in token.lower())
    padding = next(token for token in special if "pad" in token.lower())
    first = special[0]
    last = next(token for token in special if token in ("[SEP]", "</s>"))
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(token, vocabulary[token]) for token in (first, last)],
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=padding, unk_token=unknown
    ).save_pretrained(folder)
    return folder


STUDENTS: dict[str, Callable[[Path], Path]] = {
    "bert": make_bert,
    "xlm-roberta": make_xlm_roberta,
    "modernbert": make_modernbert,
}
