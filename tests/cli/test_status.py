"""cercafoto stato: the archive in figures."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Settings
from cercafoto.photos.exif import DATETIME_ORIGINAL, EXIF_IFD
from tests.conftest import Cli
from tests.support.optional_packages import needs


def test_stato(cli: Cli, indexed: Path, settings: Settings) -> None:
    code, out, _ = cli("stato")
    assert code == 0
    assert str(settings.archive) in out
    assert f"{indexed} (5 foto)" in out
    status = json.loads(cli("stato", "--json")[1])
    assert (status["photos"], status["vectors"], status["model"]["name"]) == (5, 5, "tiny")


def test_a_date_from_a_name_is_a_date(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    assert re.search(r"^Con data +nessuna$", cli("stato")[1], re.M)
    (photos / "1961").mkdir()
    (photos / "rosso.png").rename(photos / "1961" / "rosso.png")
    assert cli("index")[0] == 0
    told = r"^Con data +1 \(dal nome di file o cartelle\); le altre: .* --manca data»$"
    assert re.search(told, cli("stato")[1], re.M)
    status = json.loads(cli("stato", "--json")[1])
    assert (status["dated"], status["dated_by_name"]) == (0, 1)
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[DATETIME_ORIGINAL] = "2021:05:01 10:00:00"
    Image.new("RGB", (60, 40), (9, 9, 9)).save(photos / "scattata.jpg", exif=exif)
    assert cli("index")[0] == 0
    said = cli("stato")[1]
    assert re.search(r"^Con data +2 \(di cui 1 dal nome di file o cartelle\); le altre", said, re.M)


def test_words_of_developers_are_among_the_details(cli: Cli, indexed: Path) -> None:
    words = re.compile("hnsw|onnx|grafo|vettor|impronta|fingerprint|sqlite|cpu|cache|hash", re.I)
    plain, details = cli("stato")[1], cli("stato", "--dettagli")[1]
    assert not words.findall(plain.replace(str(indexed), ""))
    assert {word.lower() for word in words.findall(details)} >= {"hnsw", "onnx", "vettor", "cpu"}
    assert details.startswith(plain.split("Etichette")[0].split("Cartella")[0])


@needs("hnswlib")
def test_stato_says_whether_there_is_a_graph(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "hnswlib, usato" in cli("stato", "--dettagli")[1]
    assert json.loads(cli("stato", "--json")[1])["graph"] is True
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    assert "assente" in cli("stato", "--dettagli")[1]
    assert json.loads(cli("stato", "--json")[1])["graph"] is False
    for command in (
        ("cerca", "rosso"),
        ("controlla",),
        ("stato",),
        ("cerca", "--come", indexed / "rosso.png"),
    ):
        code, out, err = cli(*command)
        assert (code, "hnswlib" in out + err) == (0, False)
