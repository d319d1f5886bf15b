"""Tiny checkpoints in the Hub's own cache, so that commands which name the Hub's checkpoints find
them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import transformers

from tests.support.hub_checkpoints import SMALL, WORDS, make_clip
from tests.support.marian import make_marian
from tests.support.mclip_folders import make_mclip

REVISION = "0" * 39 + "1"


def fill(home: Path, work: Path) -> None:
    """Fill HF_HOME with the checkpoints that the training pages name.

    work: an empty folder.
    """
    text, images = make_mclip(work, ["una foto di un gatto", "un cane"])
    _keep(home, "sentence-transformers/clip-ViT-B-32-multilingual-v1", text.rename)
    _keep(home, "sentence-transformers/clip-ViT-B-32", images.rename)
    _keep(home, "openai/clip-vit-base-patch32", make_clip)
    _keep(home, "dbmdz/bert-base-italian-xxl-uncased", _bert)
    _keep(home, "Helsinki-NLP/opus-mt-en-it", make_marian)


def _keep(home: Path, repo: str, make: Callable[[Path], object]) -> None:
    folder = home / "hub" / f"models--{repo.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(REVISION)
    (folder / "snapshots").mkdir()
    make(folder / "snapshots" / REVISION)


def _bert(folder: Path) -> None:
    folder.mkdir()
    vocabulary = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(4)
    config = transformers.BertConfig(**SMALL, vocab_size=len(vocabulary))
    transformers.BertModel(config).save_pretrained(folder)
