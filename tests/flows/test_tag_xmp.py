"""`cercafoto tag --xmp`: sidecars written, read back by others, rehearsed and undone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from cercafoto import Library, Settings
from cercafoto.labels.label_file import parse_labels
from cercafoto.labels.sidecars.merge import keywords, merge
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.labels.sidecars.sidecar import Change
from cercafoto.photos.xmp import RDF
from tests.conftest import PAINT, Cli, paint
from tests.support.iptc import with_iptc

LABELS = "colore > caldo > rosso\ncolore > freddo > blu\n[uno]\nverde\n"
MORE = "Un altro «cercafoto tag --annulla» annulla il comando prima.\n"
NOTHING_LEFT = (
    "Non c'è niente da annullare nelle etichette. "
    "Per gli spostamenti: cercafoto doppioni --annulla\n"
)
PERSONS = merge(EMPTY, [("vacanze",)], "").replace(b"<rdf:li>|vacanze</rdf:li>", b"")


@pytest.fixture
def labels(cli: Cli, photos: Path) -> Path:
    """Index photos and return a label file."""
    assert cli("index", photos)[0] == 0
    path = photos.parent / "etichette.txt"
    path.write_text(LABELS, "utf-8")
    return path


def snapshot(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sidecars(folder: Path) -> dict[str, list[str]]:
    return {path.name: keywords(path.read_bytes()) for path in sorted(folder.glob("*.xmp"))}


def test_sidecars_stand_beside_the_photos_which_stay_as_they_were(
    cli: Cli, labels: Path, photos: Path
) -> None:
    before = snapshot(photos)
    code, out, err = cli("tag", "--labels", labels, "--xmp")
    assert (code, err) == (0, "File .xmp: 3 scritti, 2 già a posto.\n")
    given = "Etichette date a 3 foto: colore 2, rosso 1, caldo 1, blu 1, freddo 1, verde 1; "
    assert out == f"{given}2 foto senza etichette.\n"
    assert sidecars(photos) == {
        "blu.png.xmp": ["colore", "freddo", "blu"],
        "rosso.png.xmp": ["colore", "caldo", "rosso"],
        "verde.png.xmp": ["verde"],
    }
    after = snapshot(photos)
    assert {name: after[name] for name in before} == before
    assert not list(photos.glob(".*"))
    times = {path: path.stat().st_mtime_ns for path in photos.iterdir()}
    code, _, err = cli("tag", "--labels", labels, "--xmp")
    assert (code, err) == (0, "File .xmp: 5 già a posto.\n")
    assert {path: path.stat().st_mtime_ns for path in photos.iterdir()} == times


def test_a_changed_label_file_replaces_its_own_labels(cli: Cli, labels: Path, photos: Path) -> None:
    (photos / "rosso.png.xmp").write_bytes(PERSONS)
    cli("tag", "--labels", labels, "--xmp")
    assert sidecars(photos)["rosso.png.xmp"] == ["vacanze", "colore", "caldo", "rosso"]
    labels.write_text("tinta > rosso\n", "utf-8")
    assert cli("tag", "--labels", labels, "--xmp")[0] == 0
    assert sidecars(photos)["rosso.png.xmp"] == ["vacanze", "rosso", "tinta"]
    assert sidecars(photos)["blu.png.xmp"] == []
    status = json.loads(cli("stato", "--json")[1])
    assert {row["label"] for row in status["labels"]} == {"tinta", "rosso"}


def test_a_rehearsal_shows_the_diff_and_writes_nothing(
    cli: Cli, labels: Path, photos: Path, settings: Settings
) -> None:
    (photos / "rosso.png.xmp").write_bytes(PERSONS)
    before = snapshot(photos)
    code, out, err = cli("tag", "--labels", labels, "--xmp", "--prova")
    assert (code, err) == (0, "File .xmp: 3 da scrivere, 2 già a posto.\n")
    assert f"--- {photos}/rosso.png.xmp\n+++ {photos}/rosso.png.xmp\n" in out
    assert f"--- /dev/null\n+++ {photos}/blu.png.xmp\n" in out
    assert "+     <rdf:li>caldo</rdf:li>" in out
    assert snapshot(photos) == before
    assert Library(settings).status().labels == ()
    assert not (settings.archive / "xmp").exists()
    data = json.loads(cli("tag", "--labels", labels, "--xmp", "--prova", "--json")[1])
    assert (data["rehearsal"], len(data["sidecars"]), len(data["diffs"])) == (True, 3, 3)
    # Wrong words.
    for arguments, reason in (
        (["--prova"], "Manca l'opzione --labels"),
        (["--aggiungi", "mare"], "almeno una foto o una cartella"),
        (["--aggiungi", "mare", "--labels", "predefinite", "x.jpg"], "si escludono a vicenda"),
        (["--togli", "mare", "--dimentica", "predefinite"], "si escludono a vicenda"),
        (["--dimentica", "predefinite", "x.jpg"], "--dimentica non vuole foto"),
        (["--aggiungi", "mare", "--elenco", "x.jpg"], "--elenco va"),
        (["--annulla", "--togli", "mare"], "--annulla non vuole"),
        (["--labels", "predefinite", "--elenco", "--xmp", "--prova"], "--elenco va"),
        (["--annulla", "--labels", "predefinite"], "--annulla non vuole"),
        (["--annulla", "--xmp"], "--annulla non vuole"),
        (["--annulla", "--soglia", "0.5"], "--soglia va insieme a --labels"),
        (["--aggiungi", "mare", "--soglia", "0", "x.jpg"], "--soglia va insieme a --labels"),
        (["--togli", "mare", "--massimo", "8", "x.jpg"], "--massimo va insieme a --labels"),
        (["--dimentica", "e.txt", "--massimo", "3"], "--massimo va insieme a --labels"),
        (["--xmp", "--persone", "--soglia", "0.5"], "--soglia va insieme a --labels"),
    ):
        code, out, err = cli("tag", *arguments)
        assert (code, out) == (2, "") and reason in err, arguments


def test_undo_puts_back_every_byte(cli: Cli, labels: Path, photos: Path) -> None:
    (photos / "rosso.png.xmp").write_bytes(PERSONS)
    before = snapshot(photos)
    cli("tag", "--labels", labels, "--xmp")
    between = snapshot(photos)
    labels.write_text("rosso\ntinta @0\n", "utf-8")
    cli("tag", "--labels", labels, "--xmp")
    cli("tag", "--labels", labels, "--xmp")  # writes nothing: not a run to undo
    code, out, err = cli("tag", "--annulla", "--prova")
    assert (code, err) == (0, "File .xmp: 5 da rimettere com'erano.\n")
    assert out.startswith("Da annullare «tag --labels etichette.txt» del ")
    assert f"--- {photos}/viola.png.xmp\n+++ /dev/null\n" in out
    code, out, err = cli("tag", "--annulla")
    assert (code, err) == (0, f"File .xmp: 5 rimessi com'erano.\n{MORE}")
    assert " su 5 foto. Etichette tolte: tinta 5; rimesse: colore 2, blu 1, " in out
    assert snapshot(photos) == between
    assert cli("tag", "--annulla")[0] == 0
    assert snapshot(photos) == before
    assert cli("tag", "--annulla") == (0, "", NOTHING_LEFT)


def test_undo_leaves_what_somebody_changed_since(cli: Cli, labels: Path, photos: Path) -> None:
    cli("tag", "--labels", labels, "--xmp")
    written = (photos / "blu.png.xmp").read_bytes()
    (photos / "blu.png.xmp").write_bytes(written + b"\n")
    code, _, err = cli("tag", "--annulla")
    assert code == 3
    assert "File .xmp: 2 rimessi com'erano, 1 lasciato com'è." in err
    assert f"{photos}/blu.png.xmp: è cambiato dopo" in err
    assert [path.name for path in photos.glob("*.xmp")] == ["blu.png.xmp"]
    assert (photos / "blu.png.xmp").read_bytes() == written + b"\n"
    (photos / "blu.png.xmp").write_bytes(written)  # put right again, it can be undone
    assert cli("tag", "--annulla")[0] == 0
    assert not list(photos.glob("*.xmp"))


def test_a_run_that_is_cut_short_can_be_undone(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.labels.sidecars import write as xmp_run

    library.index([photos])
    tagged = library.labels.tag(parse_labels("rosso\nblu\nverde\n", "e.txt"), "e.txt")
    real, calls = xmp_run.write, []

    def stop(change: Change, record: Callable[[], None]) -> None:
        calls.append(change)
        if len(calls) == 2:
            record()
            raise KeyboardInterrupt
        real(change, record)

    monkeypatch.setattr(xmp_run, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        library.labels.write_xmp(tagged)
    assert len(list(photos.glob("*.xmp"))) == 1
    monkeypatch.undo()
    report = library.labels.undo().sidecars
    assert (len(report.changed), report.unchanged, report.problems) == (1, 1, [])
    assert library.status().labels == ()
    assert not list(photos.glob("*.xmp"))


def test_a_damaged_sidecar_is_named_and_left(cli: Cli, labels: Path, photos: Path) -> None:
    (photos / "rosso.png.xmp").write_bytes(b"<x:xmpmeta")
    code, _, err = cli("tag", "--labels", labels, "--xmp")
    assert code == 3
    assert f"{photos}/rosso.png: il file .xmp non è XML ben formato" in err
    assert (photos / "rosso.png.xmp").read_bytes() == b"<x:xmpmeta"
    assert (photos / "blu.png.xmp").exists()
    code, out, _ = cli("tag", "--labels", labels, "--xmp", "--json")
    assert code == 3
    data = json.loads(out)["xmp"]
    assert [row["path"] for row in data["problems"]] == [str(photos / "rosso.png")]
    (photos / "rosso.png").unlink()  # nor has a photo that is gone a sidecar
    code, _, err = cli("tag", "--labels", labels, "--xmp")
    assert code == 3 and f"{photos}/rosso.png: " in err


@pytest.mark.skipif(os.name != "posix", reason="names that are no text need bytes")
def test_a_name_that_is_no_text_has_its_sidecar(cli: Cli, labels: Path, photos: Path) -> None:
    name = os.path.join(os.fsencode(photos), b"\xff\n.png")
    try:
        os.rename(paint(photos / "x.png", PAINT["rosso"]), name)
    except OSError:
        pytest.skip("this file system does not allow the name")
    cli("index")
    assert cli("tag", "--labels", labels, "--xmp")[0] == 0
    assert os.path.exists(name + b".xmp")
    assert cli("tag", "--annulla")[0] == 0
    assert not os.path.exists(name + b".xmp")


def test_json_says_where_a_label_stands(cli: Cli, labels: Path, photos: Path) -> None:
    data = json.loads(cli("tag", "--labels", labels, "--json", photos / "blu.png")[1])
    (photo,) = data["photos"]
    assert [(tag["label"], tag["path"]) for tag in photo["tags"]] == [
        ("colore", ["colore"]),
        ("freddo", ["colore", "freddo"]),
        ("blu", ["colore", "freddo", "blu"]),
    ]
    hits = json.loads(cli("cerca", "--etichetta", "freddo", "--json")[1])["hits"]
    assert [hit["path"] for hit in hits] == [str(photos / "blu.png")]
    # What is left of a section stays in the archive.
    labels.write_text("[uno: tinta]\nrosso\nblu\naltro\n", "utf-8")
    code, out, _ = cli("tag", "--labels", labels, "--xmp")
    assert (code, out) == (0, "Etichette date a 5 foto: rosso 1, blu 1, altro (tinta) 3.\n")
    assert sidecars(photos) == {"blu.png.xmp": ["blu"], "rosso.png.xmp": ["rosso"]}
    hits = json.loads(cli("cerca", "--etichetta", "altro (tinta)", "--json")[1])["hits"]
    assert len(hits) == 3


# -- read back by others ------------------------------------------------------------------------


def exiftool(path: Path) -> dict[str, object]:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed (Debian: libimage-exiftool-perl)")
    command = ["exiftool", "-j", "-XMP:all", "-validate", "-warning", "-a", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    (data,) = json.loads(done.stdout)
    assert "Warning" not in data
    return data  # type: ignore[no-any-return]


def test_exiftool_reads_the_labels(cli: Cli, labels: Path, photos: Path) -> None:
    sidecar = photos / "rosso.png.xmp"
    sidecar.write_bytes(PERSONS)
    cli("tag", "--labels", labels, "--xmp")
    data = exiftool(sidecar)
    assert data["Subject"] == ["vacanze", "colore", "caldo", "rosso"]
    assert data["HierarchicalSubject"] == ["vacanze", "colore|caldo|rosso"]


def test_a_sidecar_that_exiftool_made_is_merged(cli: Cli, labels: Path, photos: Path) -> None:
    sidecar = photos / "rosso.png.xmp"
    exiftool(photos / "rosso.png")  # skips where it is not installed
    subprocess.run(
        ["exiftool", "-q", "-XMP:Subject=gita", "-XMP:Rating=5", "-XMP:Title=Al mare",
         "-o", str(sidecar), str(photos / "rosso.png")], check=True)  # fmt: skip
    assert cli("tag", "--labels", labels, "--xmp")[0] == 0
    data = exiftool(sidecar)
    assert data["Subject"] == ["gita", "colore", "caldo", "rosso"]
    assert (data["Rating"], data["Title"]) == (5, "Al mare")


def digikam_tags(sidecar: Path) -> list[list[str]]:
    """Return the tags that digiKam reads from a sidecar: it takes the first of these lists that
    exists, and splits its names as that list does."""
    from xml.etree import ElementTree

    root = ElementTree.parse(sidecar)
    for uri, name, separator in (
        ("http://www.digikam.org/ns/1.0/", "TagsList", "/"),
        ("http://ns.microsoft.com/photo/1.0/", "LastKeywordXMP", "/"),
        ("http://ns.adobe.com/lightroom/1.0/", "hierarchicalSubject", "|"),
        ("http://purl.org/dc/elements/1.1/", "subject", None),
    ):
        if (found := root.find(f".//{{{uri}}}{name}")) is not None:
            items = [item.text or "" for item in found.iter(f"{{{RDF}}}li")]
            return [item.split(separator) if separator else [item] for item in items]
    return []


def test_digikam_reads_the_tree_and_loses_nothing(cli: Cli, labels: Path, photos: Path) -> None:
    sidecar = photos / "rosso.png.xmp"
    dc = "http://purl.org/dc/elements/1.1/"
    sidecar.write_bytes(
        EMPTY.replace(
            b"  </rdf:Desc",
            f"<dc:subject xmlns:dc='{dc}'><rdf:Bag><rdf:li>gita</rdf:li></rdf:Bag></dc:subject>"
            "</rdf:Desc".encode(),
        )
    )
    assert digikam_tags(sidecar) == [["gita"]]
    cli("tag", "--labels", labels, "--xmp")
    assert digikam_tags(sidecar) == [["gita"], ["colore", "caldo", "rosso"]]
    assert digikam_tags(photos / "blu.png.xmp") == [["colore", "freddo", "blu"]]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_keywords_inside_the_photo_are_not_hidden_by_the_sidecar(
    cli: Cli, tmp_path: Path, ending: str
) -> None:
    """Programs read the sidecar's lists instead of the photo's, so it must contain both."""
    inside = merge(EMPTY, [("luoghi", "Elba")], "x").replace(b"x|luoghi", b"y|luoghi")
    photo = tmp_path / "mie" / f"a.{ending}"
    photo.parent.mkdir()
    picture = Image.new("RGB", (60, 40), PAINT["rosso"])
    if ending == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", inside.decode())
        picture.save(photo, pnginfo=info)
    else:
        picture.save(photo, xmp=inside)
    labels = tmp_path / "e.txt"
    labels.write_text("rosso\n", "utf-8")
    cli("index", photo.parent)
    assert cli("tag", "--labels", labels, "--xmp")[0] == 0
    sidecar = Path(f"{photo}.xmp")
    assert keywords(sidecar.read_bytes()) == ["luoghi", "Elba", "rosso"]
    assert digikam_tags(sidecar) == [["luoghi", "Elba"], ["rosso"]]
    written = sidecar.read_bytes()
    cli("tag", "--labels", labels, "--xmp")
    assert sidecar.read_bytes() == written


def test_iptc_keywords_are_kept_where_there_is_no_xmp(cli: Cli, tmp_path: Path) -> None:
    photo = paint(tmp_path / "mie" / "a.jpg", PAINT["rosso"])
    words = (b"gita", "città".encode("latin-1"))
    photo.write_bytes(with_iptc(photo.read_bytes(), *((25, word) for word in words)))
    labels = tmp_path / "e.txt"
    labels.write_text("rosso\n", "utf-8")
    cli("index", photo.parent)
    assert cli("tag", "--labels", labels, "--xmp")[0] == 0
    assert keywords(Path(f"{photo}.xmp").read_bytes()) == ["gita", "città", "rosso"]
