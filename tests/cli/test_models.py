"""cercafoto modello: the list of models, and their check."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cercafoto import Settings
from tests.conftest import Cli
from tests.support.tiny_model import make_tiny_model


def test_modello_elenco_and_verifica(cli: Cli, settings: Settings) -> None:
    rows = {m["name"]: m for m in json.loads(cli("modello", "elenco", "--json")[1])}
    assert rows["tiny"]["in_use"]
    assert rows["clip-italian"]["licence"] == "GPL-3.0"
    assert rows["mini"]["state"] == "pronto"
    code, out, _ = cli("modello", "verifica", "tiny")
    assert (code, out) == (0, "tiny: 5 file, tutto in ordine\n")
    real = (settings.models / "tiny").resolve()
    (settings.models / "tiny").unlink()
    copied = settings.models / "tiny"
    copied.mkdir()
    for file in real.iterdir():
        copied.joinpath(file.name).write_bytes(file.read_bytes())
    damaged = copied / "image.onnx"
    content = bytearray(damaged.read_bytes())
    content[99] ^= 1
    damaged.write_bytes(content)
    code, _, err = cli("modello", "verifica")
    assert code == 1
    assert "image.onnx" in err


def test_an_archive_keeps_the_model_that_it_was_made_with(
    cli: Cli, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("index", photos)[0] == 0
    monkeypatch.delenv("CERCAFOTO_MODELLO")
    make_tiny_model(settings.models / "clip-italian", "clip-italian", turn=1)

    def in_use() -> list[str]:
        return [m["name"] for m in json.loads(cli("modello", "elenco", "--json")[1]) if m["in_use"]]

    assert in_use() == ["tiny"]
    assert "Hai scelto il modello «clip-italian»" in cli("modello", "usa", "clip-italian")[2]
    assert in_use() == ["clip-italian"]
    assert cli("modello", "usa", "auto")[2] == "L'archivio resta con il modello «tiny».\n"
    assert in_use() == ["tiny"]


def test_modello_shows_what_there_is_to_choose_from(cli: Cli, settings: Settings) -> None:
    code, out, err = cli("modello")
    assert (code, err) == (0, "")
    names = ["clip-italian", "siglip2-rapido", "siglip2", "siglip2-grande", "mini"]
    rows = {line.split()[0]: line for line in out.splitlines()[1:11:2]}
    assert list(rows) == names
    assert re.search(r"82 su 100 +1,5 GB +[1-9][\d,]*×", rows["siglip2-rapido"])
    for name in names[:4]:
        assert f"cercafoto modello scarica {name}\n" in out
    assert "cercafoto modello usa mini" in out
    assert "modelli.md" in out and "modello aggiungi" in out
    assert "cercafoto modello\n" in cli("modello", "elenco")[1]
    make_tiny_model(settings.models / "siglip2", "siglip2")
    assert "cercafoto modello usa siglip2\n" in cli("modello", "--offline")[1]


def test_what_cannot_be_downloaded_is_told_with_what_can(cli: Cli, no_sockets: None) -> None:
    code, _, err = cli("modello", "scarica", "pippo")
    assert code == 2
    assert (
        "clip-italian, siglip2-rapido, siglip2, siglip2-grande. Di" in err
        and "modello aggiungi" not in err
    )
    code, _, err = cli("modello", "scarica", "siglip", "--offline")
    assert code == 1
    assert "google/siglip-base-patch16-256-multilingual" in err
    assert "Rete disattivata (--offline)." in err
