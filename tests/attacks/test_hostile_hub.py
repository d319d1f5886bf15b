"""A Hub, or a mirror, whose answers differ from the request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("huggingface_hub", reason="downloading takes huggingface_hub")

from cercafoto.base.reporter import SILENT
from cercafoto.errors import ModelDownloadError, ModelError
from cercafoto.models import hub, obtain
from cercafoto.models.hub import download
from cercafoto.models.registry import CLIP_ITALIAN
from cercafoto.settings import Settings
from tests.support.hub_server import HubServer

REPO, COMMIT, OTHER = CLIP_ITALIAN.repo, CLIP_ITALIAN.revision, "0" * 40
BIG = "pytorch_model.bin"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "clip"}', "utf-8")
    (folder / BIG).write_bytes(bytes(range(256)) * 400)
    with HubServer(folder, REPO, COMMIT) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def tampered(
    server: HubServer, monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], object]
) -> None:
    """Let the server send a changed listing."""
    listing = server.listing()
    change(listing)
    monkeypatch.setattr(server, "listing", lambda: listing)


@pytest.mark.parametrize("commit", [OTHER, "", "main", "../../altro", COMMIT.upper()])
def test_another_commit_than_was_asked_for(
    commit: str, server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered(server, monkeypatch, lambda listing: listing.update(sha=commit))
    with pytest.raises(ModelDownloadError, match="un'altra"):
        download(REPO, COMMIT, tmp_path / "cache")
    assert server.served == []
    assert not (tmp_path / "cache").exists()


def test_a_commit_that_is_none(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that is not a hash is refused: it becomes part of addresses."""
    tampered(server, monkeypatch, lambda listing: listing.update(sha="../../altro"))
    with pytest.raises(ModelDownloadError, match="un'altra"):
        download(REPO, None, tmp_path / "cache")


def test_another_commit_in_what_is_kept(server: HubServer, tmp_path: Path) -> None:
    """The stored list of files names another commit than its folder."""
    folder = download(REPO, COMMIT, tmp_path / "cache")
    data = json.loads((folder / "elenco.json").read_bytes())
    (folder / "elenco.json").write_text(json.dumps(data | {"commit": OTHER}), "utf-8")
    with pytest.raises(ModelDownloadError, match="un'altra"):
        download(REPO, COMMIT, tmp_path / "cache", offline=True)


def test_a_known_model_without_digests(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(listing: dict[str, Any]) -> None:
        for sibling in listing["siblings"]:
            sibling.pop("lfs", None)
            sibling["blobId"] = None

    tampered(server, monkeypatch, without)
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models")
    with pytest.raises(ModelDownloadError, match="impronta"):
        obtain.obtain(settings, CLIP_ITALIAN.name, SILENT)
    assert server.served == []


def test_more_bytes_than_were_declared(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sends without end must not fill the disk."""
    declared = 5000

    def shorter(listing: dict[str, Any]) -> None:
        for sibling in listing["siblings"]:
            if sibling["rfilename"] == BIG:
                sibling["lfs"]["size"] = sibling["size"] = declared

    tampered(server, monkeypatch, shorter)
    monkeypatch.setattr(hub, "CHUNK", 1000)
    with pytest.raises(ModelDownloadError):
        download(REPO, COMMIT, tmp_path / "cache")
    kept = [path.stat().st_size for path in (tmp_path / "cache").rglob(f"{BIG}*")]
    assert all(size <= declared for size in kept)


def test_a_small_file_of_gigabytes(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def larger(listing: dict[str, Any]) -> None:
        for sibling in listing["siblings"]:
            if sibling["rfilename"] == "config.json":
                sibling["size"] = 3_000_000_000

    tampered(server, monkeypatch, larger)
    with pytest.raises(ModelError, match=r"config\.json è di 3000 MB"):
        download(REPO, COMMIT, tmp_path / "cache")
    assert server.served == []


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_a_network_that_is_not_to_be_used(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_sockets: None
) -> None:
    monkeypatch.setenv(variable, "1")
    settings = replace(Settings.resolve(), models=tmp_path / "models")
    with pytest.raises(ModelDownloadError, match="Rete disattivata"):
        obtain.obtain(settings, CLIP_ITALIAN.name, SILENT)
