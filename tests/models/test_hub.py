"""Downloads from a Hub: which files are taken, resumed, verified or refused, and the messages."""

from __future__ import annotations

import errno
import hashlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
from cercafoto.base.reporter import SILENT
from cercafoto.errors import DiskFullError, ModelDownloadError, ModelError
from cercafoto.models import hub, obtain
from cercafoto.models import hub_listing as listing
from cercafoto.models.hub import download
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import convert as prepare
from cercafoto.models.registry import CLIP_ITALIAN
from cercafoto.settings import Settings
from tests.support.hub_checkpoints import make_dual
from tests.support.hub_server import HubServer
from tests.support.recorder import Recorder

REPO, COMMIT = CLIP_ITALIAN.repo, CLIP_ITALIAN.revision
BIG = "pytorch_model.bin"
CHUNK = 16_384  # small beside the weights served here, as the real one is beside real weights
TAKEN = {
    "README.md",
    "config.json",
    "preprocessor_config.json",
    "pytorch_model.bin",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small CLIP-Italian with the real file names, Flax weights included."""
    folder = make_dual(tmp_path_factory.mktemp("repository") / "clip-italian")
    (folder / "flax_model.msgpack").write_bytes(b"weights for another framework")
    (folder / ".gitattributes").write_text("*.bin filter=lfs\n", encoding="utf-8")
    return folder


@pytest.fixture
def server(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer(checkpoint, REPO, COMMIT) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setattr(hub, "CHUNK", CHUNK)
        for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield running


def _files(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} - {listing.LISTING}


# -- success ------------------------------------------------------------------------------------


def test_takes_the_files_that_matter_and_no_other(
    server: HubServer, checkpoint: Path, tmp_path: Path
) -> None:
    heard: list[tuple[int, int, str]] = []
    folder = download(REPO, COMMIT, tmp_path / "cache", Recorder(lambda *p: heard.append(p)))
    assert _files(folder) == TAKEN
    assert all((folder / n).read_bytes() == (checkpoint / n).read_bytes() for n in TAKEN)
    total = sum(len(server.files[name]) for name in TAKEN)
    assert heard[-1] == (total, total, BIG)
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    assert {of for _, of, _ in heard} == {total}
    # Weights come last: a fault in a small file costs no large download.
    assert [s.name for s in server.served][-1] == BIG


def test_safetensors_are_preferred(server: HubServer, tmp_path: Path) -> None:
    server.files["model.safetensors"] = b"safe"
    assert _files(download(REPO, COMMIT, tmp_path)) == TAKEN - {BIG} | {"model.safetensors"}


def test_shards_come_with_their_index(server: HubServer, tmp_path: Path) -> None:
    del server.files[BIG]
    shards = {
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    }
    server.files |= {name: b"{}" + name.encode() for name in shards}
    assert _files(download(REPO, COMMIT, tmp_path)) == TAKEN - {BIG} | shards


def test_a_branch_is_pinned_to_its_commit(server: HubServer, tmp_path: Path) -> None:
    folder = download(REPO, None, tmp_path)
    known = listing.saved_listing(folder)
    assert known is not None
    assert known.commit == COMMIT
    assert all(COMMIT in r for r in server.requests if "/resolve/" in r)


def test_obtain_makes_the_model_and_tidies_up(server: HubServer, machine: Settings) -> None:
    recorder = Recorder()
    made = obtain.obtain(machine, "clip-italian", recorder)
    assert (made.name, made.dimension, made.licence) == ("clip-italian", 512, "GPL-3.0")
    assert made.version == COMMIT[:12]
    digest = hashlib.sha256(server.files[BIG]).hexdigest()
    assert made.source == {"repo": REPO, "revision": COMMIT, "sha256": {BIG: digest}}
    made.verify()
    notice, *stages = recorder.lines
    assert "GPL-3.0" in notice
    assert len(stages) >= 4
    assert {p.name for p in machine.models.iterdir()} - {obtain.LOCK} == {"clip-italian"}
    # The same files are there already: no network, no licence.
    server.requests.clear()
    assert obtain.obtain(machine, REPO, recorder) == made
    assert (server.requests, recorder.lines) == ([], [notice, *stages])


# -- interrupted --------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", [False, True])
def test_weights_that_cannot_be_used_are_not_downloaded(
    odd: bool, server: HubServer, machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small files show that a model needs torch, or is of an unknown kind; then they are
    deleted."""
    if odd:
        monkeypatch.setitem(server.files, "config.json", b'{"model_type": "bert"}')
    else:
        monkeypatch.setattr(prepare, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="bert" if odd else "servono torch"):
        obtain.obtain(machine, "clip-italian", SILENT)
    assert server.sent("config.json") > 0
    assert server.sent(BIG) == 0
    assert [p.name for p in machine.models.iterdir()] == [obtain.LOCK]


def test_who_reads_the_licence_can_stop_before_the_weights(
    server: HubServer, machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopping(Recorder):
        def say(self, line: str) -> None:
            super().say(line)
            raise KeyboardInterrupt

    monkeypatch.setattr(obtain, "KNOWN", {})
    reader = Stopping()
    with pytest.raises(KeyboardInterrupt):
        obtain.obtain(machine, REPO, reader, name="mio")
    assert reader.lines == ["Licenza del modello «mio», dalla sua scheda: gpl-3.0."]
    assert server.sent(BIG) == 0


def test_a_cut_connection_is_resumed(server: HubServer, tmp_path: Path) -> None:
    size = len(server.files[BIG])
    server.cut[BIG] = size // 3
    folder = download(REPO, COMMIT, tmp_path)
    assert (folder / BIG).read_bytes() == server.files[BIG]
    kept = size // 3 // CHUNK * CHUNK  # the last, incomplete chunk is lost
    assert server.ranges(BIG) == ["", f"bytes={kept}-"]
    assert server.sent(BIG) == size // 3 + size - kept


def test_a_later_run_goes_on_where_the_first_stopped(server: HubServer, tmp_path: Path) -> None:
    size = len(server.files[BIG])

    def progress(done: int, total: int, name: str) -> None:
        if name == BIG and done > total - size // 2:
            raise ConnectionResetError("unplugged")

    with pytest.raises(ModelDownloadError) as caught:
        download(REPO, COMMIT, tmp_path, Recorder(progress))
    assert "riprende" in caught.value.hint
    (partial,) = tmp_path.rglob(f"*{hub.PARTIAL}")
    there = partial.stat().st_size
    assert size // 2 - CHUNK < there < size // 2 + 2 * CHUNK
    server.served.clear()
    heard: list[int] = []
    folder = download(
        REPO, COMMIT, tmp_path, Recorder(lambda done, total, name: heard.append(done))
    )
    assert (folder / BIG).read_bytes() == server.files[BIG]
    assert [s.name for s in server.served] == [BIG]
    assert server.ranges(BIG) == [f"bytes={there}-"]
    assert server.sent(BIG) == size - there
    assert heard[0] == sum(len(server.files[n]) for n in TAKEN - {BIG}) + there
    assert list(tmp_path.rglob(f"*{hub.PARTIAL}")) == []


def test_a_server_that_fails_keeps_what_arrived(server: HubServer, tmp_path: Path) -> None:
    size = len(server.files[BIG])
    folder = hub.download_folder(tmp_path, REPO, COMMIT)
    folder.mkdir(parents=True)
    digest = next(f["lfs"]["sha256"] for f in server.listing()["siblings"] if f["rfilename"] == BIG)
    partial = folder / f"{BIG}.{digest[:12]}{hub.PARTIAL}"
    partial.write_bytes(server.files[BIG][:5000])
    server.broken.add(BIG)
    with pytest.raises(ModelDownloadError) as caught:
        download(REPO, COMMIT, tmp_path)
    assert "si è interrotto" in caught.value.message
    assert partial.stat().st_size == 5000
    server.broken.clear()
    download(REPO, COMMIT, tmp_path)
    assert server.ranges(BIG) == ["bytes=5000-"]
    assert server.sent(BIG) == size - 5000


def test_a_server_that_cannot_resume_sends_all_again(server: HubServer, tmp_path: Path) -> None:
    size = len(server.files[BIG])
    server.cut[BIG] = size // 3
    server.deaf = True
    folder = download(REPO, COMMIT, tmp_path)
    assert (folder / BIG).read_bytes() == server.files[BIG]
    assert server.sent(BIG) == size // 3 + size


def test_ctrl_c_keeps_what_arrived(server: HubServer, tmp_path: Path) -> None:
    def progress(done: int, total: int, name: str) -> None:
        if name == BIG:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(REPO, COMMIT, tmp_path, Recorder(progress))
    folder = hub.download_folder(tmp_path, REPO, COMMIT)
    assert TAKEN - {BIG} <= _files(folder)


def test_a_failed_preparation_downloads_nothing_twice(
    server: HubServer, machine: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> ModelFolder:
        raise ModelError("non riesce", "riprova")

    recorder = Recorder()
    with monkeypatch.context() as patch:
        patch.setattr(obtain, "prepare", fail)
        with pytest.raises(ModelError):
            obtain.obtain(machine, "clip-italian", recorder)
    assert {p.name for p in machine.models.iterdir()} - {obtain.LOCK} == {obtain.DOWNLOADS}
    # All files are there now: no network is needed.
    offline = Settings(machine.archive, machine.models, offline=True)
    monkeypatch.setattr(socket.socket, "connect", fail)
    checked: list[Path] = []

    def stop(checkpoint: Path, *_: Any) -> ModelFolder:
        checked.append(checkpoint)
        raise ModelError("basta così", "")

    monkeypatch.setattr(obtain, "prepare", stop)
    with pytest.raises(ModelError, match="basta così"):
        obtain.obtain(offline, "clip-italian", recorder)
    assert _files(checked[0]) == TAKEN
    assert len(recorder.lines) == 1  # the licence, once


# -- refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [BIG, "tokenizer.json"])
def test_other_bytes_than_declared_are_refused(
    name: str, server: HubServer, tmp_path: Path
) -> None:
    server.altered.add(name)
    with pytest.raises(ModelDownloadError) as caught:
        download(REPO, COMMIT, tmp_path)
    assert name in caught.value.message
    folder = hub.download_folder(tmp_path, REPO, COMMIT)
    assert not (folder / name).exists()
    assert list(tmp_path.rglob(f"*{hub.PARTIAL}")) == []
    server.altered.clear()
    download(REPO, COMMIT, tmp_path)


def test_a_file_damaged_on_the_disk_is_taken_again(server: HubServer, tmp_path: Path) -> None:
    folder = download(REPO, COMMIT, tmp_path)
    data = bytearray((folder / BIG).read_bytes())
    data[-1] ^= 1
    (folder / BIG).write_bytes(data)
    server.served.clear()
    download(REPO, COMMIT, tmp_path)
    assert [s.name for s in server.served] == [BIG]
    assert (folder / BIG).read_bytes() == server.files[BIG]


def test_no_room_is_found_out_before_the_first_byte(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50_000_000))
    with pytest.raises(DiskFullError) as caught:
        download(REPO, COMMIT, tmp_path)
    assert "50 MB" in caught.value.message
    assert server.served == []


def test_a_disk_that_fills_up_keeps_what_arrived(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(server.files[BIG])

    class Full(hub._ProgressFile):
        def write(self, data: bytes) -> int:
            if self.tell() + len(data) > 20_000:
                super().write(data[:1000])
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    with monkeypatch.context() as patch:
        patch.setattr(hub, "_ProgressFile", Full)
        with pytest.raises(DiskFullError) as caught:
            download(REPO, COMMIT, tmp_path)
    assert "si è riempito" in caught.value.message
    (partial,) = tmp_path.rglob(f"*{hub.PARTIAL}")
    there = partial.stat().st_size
    assert there == CHUNK + 1000
    server.served.clear()
    download(REPO, COMMIT, tmp_path)
    assert (server.ranges(BIG), server.sent(BIG)) == ([f"bytes={there}-"], size - there)


@pytest.mark.parametrize(
    ("repo", "revision", "words"),
    [
        ("nessuno/niente", None, "non c'è nessun modello"),
        (REPO, "v9", "non ha la versione v9"),
        ("a b/c", None, "non è il nome"),
    ],
)
def test_models_that_are_not_on_the_hub(
    repo: str, revision: str | None, words: str, server: HubServer, tmp_path: Path
) -> None:
    with pytest.raises(ModelDownloadError) as caught:
        download(repo, revision, tmp_path / "cache")
    assert words in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("gone", "words"), [("config.json", "config.json"), (BIG, "pesi")])
def test_a_repository_without_a_model(
    gone: str, words: str, server: HubServer, tmp_path: Path
) -> None:
    del server.files[gone]
    with pytest.raises(ModelError, match=words):
        download(REPO, COMMIT, tmp_path)
    assert server.served == []


def test_a_digest_that_is_a_path_names_no_file(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = server.listing()
    for sibling in honest["siblings"]:
        sibling["blobId"] = "../../fuori"
        sibling.pop("lfs", None)
    monkeypatch.setattr(server, "listing", lambda: honest)
    cache = tmp_path / "a" / "b" / "cache"
    assert _files(download(REPO, COMMIT, cache)) == TAKEN
    assert sorted(p.name for p in cache.parent.iterdir()) == ["cache"]


def test_half_a_download_cannot_be_finished_offline(
    server: HubServer, tmp_path: Path, no_sockets_later: Any
) -> None:
    folder = download(REPO, COMMIT, tmp_path)
    (folder / "vocab.txt").unlink()
    no_sockets_later()
    with pytest.raises(ModelDownloadError, match="a metà"):
        download(REPO, COMMIT, tmp_path, offline=True)


@pytest.fixture
def no_sockets_later(monkeypatch: pytest.MonkeyPatch) -> Any:
    def forbid() -> None:
        def refuse(*_: Any) -> None:
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)

    return forbid
