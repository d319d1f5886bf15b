"""A long-running process: many threads, an archive that changes meanwhile, shutdown."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

from cercafoto import Library, Query, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.labels.label_file import parse_labels
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.encode.resident_encoder import ResidentEncoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.web.address import Address
from cercafoto.web.hosts import Place
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.server import USUAL_PORT, PortTakenError, listen
from tests.conftest import PAINT, paint
from tests.support.tiny_model import make_tiny_model
from tests.support.waiting import PATIENCE
from tests.support.web_client import visitor


def test_sentences_are_remembered_and_are_those_of_the_encoder(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, resident = Encoder(ModelFolder.open(tiny)), ResidentEncoder(ModelFolder.open(tiny))
    texts = ["rosso", "verde blu", "rosso", "un gatto"]
    np.testing.assert_array_equal(resident.embed_texts(texts), plain.embed_texts(texts))
    asked: list[str] = []
    batch = Encoder._embed_batch

    def listening(self: Encoder, some: list[str]) -> object:
        asked.extend(some)
        return batch(self, some)

    monkeypatch.setattr(Encoder, "_embed_batch", listening)
    resident.embed_texts([*texts, "nuovo"])
    assert asked == ["nuovo"]
    assert resident.embed_texts([]).shape == (0, resident.dimension)
    monkeypatch.setattr("cercafoto.models.encode.resident_encoder.MAX_SENTENCES", 2)
    resident = ResidentEncoder(ModelFolder.open(tiny))
    resident.embed_texts(["a", "b", "c"])
    assert len(resident._sentences) == 2


def test_many_at_once_get_what_one_alone_gets(library: Library, photos: Path) -> None:
    for at in range(30):
        paint(photos / f"altra{at}.png", (255 - at, 8 * at, at))
    library.index([photos])
    asked = [
        Address(words=words, everything=True, typed=Filters(labels=labels))
        for words in (*PAINT, "rosso verde", "")
        for labels in ((), ("caldo",))
    ] * 4
    library.labels.tag(parse_labels("caldo: rosso", "x"), "x", threshold=0.2)

    def names(archive: PageArchive, one: Address) -> list[bytes]:
        return [found.tile.path for found in archive.answer(one).found]

    alone = PageArchive(library.settings)
    expected = [names(alone, one) for one in asked]
    alone.close()
    together = PageArchive(library.settings)  # anew: everything is still to be loaded
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda one: names(together, one), asked)) == expected
    together.close()


def test_photos_and_models_that_come_while_it_runs_are_found(
    settings: Settings, library: Library, photos: Path
) -> None:
    library.index([photos])
    with visitor(settings) as client:
        assert "nuova" not in client.get("/?q=rosso").text
        paint(photos / "nuova.png", (255, 0, 0))
        library.index([photos])
        assert "nuova.png" in client.get("/?q=rosso").text
        # Another model, whose vectors have nothing to do with those of the first.
        make_tiny_model(settings.models / "altro", "altro", turn=1)
        Library(
            Settings(settings.archive, settings.models, "altro", True, settings.thumbnails)
        ).index()
        text = client.get("/?q=verde").text
        assert re.findall(r'alt="(\w+)\.png"', text)[0] == "verde"
        assert re.findall(r'class="fiducia (\w+)"', text)[0] == "alta"


def test_an_archive_that_is_replaced_is_opened_anew(
    settings: Settings, library: Library, photos: Path, tmp_path: Path
) -> None:
    library.index([photos])
    resident = Library(settings, LocalArchive(settings, resident=True))
    assert len(resident.search(Query.parse(["rosso"])).hits) == 5
    settings.archive.rename(tmp_path / "via")
    (photos / "blu.png").unlink()
    Library(settings).index([photos])
    assert len(resident.search(Query.parse(["rosso"])).hits) == 4


def test_photos_of_many_contents_are_those_of_asking_for_each(
    library: Library, photos: Path
) -> None:
    import shutil

    shutil.copy(photos / "rosso.png", photos / "copia.png")
    (photos / "sotto").mkdir()
    shutil.copy(photos / "verde.png", photos / "sotto" / "verde.png")
    library.index([photos])
    library.labels.tag(parse_labels("rosso\nverde\nblu", "a"), "a", threshold=0.1)
    library.labels.tag(parse_labels("verde: blu", "b"), "b", threshold=0.1)
    with Catalog.open(library.settings.catalog) as catalog:
        contents = [*catalog.photos.contents_where(NO_FILTERS).tolist(), 999]
        inside = Filters(folders=(os.fsencode(photos / "sotto"),))
        for conditions in (NO_FILTERS, inside, Filters(labels=("verde",))):
            one_by_one = {
                content: found
                for content in contents
                if (found := catalog.photos.of_content(content, conditions))
            }
            assert one_by_one
            assert catalog.photos.by_content(contents, conditions) == one_by_one
        assert catalog.labels.names() == sorted(name for name, _ in catalog.labels.counts())


def test_labels_given_by_hand_go_along_when_a_photo_is_edited(
    library: Library, photos: Path
) -> None:
    library.index([photos])
    library.labels.give_one(os.fsencode(photos / "rosso.png"), ["nonna"])
    paint(photos / "rosso.png", (240, 0, 0), (64, 64))
    library.index([photos])
    found = library.search(library.parse(Question(typed=Filters(labels=("nonna",))))).hits
    assert [hit.path for hit in found] == [os.fsencode(photos / "rosso.png")]
    assert library.status().stale_labels == ()


def test_a_taken_port_is_passed_over_unless_it_was_asked_for() -> None:
    with listen(Place()) as first, listen(Place()) as second:
        ports = [one.getsockname()[1] for one in (first, second)]
        assert min(ports) >= USUAL_PORT and ports[0] != ports[1]
        assert {one.getsockname()[0] for one in (first, second)} == {"127.0.0.1"}
        with pytest.raises(PortTakenError) as taken:
            listen(Place(port=ports[0]))
    assert taken.value.message == (
        f"La porta {ports[0]} è occupata (forse c'è già una pagina di cercafoto aperta), o "
        "riservata dal sistema."
    )


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_it_ends_when_it_is_told_to(library: Library, photos: Path, settings: Settings) -> None:
    library.index([photos])
    environment = os.environ | {
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "CERCAFOTO_MODELLO": "tiny",
        "PYTHONUNBUFFERED": "",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "cercafoto", "web", "--porta", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        with urlopen(address, timeout=PATIENCE) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=PATIENCE)
    assert server.returncode == 0
    assert out == "" and "Pagina chiusa." in err and "Traceback" not in err
