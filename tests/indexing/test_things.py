"""Things in photos are stored during an index, and later for photos indexed before."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.things import LocalThings
from cercafoto.base.installation import NAME
from cercafoto.indexing.cluster.node_process import Job, NodeProcess
from cercafoto.models import things_model
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.registry import Registry
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.read_file import FoundFile
from cercafoto.photos.seen_things import SeenThings
from cercafoto.photos.thumbnails import SMALL, Thumbnails
from tests.conftest import paint
from tests.support.colours import PAINT
from tests.support.recorder import Recorder
from tests.support.tiny_things import CLASSES, CURVE, make_things_model

PEOPLE = {"rosso": 4, "verde": 0, "blu": 0, "giallo": 4, "viola": 4, "mezzo": 2}


@pytest.fixture
def half(photos: Path) -> Path:
    """Return a folder of one-colour photos, and a photo with a red left and a green right half."""
    picture = Image.new("RGB", (60, 40), PAINT["rosso"])
    picture.paste(PAINT["verde"], (30, 0, 60, 40))
    picture.save(photos / "mezzo.png")
    return photos


def stored(settings: Settings) -> dict[str, int]:
    """Return how many persons each photo shows."""
    with Catalog.open(settings.catalog) as catalog:
        contents = {content: Path(p.decode()).stem for p, content in catalog.photos.paths()}
        ids, presence, counts = catalog.things.of([*contents, 999])
        assert presence.shape == counts.shape == (len(ids), 3)
        assert presence.dtype == np.float32
        return {contents[content]: int(n) for content, n in zip(ids, counts[:, 0], strict=True)}


def test_what_photos_show_is_stored_with_their_vectors_and_read_back(
    library: Library, settings: Settings, half: Path, things: None
) -> None:
    report = library.index([half])
    assert (report.new, report.embedded, report.seen) == (6, 6, 0)
    assert stored(settings) == PEOPLE
    with library.archive.reading() as archive:
        seen = archive.things
        assert (seen.classes(), seen.curve(), seen.count_lacking()) == (CLASSES, CURVE, 0)
        content = archive.photos.content_at(str(half / "mezzo.png").encode())
        assert content is not None
        boxes = seen.boxes_of(content)
        assert [box.thing for box in boxes] == [0, 0, 1, 1]
        assert boxes[0] == pytest.approx((0, 0.98, 0, 0, 0.5, 0.5), abs=0.01)
        _, presence, counts = seen.of([content])
        assert counts.tolist() == [[2, 2, 0]]
        half_red = (250 + 10) / 2 / 255
        assert presence[0, :2] == pytest.approx(np.log(half_red / (1 - half_red)), abs=1 / 16)
        assert seen.of([])[2].shape == (0, 3) and seen.boxes_of(999) == []
    assert library.index().seen == 0


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that graphs are added to when an encoder opens them."""
    opened, session = list[str](), Encoder._session

    def noted(self: Encoder, name: str, **options: Any) -> object:
        opened.append(name)
        return session(self, name, **options)

    monkeypatch.setattr(Encoder, "_session", noted)
    return opened


def test_an_archive_of_the_model_in_the_package_runs_one_graph(
    library: Library, half: Path, things: None, graphs: list[str]
) -> None:
    library.index([half])  # both tiny models have the same towers
    assert graphs == ["things.onnx"]
    assert library.status().senses["cose"].lacking == 0


def test_with_another_model_things_are_seen_beside_it_in_pictures_of_their_own(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graphs: list[str]
) -> None:
    folder = make_things_model(tmp_path / "pacchetto", turn=1)
    description = folder / "model.json"
    cropping = description.read_text("utf-8").replace('"exact"', '"shortest"')
    description.write_text(cropping, "utf-8")
    picture = Image.new("RGB", (60, 40), PAINT["verde"])
    picture.paste(PAINT["rosso"], (0, 0, 9, 40))  # outside the middle square
    (tmp_path / "foto").mkdir()
    picture.save(tmp_path / "foto" / "orlo.png")
    library = Library(settings)
    library.index([tmp_path / "foto"])
    with Catalog.open(settings.catalog) as catalog:
        (before,) = catalog.rows("SELECT vector FROM vectors")
    assert Library(settings).status().senses["cose"].lacking == 0
    graphs.clear()
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", folder)
    shutil.rmtree(settings.archive)
    library.index([tmp_path / "foto"])
    assert sorted(graphs) == ["image.onnx", "things.onnx"]
    assert stored(settings) == {"orlo": 0}
    with Catalog.open(settings.catalog) as catalog:
        assert catalog.rows("SELECT vector FROM vectors") == [before]


def indexed_before(settings: Settings, photos: Path) -> Library:
    """Return an archive of photos that were indexed without looking at things."""
    library = Library(settings)
    library.index([photos])
    return library


def test_an_older_archive_gets_its_things_once(
    cli: Callable[..., tuple[int, str, str]],
    settings: Settings,
    half: Path,
    tiny_things: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = indexed_before(settings, half)
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    paint(half / "copia.png", PAINT["rosso"])  # the same bytes as rosso.png
    code, _, err = cli("index")
    assert code == 0
    assert "Guardo che cosa si vede in 6 foto già analizzate." in err
    assert "Ora si sa che cosa si vede in 6 foto già analizzate." in err
    assert "Da guardare" not in cli("stato")[1]
    assert stored(settings).keys() >= PEOPLE.keys() - {"rosso"}
    assert library.status().senses["cose"].lacking == 0
    monkeypatch.setattr(LocalThings, "write", lambda *_: pytest.fail("seen twice"))
    assert library.index().seen == 0


def test_a_run_that_is_killed_goes_on_where_it_was(
    settings: Settings, half: Path, tiny_things: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = indexed_before(settings, half)
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    assert library.status().senses["cose"].lacking == 6
    monkeypatch.setattr("cercafoto.models.encode.encoder.BATCH", 0)
    monkeypatch.setattr("cercafoto.base.own_process.usable_cores", lambda: 1)
    monkeypatch.setattr("cercafoto.models.encode.encoder.usable_cores", lambda: 1)  # two at a time
    write = LocalThings.write

    def interrupted(self: LocalThings, content_id: int, seen: SeenThings) -> None:
        if stored(settings):  # the looks that ended first are written
            raise KeyboardInterrupt
        write(self, content_id, seen)

    monkeypatch.setattr(LocalThings, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        library.index()
    kept = len(stored(settings))
    assert 0 < kept < 6
    monkeypatch.setattr(LocalThings, "write", write)
    assert library.index().seen == 6 - kept
    assert stored(settings) == PEOPLE


def test_large_enough_small_copies_are_looked_at_instead_of_photos(
    settings: Settings, tmp_path: Path, tiny_things: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = paint(tmp_path / "foto" / "a.png", PAINT["verde"], (640, 480))
    library = indexed_before(settings, photo.parent)
    with Catalog.create(settings.catalog) as catalog:
        (unseen,) = LocalThings(catalog)._db.rows("SELECT digest FROM contents")
    copies = Thumbnails(settings.thumbnails)
    copies.keep(unseen[0], SMALL, webp(Image.new("RGB", (480, 360), PAINT["rosso"])))
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    assert library.index().seen == 1
    assert stored(settings) == {"a": 4}  # the copy is red


def test_photos_of_a_disconnected_disk_and_unreadable_ones_wait(
    settings: Settings, half: Path, tiny_things: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = indexed_before(settings, half)
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    aside = half.rename(half.with_name("scollegata"))
    recorder = Recorder()
    report = library.index(reporter=recorder)
    assert report.seen == 0 and recorder.lines == []
    assert library.status().senses["cose"].lacking == 6
    aside.rename(half)
    spoilt = half / "blu.png"
    before = spoilt.stat()
    spoilt.write_bytes(bytes(before.st_size))
    os.utime(spoilt, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert library.index().seen == 5
    assert stored(settings).keys() == PEOPLE.keys() - {"blu"}
    (path, why) = library.problems()[0]
    assert path == bytes(spoilt) and "non è una foto" in why
    assert library.index().seen == 0  # not tried again by itself
    paint(spoilt, PAINT["blu"])
    os.utime(spoilt, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert library.index(retry=True).seen == 1 and library.problems() == []


def test_another_edition_is_seen_again(
    settings: Settings,
    library: Library,
    half: Path,
    things: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library.index([half])
    monkeypatch.setattr(
        things_model, "EMBEDDED_PATH", make_things_model(tmp_path / "nuovo", edition="2")
    )
    with library.archive.reading() as archive:
        assert archive.things.classes() == () and archive.things.count_lacking() == 6
    assert library.index().seen == 6
    assert stored(settings) == PEOPLE


def test_deleted_photos_take_their_things_along(
    library: Library, settings: Settings, half: Path, things: None
) -> None:
    library.index([half])
    (half / "blu.png").unlink()
    library.index()
    library.clean(confirmed=True)
    with Catalog.open(settings.catalog) as catalog:
        assert catalog.number("SELECT count(*) FROM things") == 5
    assert library.check().sound


def test_a_machine_of_a_cluster_sends_the_things_along(
    settings: Settings, half: Path, things: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(settings.models))
    folder = Registry(settings).find("tiny")
    assert folder is not None
    node = NodeProcess(1, has_gpu=False)
    job = Job(metadata.version(NAME), folder.fingerprint, "cpu", 6, {bytes(half): False})
    assert node.open(job, None) == ""
    reads = pickle.loads(node.read([FoundFile(bytes(path), 0, 0) for path in half.iterdir()]))
    node._decoders.__exit__()
    people = {Path(r.file.path.decode()).stem: r.things and r.things.people for r in reads}
    assert people == PEOPLE
