"""The card of an exported run, and its upload to the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="exporting takes cercafoto[torch]")
import huggingface_hub

from cercafoto.models.prepare.transformers_checkpoint import Description
from cercafoto.training.__main__ import main
from cercafoto.training.clip_italian import checkpoint, config_text
from cercafoto.training.clip_italian.export import push, run_card
from cercafoto.training.clip_italian.model import CONFIG
from cercafoto.training.training_errors import InputError
from tests.support.training_pairs import write_pairs
from tests.support.training_run import make_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second stage, the first beside it; with figures, and pairs of two sources."""
    return make_stages(tmp_path_factory.mktemp("stages"))


def make_stages(tmp_path: Path) -> Path:
    train, valid = write_pairs(tmp_path, "wit", 6), write_pairs(tmp_path, "mscoco", 4)
    both = tmp_path / "both.jsonl"
    both.write_text(train.read_text() + valid.read_text(), "utf-8")
    data = (f"data.train={both}", f"data.valid={valid}", "optimizer.learning_rate=0.125")
    make_run(tmp_path / "stage1", (*data, "freeze=backbones"))
    make_run(tmp_path / "stage2", (*data, f"start={tmp_path / 'stage1'}"))
    best = checkpoint.read(tmp_path / "stage2", "best")
    figures = {"step": 1234, "metrics": {"valid_loss": 1.25, "R@1": 0.375}}
    checkpoint.write(tmp_path / "stage2", "best", best | figures)
    return tmp_path / "stage2"


def test_the_card_says_what_is_known(run: Path) -> None:
    text = run_card.of_run(run, "best", "mio", "gpl-3.0")
    assert text.startswith("---\nlanguage: it\nlicense: gpl-3.0\n") and "\n# mio\n" in text
    assert "| wit | 6 | 18 |" in text and "| in all | 10 | 30 |" in text
    assert "Trained on (`stage1`, `stage2`)" in text
    assert "1,234 steps" in text and "| R@1 | 0.3750 |" in text
    assert text.index("freeze=backbones") < text.index("freeze=none")
    assert "optimizer.learning_rate=0.125" in text and "`random:vit-tiny`" in text
    assert str(run.parent) not in text, "the folders of one's machine are nobody's business"


def test_what_is_not_known_is_not_invented(tmp_path: Path) -> None:
    run = make_stages(tmp_path)
    (run.parent / "both.jsonl").unlink()
    (run.parent / "stage1" / CONFIG).unlink()
    text = run_card.of_run(run, "last", "mio", "")
    assert "license:" not in text and "None was stated" in text
    assert "Trained on (`stage2`): pairs that were no longer there" in text
    assert "## Figures\n\nNone is known." in text
    assert "freeze=backbones" not in text
    # A run that begins from itself.
    own = config_text.override(config_text.load(run / CONFIG), [f"start={run}"])
    (run / CONFIG).write_text(config_text.to_json(own), "utf-8")
    assert run_card.of_run(run, "best", "mio", "").count("preset `smoke`") == 1


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Record requests to the Hub instead of sending them."""
    asked: list[tuple[str, Any]] = []

    def record(name: str) -> Any:
        return lambda self, *a, **named: asked.append((name, (*a, *named.values())))

    for name in ("whoami", "create_repo", "upload_folder"):
        monkeypatch.setattr(huggingface_hub.HfApi, name, record(name))
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_mine")
    return asked


def test_an_exported_checkpoint_has_its_card_and_is_sent_only_if_asked(
    run: Path, tmp_path: Path, hub: list[tuple[str, Any]]
) -> None:
    vtde = tmp_path / "vtde"
    command = ["export", "--run", str(run), "--to", "vtde", str(vtde), "--licence", "gpl-3.0"]
    assert main(command) == 0 and hub == []
    card = run_card.of_run(run, "best", "vtde", "gpl-3.0")
    assert (vtde / "README.md").read_text("utf-8") == card
    assert Description.read(vtde).architecture == "vision-text-dual-encoder"
    assert main([*command, "--push", "io/mio"]) == 0
    assert [name for name, _ in hub] == ["whoami", "create_repo", "upload_folder"]
    assert hub[1] == ("create_repo", ("io/mio", True, True))  # private, and it may be there
    assert hub[2][1][:2] == ("io/mio", vtde)


def test_what_hinders_is_said_before_the_work(
    run: Path,
    tmp_path: Path,
    hub: list[tuple[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "vtde"
    words = ["export", "--run", str(run), "--to", "vtde", str(out), "--push"]

    def refused(repo: str) -> str:
        assert main([*words, repo]) == 1
        assert not out.exists()
        return capsys.readouterr().err

    assert "not OWNER/NAME" in refused("mio") and "not OWNER/NAME" in refused("io/../mio")
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    assert "your own token" in refused("io/mio")

    def offline(self: Any) -> None:
        raise huggingface_hub.errors.OfflineModeIsEnabled("offline mode is enabled")

    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_mine")
    monkeypatch.setattr(huggingface_hub.HfApi, "whoami", offline)
    assert "cannot be reached" in refused("io/mio")
    assert hub == []


def test_a_folder_that_could_not_be_sent_stays(
    tmp_path: Path, hub: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(self: Any, **_: Any) -> None:
        raise ConnectionError("cut off")

    monkeypatch.setattr(huggingface_hub.HfApi, "upload_folder", cut)
    with pytest.raises(InputError, match=r"is complete, but could not be sent to io/mio: cut off"):
        push.push(tmp_path, "io/mio")
