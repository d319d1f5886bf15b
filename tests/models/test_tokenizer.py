"""A checkpoint's tokenizer is read from every kind of file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from tests.support.hub_checkpoints import make_clip, make_dual, make_siglip
from tests.support.prepared_models import TEXTS, refused


def test_no_tokenizer(tmp_path: Path) -> None:
    folder = make_siglip(tmp_path / "siglip")
    (folder / "tokenizer.json").unlink()
    assert "tokenizer" in refused(folder, tmp_path).message


def test_vocab_txt_alone_is_enough(tmp_path: Path) -> None:
    from cercafoto.models.prepare.tokenizer import save_tokenizer

    folder = make_dual(tmp_path / "dual")
    both = save_tokenizer(Checkpoint.open(folder), tmp_path / "both.json")
    (folder / "tokenizer.json").unlink()
    assert save_tokenizer(Checkpoint.open(folder), tmp_path / "one.json") == both
    from tokenizers import Tokenizer

    first, second = (Tokenizer.from_file(str(tmp_path / n)) for n in ("both.json", "one.json"))
    assert [first.encode(t).ids for t in TEXTS] == [second.encode(t).ids for t in TEXTS]


@pytest.mark.parametrize("make", [make_dual, make_clip, make_siglip])
def test_the_files_say_what_transformers_would(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    from cercafoto.models.prepare.tokenizer import reference_tokenizer, save_tokenizer

    checkpoint = Checkpoint.open(make(tmp_path / "checkpoint"))
    expected = save_tokenizer(checkpoint, tmp_path / "by.json", reference_tokenizer(checkpoint))
    assert save_tokenizer(checkpoint, tmp_path / "without.json") == expected
    assert (tmp_path / "by.json").read_bytes() == (tmp_path / "without.json").read_bytes()
