"""The training pages lead from the published sources to a model.

Their commands run in order and unchanged, with small stand-ins for the downloads;
`tests.support.training_pages` says what is made smaller.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training takes cercafoto[train]")
pytest.importorskip("torchvision", reason="training takes cercafoto[train]")
pytest.importorskip("sentencepiece", reason="training takes cercafoto[train]")
pytest.importorskip("scipy", reason="training takes cercafoto[train]")
pytest.importorskip("bs4", reason="training takes cercafoto[train]")
pytest.importorskip("deepl", reason="training takes cercafoto[train]")

import torch

from cercafoto.training.clip_italian.monitor.run_log import LOG, read
from cercafoto.training.data.pairs import read_pairs
from tests.support import flax_checkpoint, hub_cache, pretend_programs, published_sources
from tests.support.hub_checkpoints import make_dual
from tests.support.training_pages import commands

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "docs" / f"{name}.md" for name in ("data", "reproduction", "training", "training-proof")
]
# spaCy and its Italian pipeline are the user's to install.
SPACY = """
from types import SimpleNamespace

def load(name, exclude=()):
    def tags(text):
        return [SimpleNamespace(pos_="PROPN" if w.istitle() else "NOUN") for w in text.split()]
    return SimpleNamespace(pipe=lambda texts: map(tags, texts))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run all the commands in a folder, and return it."""
    from tests.support.tiny_model import make_tiny_model

    away = tmp_path_factory.mktemp("away")
    here = tmp_path_factory.mktemp("here")
    published_sources.lay_out(here)
    (away / "work").mkdir()
    hub_cache.fill(away / "hf", away / "work")
    dual = make_dual(away / "remote" / "clip-italian" / "clip-italian")
    state = torch.load(dual / "pytorch_model.bin", weights_only=True)
    flax_checkpoint.write(dual, flax_checkpoint.flax_tree(state))
    (dual / "pytorch_model.bin").unlink()
    pretend_programs.install(away / "bin", sys.executable, ROOT)
    (away / "packages").mkdir()
    (away / "packages" / "spacy.py").write_text(SPACY)
    pretend_programs.install_open_clip(away / "packages")
    environment = os.environ | {
        "PATH": f"{away / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{away / 'packages'}{os.pathsep}{ROOT}",
        "HOME": str(away),
        "HF_HOME": str(away / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_TOKEN": "hf_pretended",
        "CERCAFOTO_MODELLI": str(away / "models"),
        pretend_programs.REMOTE: str(away / "remote"),
        pretend_programs.TINY: str(make_tiny_model(away / "tiny", "clip-italian")),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.training_pages", *map(str, PAGES)],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    (here / "said.txt").write_text(done.stdout, "utf-8")
    return here


def test_every_source_gives_pairs(walked: Path) -> None:
    sources = {pair.source for pair in read_pairs(walked / "pairs" / "train.jsonl")}
    assert sources == {"wit", "mscoco-it", "conceptual", "foto-del-giorno"}
    captions = {c for pair in read_pairs(walked / "pairs" / "wit.jsonl") for c in pair.captions}
    assert len(captions) == published_sources.PHOTOS - 1  # but for the one that is a name
    living = published_sources.PHOTOS * (published_sources.DEAD - 1) // published_sources.DEAD
    assert len(read_pairs(walked / "pairs" / "conceptual.jsonl")) == living
    assert len(read_pairs(walked / "pairs" / "foto.jsonl")) == published_sources.PHOTOS // 4
    whole = read_pairs(walked / "pairs" / "train.jsonl")
    packed = read_pairs(walked / "shards" / "train.jsonl")
    assert [pair.captions for pair in packed] == [pair.captions for pair in whole]


def test_the_tables_are_printed(walked: Path) -> None:
    said = (walked / "said.txt").read_text("utf-8")
    assert "CLIP-Italian, published" in said and "runs/stage2" in said
    photos = list((walked / "imagenet" / "val").rglob("*.JPEG"))
    assert len(photos) == len(published_sources.TRUTH)


def test_two_processes_log_the_loss_of_each_source_and_both_tables(walked: Path) -> None:
    rows = read(walked / "runs" / "stage2-eight" / LOG)
    (validated,) = (row for row in rows if "valid_loss" in row)
    sources = ("wit", "mscoco-it", "conceptual")
    assert {f"valid_loss/{source}" for source in sources} <= validated.keys()
    assert {"mscoco-it/MRR@10", "imagenet/accuracy@1"} <= validated.keys()


def test_a_run_ends_as_a_model(walked: Path) -> None:
    for made in ("out/vtde/config.json", "out/modello/model.json", "out/from-flax/config.json"):
        assert (walked / made).is_file(), made
    sent = [json.loads(line) for line in (walked / "sent.jsonl").read_text().splitlines()]
    assert [name for name, _, _ in sent] == ["whoami", "create_repo", "upload_folder"]
    assert sent[2][2]["folder_path"] == "out/shared"
    assert "license: gpl-3.0" in (walked / "out" / "shared" / "README.md").read_text("utf-8")
    rungs = json.loads((walked / "runs" / "ablation" / "ablation.json").read_text())
    assert len(rungs) == 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_is_passed_over(page: Path) -> None:
    shown = re.findall(
        r"^ +(?:python|torchrun .*) -m cercafoto.training ", page.read_text("utf-8"), re.M
    )
    assert len([c for c in commands(page) if "cercafoto.training" in c]) == len(shown) > 0


def test_one_command_does_it_all(walked: Path) -> None:
    for name in ("mscoco", "all"):
        for table in ("mscoco", "imagenet"):
            said = (walked / "runs" / f"{name}-stage2" / f"{table}.txt").read_text("utf-8")
            assert "CLIP-Italian, published" in said and f"runs/{name}-stage2" in said
    sources = {pair.source for pair in read_pairs(walked / "pairs" / "all" / "train.jsonl")}
    assert sources == {"wit", "mscoco-it", "conceptual", "foto-del-giorno"}
    read = json.loads((walked / "open_clip.json").read_text())
    assert read["train"] == len(read_pairs(walked / "pairs" / "train.jsonl"))
