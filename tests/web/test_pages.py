"""The pages, as a browser without scripts sees them; what scripts do is in test_web_browser."""

from __future__ import annotations

import html
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from cercafoto import Library, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.labels.label_file import parse_labels
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.results.texts import ReadText, TextLine
from cercafoto.web import page_answers
from cercafoto.web.templating import with_curly_apostrophes
from tests.conftest import Cli, paint
from tests.support.known_words import all_but
from tests.support.read_texts import write_texts
from tests.support.web_client import visitor
from tests.support.written_photos import keep


def names(text: str) -> list[str]:
    """Return the names of the photos in a grid, in order."""
    return re.findall(r'<img src="/miniatura[^>]* alt="(\w+)\.\w+"', text)


def ids(client: TestClient) -> dict[str, int]:
    found = re.findall(r'data-foto="(\d+)">\s*<img [^>]* alt="(\w+)\.\w+"', client.get("/").text)
    return {name: int(number) for number, name in found}


def chips(text: str) -> dict[str, str]:
    """Return the text and the address of each chip."""
    found = re.findall(r'<a class="gettone" href="([^"]*)">(.*?)<span class="croce"', text, re.S)
    said = {re.sub(r"<[^>]+>", "", words).strip(): to for to, words in found}
    return {" ".join(words.split()): to.replace("&amp;", "&") for words, to in said.items()}


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (80, 50)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "JPEG")
    return stream.getvalue()


# -- cerca -------------------------------------------------------------------------------------


def test_an_answer_and_how_sure_it_is(client: TestClient) -> None:
    # Without a question it shows the archive.
    text = client.get("/").text
    assert sorted(names(text)) == ["blu", "giallo", "rosso", "verde", "viola"]
    assert "Tutte le foto, dalla più recente" in text
    # Words find the photo with its confidence.
    text = client.get("/?q=rosso").text
    assert names(text)[0] == "rosso"
    assert '<span class="fiducia alta">fiducia alta</span>' in text
    assert not re.search(r"\d ?%", text)
    assert 'value="rosso"' in text
    # When nothing corresponds it says so and marks the three nearest.
    text = client.get("/?q=nero").text
    assert "Probabilmente non c’è" in text
    assert len(names(text)) == 3
    assert text.count('<span class="bollo">somigliante</span>') == 3
    assert "Mostra altre foto" not in text
    past = client.get("/", params={"q": "rosso", "segue": "40"}).text
    assert "Non ci sono altre foto" in past and "Nessuna foto corrisponde" not in past
    assert len(names(client.get("/?q=nero&tutte=1").text)) == 5
    # Unlikely photos stand below a line.
    text = client.get("/?q=rosso").text
    shown = names(text)
    assert "Meno probabili" not in text and 0 < len(shown) < 5
    (wider,) = re.findall('href="([^"]+)">Mostra anche le meno probabili', text)
    assert wider == "/?q=rosso&amp;tutte=1"
    text = client.get("/?q=rosso&tutte=1").text
    above, below = text.split("<h3>Meno probabili</h3>")
    assert names(above) == shown and len(names(below)) == 5 - len(shown)
    assert said_number(text) == f"{len(shown)} foto"
    assert "Mostra anche le meno probabili" not in text
    # When it is not sure it says so.
    text = client.get("/?q=marrone").text
    assert "Risultati incerti: controlla tu" in text
    assert text.count('<span class="fiducia bassa">fiducia bassa</span>') == len(names(text)) > 0
    # Photos open with what was asked.
    assert re.search(r'href="/foto/\d+[?]q=rosso\+o\+blu"', client.get("/?q=rosso+o+blu").text)
    text = client.get("/").text
    assert re.search(r'href="/foto/\d+"', text) and not re.search(r'href="/foto/\d+[?]', text)
    # A misspelling has a link for what was meant and for what was typed.
    text = client.get("/?q=rossso").text
    assert names(text)[0] == "rosso"
    assert 'Ho cercato <a href="/?q=rosso">«<strong>rosso</strong>»</a>' in text
    (literal,) = re.findall(r'<a href="([^"]*)">Cerca invece «rossso»</a>', text)
    as_typed = client.get(literal.replace("&amp;", "&")).text
    assert "Ho cercato" not in as_typed
    assert "Forse cercavi" not in as_typed
    # An empty page says why.
    text = client.get("/?q=nel 1952").text
    assert "Nessuna foto corrisponde" in text
    assert '<p class="nota">Nessuna foto ha una data.</p>' in text
    # A question that cannot be read is told not thrown.
    text = client.get("/?q=rosso&luogo=Vattelapesca").text
    assert "Non conosco nessun luogo che si chiami «Vattelapesca»: cerco senza" in text
    assert names(text)[0] == "rosso" and "Vattelapesca" not in "".join(chips(text))
    # So is a question that is too long.
    for path in ("/", "/altre", "/faccette", "/mappa"):
        answer = client.get(path, params={"q": "rosso " * 167})
        assert answer.status_code == 400
        assert "La domanda ha 1.001 lettere: al massimo sono 1.000." in answer.text
    assert client.get("/", params={"q": ("rosso " * 167)[:1000]}).status_code == 200
    text = client.get("/", params={"q": "rosso", "fotocamera": "x" * 1001}).text
    assert "Il valore di «Fotocamera» ha 1.001 lettere" in text and names(text)[0] == "rosso"
    # An address cut short is told.
    for after in ("x", "|", "-1", "1e9", "2019|x", "٣"):
        assert client.get("/", params={"segue": after}).status_code == 400
        assert client.get("/altre", params={"q": "rosso", "segue": after}).status_code == 400


def test_apostrophes_are_curly(client: TestClient) -> None:
    client.get("/")
    for address in (
        *("/", "/?q=rosso+nell'estate+del+2019+senza+l'auto", "/?q=rosso&tutte=1", "/?q=nel+1952"),
        *("/foto/1", "/dove", "/dove?foto=f1&q=rosso", "/etichetta?foto=f1", "/manca", "/foto/99"),
        *(
            "/?da=2019&a=2019",
            "/persone/chiedi",
            "/persone/da-parte",
            "/faccette?q=rosso",
            "/mappa?q=rosso",
            "/?luogo=Vattelapesca",
            "/?persona=Boh",
        ),
    ):
        said = re.sub("<title>.*?</title>", "", client.get(address).text)  # the person's words
        text = re.sub(r"<[^>]+>|«[^»]*»", " ", said).replace("&#39;", "'")
        assert not re.findall(r".*\w'.*", text), address
    assert "’" in client.post("/etichetta", json={"foto": "f99", "testo": "x"}).json()["errore"]


def test_the_persons_own_words_keep_their_apostrophes() -> None:
    said = "nell'archivio «l'estate» non c'è: l'etichetta «d'oro»"
    assert with_curly_apostrophes(said) == "nell’archivio «l'estate» non c’è: l’etichetta «d'oro»"
    assert with_curly_apostrophes("'rosso' e 5'") == "'rosso’ e 5’"


def said_number(text: str) -> str:
    (said,) = re.findall('<p class="quante">(.*?)</p>', text) or [""]
    return said


def test_every_answer_says_how_many_there_are(
    settings: Settings, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([many(tmp_path / "tante", 30)])
    monkeypatch.setattr(page_answers, "PAGE", 7)
    with visitor(settings) as client:
        assert said_number(client.get("/").text) == "30 foto"
        assert said_number(client.get("/?da=2018&a=2018").text) == "30 foto"
        assert said_number(client.get("/?q=rosso").text) == "30 foto"
        (following,) = re.findall('class="altre"><a href="([^"]+)"', client.get("/").text)
        assert said_number(client.get(following.replace("&amp;", "&")).text) == ""  # said before
    monkeypatch.setattr(page_answers, "PAGE", 40)
    with visitor(settings) as client:
        assert said_number(client.get("/?q=rosso").text) == "30 foto"


def test_a_folder_speaks_for_its_photos_and_copies_share_a_tile(
    settings: Settings, library: Library, photos: Path
) -> None:
    (photos / "Natale").mkdir()
    shutil.copy(photos / "verde.png", photos / "Natale" / "uno.png")
    paint(photos / "Natale" / "due.png", (200, 100, 50))
    library.index([photos])
    with visitor(settings) as client:
        text = client.get("/?q=natale").text
        assert "due" in names(text)
        assert '<span class="prova">dal nome della cartella</span>' in text
        text = client.get("/?q=verde").text
        assert "e 1 copia</span>" in text
        assert not {"uno", "verde"} <= set(names(text))


def test_the_line_above_unlikely_photos_is_shown_on_one_page_only(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get("/?q=rosso&tutte=1").text
    expected = names(whole.split("<h3>Meno probabili</h3>")[0])
    monkeypatch.setattr(page_answers, "PAGE", 2)
    text, address = "", "/?q=rosso&tutte=1"
    while address:
        part = client.get(address).text
        text += part
        found = re.search(r'class="altre"><a href="[^"]*" data-pezzo="([^"]*)"', part)
        address = found[1].replace("&amp;", "&") if found else ""
    above, _ = text.split("<h3>Meno probabili</h3>")
    assert names(above) == expected


def test_without_words_no_photo_is_unlikely(client: TestClient, library: Library) -> None:
    library.labels.tag(parse_labels("rosso", "colori"), "colori", threshold=0.1)
    for asked in ("/", "/?da=2019&a=2019", "/?q=senza+verde", "/?etichetta=rosso"):
        text = client.get(asked).text
        assert 'class="fiducia' not in text and "meno probabili" not in text.lower()


def test_the_reading_is_chips_and_each_can_be_dropped(
    settings: Settings, library: Library, photos: Path
) -> None:
    for day, name in enumerate(("rosso", "verde"), start=1):
        (photos / f"{name}.png").rename(photos / f"IMG_201908{day:02}_101010 {name}.png")
    library.index([photos])
    with visitor(settings) as client:
        found = chips(client.get("/?q=rosso ad agosto 2019, senza verde").text)
        assert list(found) == ["«rosso»", "quando di agosto 2019", "senza: verde"]
        assert found["«rosso»"] == "/?q=ad+agosto+2019%2C+senza+verde"
        assert found["quando di agosto 2019"] == "/?q=rosso+%2C+senza+verde"
        assert found["senza: verde"] == "/?q=rosso+ad+agosto+2019"
        for rest in found.values():
            assert client.get(rest).status_code == 200
        colours = chips(client.get("/?q=rosso in bianco e nero").text)
        assert colours == {"«rosso»": "/?q=in+bianco+e+nero", "in bianco e nero": "/?q=rosso"}


def test_what_must_be_written_is_a_chip(settings: Settings, library: Library, photos: Path) -> None:
    library.index([photos])
    write_texts(library, {"blu.png": ["Password Wi-Fi"], "giallo.png": ["passvvord: wifi"]})
    with visitor(settings) as client:
        text = client.get('/?q=rosso "password"').text
        assert chips(text) == {
            "«rosso»": "/?q=%22password%22", "dal testo «password»": "/?q=rosso"
        }  # fmt: skip
        alone = client.get("/?q=«password»").text
        assert names(alone) == ["blu", "giallo"]
        assert chips(alone) == {"dal testo «password»": "/"}
        assert "dal testo" in alone


def test_a_photo_is_the_question(client: TestClient) -> None:
    # More like this and not this.
    number = ids(client)
    text = client.get("/?q=rosso&tutte=1").text
    assert f'href="/?q=rosso&amp;piu={number["viola"]}"' in text
    towards = names(client.get(f"/?q=rosso&tutte=1&piu={number['blu']}").text)
    before = names(text)
    assert towards.index("blu") < before.index("blu")
    without = client.get(f"/?q=rosso&tutte=1&meno={number['viola']}").text
    assert "viola" not in names(without)
    assert "meno come viola.png" in chips(without)
    # From the archive a photo itself is the question.
    number = ids(client)
    assert f'href="/?come=f{number["rosso"]}"' in client.get("/").text
    text = client.get(f"/?come=f{number['rosso']}&tutte=1").text
    assert "rosso" not in names(text) and len(names(text)) == 4
    assert chips(text) == {"come rosso.png": "/"}
    # A photo that is dropped is searched with.
    sent = client.post("/carica", content=picture((245, 15, 15))).json()
    assert names(client.get(f"/?come={sent['foto']}").text)[0] == "rosso"
    shown = client.get(sent["immagine"])
    assert shown.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(shown.content)).size == (80, 50)
    unknown = client.get(f"/?come=c{'0' * 32}")
    assert unknown.status_code == 400 and "Sceglila di nuovo" in unknown.text


def many(folder: Path, number: int) -> Path:
    """Write photos of different reds, each a day later than the one before."""
    for at in range(number):
        path = paint(folder / f"n{at:03}.png", (250, at, at), (30, 20))
        path.rename(folder / f"IMG_{datetime.fromordinal(737000 + at):%Y%m%d}_101010.n{at:03}.png")
    return folder


def test_pages_follow_each_other_without_gap_or_repetition(
    settings: Settings, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_answers, "PAGE", 7)
    library.index([many(tmp_path / "tante", 30)])
    with visitor(settings) as client:
        for question in ("/?", "/?q=rosso&tutte=1", "/?da=2018&a=2018&", "/?senza+verde"):
            address, seen = question, []
            while address:
                text = client.get(address).text
                seen += re.findall(r'data-foto="(\d+)"', text)
                found = re.search(r'class="altre"><a href="[^"]*" data-pezzo="([^"]*)"', text)
                address = found[1].replace("&amp;", "&") if found else ""
            assert len(seen) == len(set(seen)) == 30, question


def test_the_order_in_an_address_is_that_of_all_photos(
    settings: Settings, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_answers, "PAGE", 7)
    library.index([many(tmp_path / "tante", 30)])
    by_date = [f"n{at:03}" for at in range(30)]
    said = re.compile(r'<img src="/miniatura[^>]* alt="\w+\.(n\d+)\.png"')
    with visitor(settings) as client:
        for question in ("/?q=rosso&", "/?q=rosso&tutte=1&", "/?da=2018&"):
            for order, names in (("vecchie", by_date), ("data", by_date[::-1])):
                text = client.get(f"{question}ordina={order}").text
                shown = said.findall(text)
                assert shown == names[:7], question
                (chip,) = (to for words, to in chips(text).items() if words.startswith("dalla più"))
                assert "ordina" not in chip
                found = re.search(r'class="altre"><a href="[^"]*" data-pezzo="([^"]*)"', text)
                assert found is not None and f"ordina={order}" in found[1]
                more = client.get(found[1].replace("&amp;", "&")).text
                assert said.findall(more) == names[7:14]
        assert client.get("/?q=rosso&ordina=peso").status_code == 200


# -- counts ------------------------------------------------------------------------------------


def counted(text: str) -> dict[str, int]:
    found = re.findall(r'<span>([^<]+)</span> <span class="numero">([\d.]+)<', text)
    return {name: int(number.replace(".", "")) for name, number in found}


@pytest.fixture
def dated(settings: Settings, library: Library, photos: Path) -> Iterator[TestClient]:
    """Yield a client of an archive with two photos of July 2018, one of August, one of 2020, one of
    now, with labels."""
    for name, day in (("rosso", "20180703"), ("verde", "20180704"), ("blu", "20180801"),
                      ("giallo", "20200101")):  # fmt: skip
        (photos / f"{name}.png").rename(photos / f"IMG_{day}_101010_{name}.png")
    library.index([photos])
    library.labels.tag(parse_labels("rosso\nblu\nverde", "colori"), "colori", threshold=0.5, most=1)
    with visitor(settings) as client:
        yield client


def test_counts_are_of_what_is_asked_and_narrow_it_down(
    dated: TestClient, library: Library
) -> None:
    every = counted(dated.get("/faccette").text)
    assert every["2018"] == 3 and every["2020"] == 1
    assert every["rosso"] == every["blu"] == 1
    year = dated.get("/faccette?da=2018&a=2018").text
    assert counted(year) == {"luglio 2018": 2, "agosto 2018": 1, "blu": 1, "rosso": 1, "verde": 1}
    # Each link leads to as many photos as its count says.
    for address, number in re.findall(r'href="([^"]+)".*?"numero">(\d+)<', year):
        assert dated.get(address.replace("&amp;", "&")).text.count('class="apri"') == int(number)
    # Counts of an answer are about its nearest.
    text = dated.get("/faccette?q=rosso&tutte=1").text
    assert counted(text)["2018"] == 3
    assert sum(counted(dated.get("/faccette?q=nero").text).values()) <= 9  # three are shown
    # New photos and labels are counted.
    assert counted(dated.get("/faccette").text).get("nuova") is None
    with Catalog.open(library.settings.catalog) as catalog:
        (first, *_) = catalog.browsing.page(NO_FILTERS, 1)
    library.labels.give_one(first.path, ["nuova"])
    assert counted(dated.get("/faccette").text)["nuova"] == 1


@pytest.fixture
def in_folders(settings: Settings, library: Library, photos: Path) -> Iterator[TestClient]:
    """Yield a client of photos of two cameras and of none, in folders, one with an invalid name."""
    for name, folder in (("rosso", "2018/mare"), ("verde", "2018/città 50%"), ("blu", "2019")):
        (photos / folder).mkdir(parents=True, exist_ok=True)
        (photos / f"{name}.png").rename(photos / folder / f"{name}.png")
    (photos / os.fsdecode(b"caff\xe8")).mkdir()
    (photos / "giallo.png").rename(photos / os.fsdecode(b"caff\xe8") / "giallo.png")
    for name, model in (("uno", "12"), ("due", "12"), ("tre", "12 Pro")):
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Apple", f"iPhone {model}"
        Image.new("RGB", (60, 40), (9, 9, len(name))).save(photos / f"{name}.jpg", exif=exif)
    library.index([photos])
    with visitor(settings) as client:
        yield client


def counts_of(text: str, group: str) -> dict[str, tuple[int, str]]:
    """Return a group of counts: name -> (number, address)."""
    (section,) = re.findall(rf"<h2>{group}</h2>(.*?)</section>", text, re.S) or [""]
    found = re.findall(
        r'href="([^"]+)"><span>([^<]+)</span> <span class="numero">([\d.]+)<', section
    )
    return {name: (int(n), to.replace("&amp;", "&")) for to, name, n in found}


def test_folders_and_cameras_narrow_step_by_step(in_folders: TestClient, photos: Path) -> None:
    # Folders narrow step by step.
    found = counts_of(in_folders.get("/faccette").text, "Cartelle")
    assert {name: n for name, (n, _) in found.items()} == {
        "2018": 2, "2019": 1, "caff�": 1,
    }  # fmt: skip
    for number, address in found.values():
        assert in_folders.get(address).text.count('class="apri"') == number
    text = in_folders.get(found["2018"][1]).text
    assert sorted(names(text)) == ["rosso", "verde"]
    assert chips(text) == {"nella cartella foto/2018": "/"}
    below = counts_of(in_folders.get(found["2018"][1].replace("/?", "/faccette?")).text, "Cartelle")
    assert list(below) == ["città 50%", "mare"]
    assert names(in_folders.get(below["città 50%"][1]).text) == ["verde"]
    text = in_folders.get(found["caff�"][1]).text
    assert names(text) == ["giallo"] and "nella cartella foto/caff�" in chips(text)
    # A folder stays when other words are asked.
    text = in_folders.get("/", params={"in": f"{photos}/2018", "fotocamera": "x"}).text
    assert re.search(rf'<input type="text" [^>]*name="in" value="{photos}/2018"', text)
    assert re.search('<input type="text" [^>]*name="fotocamera" value="x"', text)

    # Whether a folder is on the disk is nothing for a visitor.
    for folder in ("/etc", "/foto/../etc", "/non-c-e"):
        answer = in_folders.get("/", params={"in": folder})
        assert "nessuna foto" in answer.text and "non esiste" not in answer.text
        assert "cerco senza questo filtro" in answer.text and len(names(answer.text)) == 8
    for folder in ("etc", "../etc", "%00", "/a%00b", "."):  # no path
        answer = in_folders.get("/", params={"in": folder})
        assert "«Nella cartella» vuole un percorso intero" in answer.text
        assert len(names(answer.text)) == 8
    # A camera is not counted with another whose name begins with its own.
    found = counts_of(in_folders.get("/faccette").text, "Fotocamera")
    assert {name: n for name, (n, _) in found.items()} == {
        "Apple iPhone 12": 2, "Apple iPhone 12 Pro": 1,
    }  # fmt: skip
    text = in_folders.get(found["Apple iPhone 12"][1]).text
    assert sorted(names(text)) == ["due", "uno"]
    assert chips(text) == {"fotocamera Apple iPhone 12": "/"}


def test_people_narrow_and_are_told(settings: Settings, library: Library, photos: Path) -> None:
    for name, people in (("rosso", ["Zia Pina", "Luca"]), ("blu", ["Luca"])):
        told = {"people": [{"name": person} for person in people]}
        (photos / f"{name}.png.json").write_text(json.dumps(told), "utf-8")
    library.index([photos])
    with visitor(settings) as client:
        found = counts_of(client.get("/faccette").text, "Persone")
        assert {name: n for name, (n, _) in found.items()} == {"Luca": 2, "Zia Pina": 1}
        text = client.get(found["Zia Pina"][1]).text
        assert names(text) == ["rosso"] and chips(text) == {"persona Zia Pina": "/"}
        photo = re.findall(r'href="(/foto/[^"]+)"', text)[0]
        assert "Zia Pina, Luca" in client.get(photo).text
    with visitor(replace(settings, people=False)) as client:
        assert counts_of(client.get("/faccette").text, "Persone") == {}
        assert names(client.get(found["Zia Pina"][1]).text) == []
        assert "Zia Pina" not in client.get(photo).text


# -- pictures ----------------------------------------------------------------------------------


def test_thumbnails_are_kept_by_browsers_for_ever(client: TestClient) -> None:
    (address, *_) = re.findall(r'<img src="(/miniatura/[^"]+)"', client.get("/").text)
    first = client.get(address)
    assert first.headers["content-type"] == "image/webp"
    assert "immutable" in first.headers["cache-control"]
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert client.get(address, headers={"If-None-Match": '"altro"'}).status_code == 200


def test_a_photo_that_was_edited_is_shown_but_not_kept(client: TestClient, photos: Path) -> None:
    number = ids(client)["rosso"]
    (address,) = re.findall(rf'"(/vista/{number}/[^"]+)"', client.get(f"/foto/{number}").text)
    assert "immutable" in client.get(address).headers["cache-control"]
    paint(photos / "rosso.png", (0, 0, 0), (50, 50))
    # A picture made of the content that the address names still shows that content.
    assert Image.open(io.BytesIO(client.get(address).content)).size == (60, 40)
    small = client.get(address.replace("vista", "miniatura"))
    assert small.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(small.content)).size == (50, 50)


def test_a_file_that_is_gone_costs_its_picture_only(client: TestClient, photos: Path) -> None:
    number = ids(client)["rosso"]
    (photos / "rosso.png").unlink()
    assert client.get(f"/miniatura/{number}/0.webp").status_code == 422
    assert client.get("/").status_code == client.get(f"/foto/{number}").status_code == 200


# -- foto --------------------------------------------------------------------------------------


def test_a_photo_tells_what_is_known_of_it(
    client: TestClient, photos: Path, library: Library
) -> None:
    text = client.get(f"/foto/{ids(client)['verde']}").text
    assert "60 × 40 pixel" in text and "PNG" in text
    assert str(photos / "verde.png") in text and f'data-copia="{photos}"' in text
    # A photo tells what is written in it.
    found = ids(client)
    nothing = client.get(f"/foto/{found['verde']}?q=gigi").text
    assert "Scritto nella foto" not in nothing
    box = (0.1, 0.1, 0.9, 0.1, 0.9, 0.2, 0.1, 0.2)
    lines = ('da Gigi & "figli"', "<script>alert(1)</script>")
    read = ReadText("lettore di prova", tuple(TextLine(line, box, 0.9) for line in lines))
    number = keep(library, photos / "verde.png", read)
    text = client.get(f"/foto/{number}").text
    assert "da Gigi &amp; &#34;figli&#34;</span>" in text
    assert "<script>alert" not in text and "<mark>" not in text and "polygon" not in text
    text = client.get(f"/foto/{number}?q=gigi").text
    assert "da <mark>Gigi</mark> &amp;" in text and text.count("<polygon") == 1
    # Whatever the question, the photo's page exists.
    for asked in ("gigi dal 2020 al 2010", "&%00", '"gigi"', "x" * 5000):
        assert client.get(f"/foto/{number}", params={"q": asked}).status_code == 200
    # A photo found by its words says which.
    written = tuple(TextLine(line, box, 0.9) for line in ("Trattoria <da> Gigi", "Tavolo 30"))
    keep(library, photos / "verde.png", ReadText("lettore di prova", written))
    text = client.get("/?q=trattoria+gigi").text
    assert names(text)[0] == "verde"
    assert '<span class="prova">dal testo</span>' in text
    assert "«<mark>Trattoria</mark> &lt;da&gt; <mark>Gigi</mark>…»" in text
    text = client.get("/", params={"q": '"tavolo 30"'}).text
    assert names(text) == ["verde"] and said_number(text) == "1 foto"
    assert "Le foto in cui è scritto" in text and "«…<mark>Tavolo 30</mark>»" in text
    assert "meno probabili" not in text
    assert "dal testo" not in client.get("/?q=rosso").text


def test_a_photo_lists_all_paths_of_its_content(
    settings: Settings, library: Library, photos: Path
) -> None:
    (photos / "altrove").mkdir()
    shutil.copy(photos / "verde.png", photos / "altrove" / "doppia.png")
    library.index([photos])
    with visitor(settings) as client:
        found = ids(client)
        text = client.get(f"/foto/{found['verde']}").text
        assert "La stessa foto è anche qui" in text
        assert f'data-copia="{photos}/altrove/doppia.png"' in text
        text = client.get(f"/foto/{found['doppia']}").text
        assert f'data-copia="{photos}/verde.png"' in text
        assert "La stessa foto" not in client.get(f"/foto/{found['rosso']}").text
        shutil.copy(photos / "verde.png", photos / "terza.png")
        library.index([photos])
        text = client.get(f"/foto/{found['verde']}").text
        assert "La stessa foto è anche in 2 altri posti" in text


def test_labels_of_the_archive_are_proposed(client: TestClient) -> None:
    found = ids(client)
    given = ["Caffè", "zia Caterina", "barca", "cane", "Cà d'Oro"]
    client.post(f"/foto/{found['rosso']}/etichette", json={"aggiungi": given})
    address = f"/foto/{found['blu']}/etichette"

    def proposed(typed: str) -> list[str]:
        answer = client.get(address, params={"testo": typed})
        assert answer.headers["content-type"] == "application/json"
        labels: list[str] = answer.json()
        return labels

    # Labels that begin with the letters come first, then those with such a word.
    assert proposed("ca") == ["Cà d'Oro", "Caffè", "cane", "zia Caterina", "barca"]
    assert proposed("CAFFE") == proposed("fè") == ["Caffè"]
    assert proposed("zia c") == ["zia Caterina"]
    assert proposed("") == proposed("  ") == proposed("pesce") == []
    client.post(address, json={"aggiungi": ["cane"]})
    assert "cane" not in proposed("ca")  # the photo has it already
    assert client.get("/foto/999/etichette?testo=ca").status_code == 404


def test_labels_are_added_and_taken_away(client: TestClient, library: Library) -> None:
    # What is no label is refused.
    wrong = ("", "x" * 81, "a\x00b")
    for sent in (*({"aggiungi": [word]} for word in wrong), {"aggiungi": "x"}, {"togli": [1]}, [1]):
        answer = client.post("/foto/1/etichette", json=sent)
        assert answer.status_code == 400 and answer.json()["errore"]
    assert "Nessuna etichetta" in client.get("/foto/1").text
    # The page says what is wrong with labels that it cannot take.
    many = "\n".join(map(str, range(61)))
    for text, said in (("", "nessuna etichetta"), ("gatto\ngatto", "riga 1"), (many, "60")):
        answer = client.post("/etichetta", json={"foto": "f1", "testo": text})
        assert answer.status_code == 400 and said in answer.json()["errore"]
    assert client.post("/etichetta", json={"testo": "gatto"}).status_code == 400
    # Labels are added and taken away.
    number = ids(client)["verde"]
    address = f"/foto/{number}/etichette"
    text = client.post(address, json={"aggiungi": ["  prato   fiorito ", "casa"]}).text
    assert "prato fiorito" in text and "casa" in text
    assert names(client.get("/?etichetta=prato fiorito").text) == ["verde"]
    assert "prato fiorito" not in client.post(address, json={"togli": ["prato fiorito"]}).text
    assert "Nessuna foto ha l’etichetta «prato fiorito»: cerco senza" in html.unescape(
        client.get("/?etichetta=prato fiorito").text
    )
    home = library.parse(Question(typed=Filters(labels=("casa",))))
    assert library.search(home).hits[0].path.endswith(b"verde.png")
    # A label given by a file can be taken away.
    library.labels.tag(parse_labels("verde", "colori"), "colori")
    number = ids(client)["verde"]
    text = client.get(f"/foto/{number}").text
    assert 'data-togli="verde"' in text and '<span class="genere">fiducia alta</span>' in text
    text = client.post(f"/foto/{number}/etichette", json={"togli": ["verde", "casa"]}).text
    assert "Nessuna etichetta" in text


def test_the_same_folder(settings: Settings, library: Library, photos: Path) -> None:
    paint(photos / "altra" / "grigio.png", (99, 99, 99))
    library.index([photos])
    with visitor(settings) as client:
        shown = client.get(f"/foto/{ids(client)['grigio']}").text
        (nearby,) = re.findall('href="([^"]+)">La stessa cartella', shown)
        text = client.get(nearby.replace("&amp;", "&")).text
        assert names(text) == ["grigio"]
        assert chips(text) == {"nella cartella foto/altra": "/"}


# -- etichetta, dov'è --------------------------------------------------------------------------


def test_labels_and_places_in_a_picture(client: TestClient) -> None:
    # Labels of a picture the likeliest first.
    key = client.post("/carica", content=picture((10, 10, 245))).json()["foto"]
    assert f'data-foto="{key}"' in client.get(f"/etichetta?foto={key}").text
    text = client.post("/etichetta", json={"foto": key, "testo": "rosso\nblu\nverde: verde"}).text
    assert re.findall(r'class="nome" id="b\d">(\w+)<', text)[0] == "blu"
    sure = [float(value) for value in re.findall(r'value="([\d.]+)"', text)]
    assert sure == sorted(sure, reverse=True) and 0 <= sure[-1] <= sure[0] <= 1
    assert re.findall(r'<li class="data">\s*<span class="nome" id="b\d">(\w+)<', text) == ["blu"]
    # The page shows where the words are.
    half = Image.new("RGB", (64, 64), (10, 250, 10))
    half.paste((250, 10, 10), (32, 0, 64, 64))
    stream = io.BytesIO()
    half.save(stream, "PNG")
    key = client.post("/carica", content=stream.getvalue()).json()["foto"]
    text = client.get(f"/dove?foto={key}&q=rosso").text
    assert re.search(r'<span class="numero">(alta|media|bassa)</span>', text)
    assert "più il colore è chiaro, più è probabile che sia lì" in text
    assert re.search(r'<label for="forza">Intensità</label>', text)
    assert re.search(r"<span>meno</span>.*<span>più</span>", text)
    (left, width) = re.findall(r'class="riquadro" x="(\d+)" y="\d+" width="(\d+)"', text)[0]
    assert int(left) >= 24 and int(left) + int(width) == 64
    answer = client.get(f"/dove/mappa.png?foto={key}&q=rosso")
    layer = Image.open(io.BytesIO(answer.content))
    assert (layer.format, layer.mode, layer.size) == ("PNG", "RGBA", (64, 64))
    assert layer.getpixel((60, 32))[3] > 150 > 20 > layer.getpixel((3, 32))[3]
    # The heat map needs a photo and words.
    assert "Prima scegli una foto" in client.get("/dove").text
    assert "mappa.png" not in client.get("/dove?foto=f1").text
    assert client.get("/dove/mappa.png?foto=f1").status_code == 400
    assert client.get("/dove?foto=f99&q=x").status_code == 200
    number = ids(client)["rosso"]
    assert "Probabilmente non c’è" in client.get(f"/dove?foto=f{number}&q=blu").text
    assert "Probabilmente non c’è" not in client.get(f"/dove?foto=f{number}&q=rosso").text


def test_where_says_what_the_model_does_not_know(
    client: TestClient, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = all_but(Encoder(ModelFolder.open(tiny)), "blu")
    monkeypatch.setattr(Encoder, "known_words", some)
    address = f"/dove?foto=f{ids(client)['rosso']}&q="
    said = "Poco noto al modello: «blu»; la fiducia è ridotta."
    assert said in client.get(f"{address}blu").text
    assert "Poco noto" not in client.get(f"{address}rosso").text


# -- the command -------------------------------------------------------------------------------


def test_without_an_archive_the_command_says_what_to_do(cli: Cli) -> None:
    code, _, err = cli("web", "--porta", "0")
    assert code == 1 and "cercafoto index" in err


def test_a_port_that_is_taken_is_told(cli: Cli, library: Library, photos: Path) -> None:
    from cercafoto.web.hosts import Place
    from cercafoto.web.server import listen

    library.index([photos])
    with listen(Place(port=0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = cli("web", "--porta", str(port))
    assert (code, out) == (1, "")
    assert f"porta {port}" in err and "--porta" in err
    assert cli("web", "--porta", "70000")[0] == 2


# -- raccolte ----------------------------------------------------------------------------------


def test_a_question_is_kept_narrowed_by_and_corrected(client: TestClient) -> None:
    assert "Salva come raccolta" in client.get("/?q=rosso").text
    assert "Salva come raccolta" not in client.get("/").text
    asked = {"nome": " Cose  rosse", "domanda": "q=rosso&luogo=&tutte=1"}
    kept = client.post("/raccolte", json=asked).json()
    assert kept == {"indirizzo": "/?raccolta=Cose+rosse"}
    text = client.get(kept["indirizzo"]).text
    assert "rosso" in names(text) and "raccolta Cose rosse" in chips(text)
    counts = client.get("/faccette?conta=raccolta").text
    assert f'<a href="{kept["indirizzo"]}"><span>Cose rosse</span>' in counts
    red, blue = ids(client)["rosso"], ids(client)["blu"]
    assert f'data-mai="{red}"' in text
    for photo, said in ((red, "mai"), (blue, "sempre")):
        said_so = {"nome": "cose rosse", "foto": f"f{photo}", "detto": said}
        assert client.post("/raccolte", json=said_so).status_code == 200
    shown = names(client.get(kept["indirizzo"]).text)
    assert "rosso" not in shown and "blu" in shown
    assert "<option>Cose rosse</option>" in client.get(f"/foto/{red}").text
    about = {"nome": "cose rosse", "foto": f"f{red}", "detto": "mai"}
    wrong_about = [about | {"detto": ["mai"]}, about | {"foto": red}, about | {"nome": "Altra"}]
    for wrong in (asked, {"nome": "Altra"}, *wrong_about):
        assert client.post("/raccolte", json=wrong).status_code == 400
    uploaded = client.post("/carica", content=picture((0, 0, 250))).json()["foto"]
    answer = client.post("/raccolte", json={"nome": "Mia", "domanda": f"come={uploaded}"})
    assert answer.status_code == 400 and "non resta" in answer.json()["errore"]

    gone = client.post("/raccolte", json=about | {"foto": f"f{10**17}"})
    assert gone.status_code == 404


def test_a_collection_that_cannot_be_asked_does_not_hide_the_counts(
    client: TestClient, library: Library, photos: Path
) -> None:
    example = paint(photos.parent / "esempio.png", (0, 0, 250))
    library.collections.keep("Simili", Question(like=(example,)))
    library.collections.keep("Rosse", Question(("rosso",)))
    example.unlink()
    counts = client.get("/faccette?conta=raccolta").text
    assert "Rosse" in counts and "Simili" not in counts
