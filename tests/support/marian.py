"""A tiny Marian checkpoint with random weights, in the layout of Opus-MT on the Hub."""

from __future__ import annotations

import json
from pathlib import Path

SENTENCES = (
    "a dog runs on the beach", "two children play with a ball", "a cup of coffee on a table",
    "the city at night seen from the hill", "a man rides a bicycle down a street",
    "flowers in a vase near the window", "a rocket takes off", "snow on the mountains in winter",
)  # fmt: skip


def make_marian(folder: Path, seed: int = 0) -> Path:
    """Write a checkpoint whose translations are noise, the same noise for the same sentence."""
    import sentencepiece
    import torch
    import transformers

    folder.mkdir(parents=True)
    pieces = folder / "pieces"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_prefix=str(pieces),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    model_file = pieces.with_suffix(".model")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
    words = [processor.id_to_piece(i) for i in range(3, processor.get_piece_size())]
    # Marian's order: end token first, padding last.
    vocabulary = ["</s>", "<unk>", *words, "<pad>"]
    for side in ("source.spm", "target.spm"):
        (folder / side).write_bytes(model_file.read_bytes())
    table = {piece: number for number, piece in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(table), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"source_lang": "en", "target_lang": "it", "tokenizer_class": "MarianTokenizer"})
    )
    for leftover in (model_file, pieces.with_suffix(".vocab")):
        leftover.unlink()
    padding = len(vocabulary) - 1
    config = transformers.MarianConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=24,
        pad_token_id=padding,
        decoder_start_token_id=padding,
        eos_token_id=0,
        forced_eos_token_id=0,
        init_std=1.0,
    )
    torch.manual_seed(seed)
    model = transformers.MarianMTModel(config)
    model.generation_config.bad_words_ids = [[padding]]
    model.save_pretrained(folder)
    return folder
