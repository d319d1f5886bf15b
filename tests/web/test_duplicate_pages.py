"""The page of duplicates: looked for, shown with what is kept, set aside, brought back."""

from __future__ import annotations

import html
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cercafoto import Library, Settings
from cercafoto.base.reporter import PHOTOS, Reporter
from cercafoto.base.seals import KEY, UNSIGNED
from cercafoto.duplicates.album import DuplicateAlbum
from cercafoto.duplicates.groups import Duplicates
from tests.support.office import HEADER, office
from tests.support.scenes import compressed, scene
from tests.support.waiting import PATIENCE, until
from tests.support.web_client import OWN, visitor

SET = re.compile(r'name="gruppo" value="(\d+)">(.*?)<button', re.S)
FILE = re.compile(r'<img src="([^"]+)"[^>]*alt="([^"]+)".*?<b>(\w+)</b>', re.S)
SEARCH = re.compile(r'name="ricerca" value="(\d+)"')


@pytest.fixture
def scenes(library: Library, tmp_path: Path) -> Path:
    """Three pictures: the first also as a smaller copy, the second also as an identical file."""
    folder = tmp_path / "scene"
    (folder / "estate").mkdir(parents=True)
    for number in range(3):
        scene(number).save(folder / f"s{number}.png")
    compressed(scene(0, (320, 240))).save(folder / "estate" / "piccola.jpg")
    shutil.copy(folder / "s1.png", folder / "estate" / "s1 copia.png")
    (folder / "estate" / "s1 copia.png.xmp").write_text("<x/>")
    library.index([folder])
    return folder


@pytest.fixture
def client(settings: Settings, scenes: Path) -> Iterator[TestClient]:
    with visitor(settings) as found:
        yield found


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    return tmp_path / "Doppioni"


def press(client: TestClient, what: str, aside: Path | str = "", asked: str = "") -> str:
    """Press a button of the page, and return the page that comes then."""
    shown = client.get(f"/doppioni{asked}").text
    form = {
        "che": what,
        "domanda": asked,
        "ricerca": (SEARCH.findall(shown) or [""])[0],
        "gruppo": [number for number, _ in SET.findall(shown)],
        "cartella": str(aside),
    }
    answer = client.post("/doppioni", data=form)
    if answer.status_code == 303:
        answer = client.get(answer.headers["location"])
    return html.unescape(answer.text)


def looked(client: TestClient, asked: str = "") -> str:
    """Look for duplicates, and return the page once they are found."""
    press(client, "cerca", asked=asked)
    until(lambda: "avanti" not in client.get(f"/doppioni{asked}").text)
    return html.unescape(client.get(f"/doppioni{asked}").text)


def sets(page: str) -> list[list[tuple[str, str]]]:
    """Return (name, kind) of the files of each set."""
    return [[(name, kind) for _, name, kind in FILE.findall(one)] for _, one in SET.findall(page)]


def below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


ALIKE = [("s0.png", "Tieni"), ("piccola.jpg", "Simile")]
SAME = [("s1.png", "Tieni"), ("s1 copia.png", "Identica")]


def test_it_looks_only_when_asked_and_shows_what_would_be_kept(
    library: Library, client: TestClient, scenes: Path
) -> None:
    assert '<a href="/doppioni">Doppioni</a>' in client.get("/").text
    first = client.get("/doppioni").text
    assert "Cerca i doppioni" in first and "avanti" not in first and not SET.findall(first)
    page = looked(client)
    assert sets(page) == [ALIKE, SAME]
    assert "2 gruppi, 2 foto in più" in page and "Niente è stato cancellato" in page
    # The words are those of the command.
    for group in library.duplicates.find().groups:
        assert f"<b>Tieni</b>: {group.why}" in page.replace("’", "'")
    small = FILE.findall(page)[0][0]
    assert client.get(small).status_code == 200
    assert f"{scenes}/<wbr>s0.png" in page
    assert str(scenes.parent / "Doppioni") in page  # the folder that is proposed


def test_one_set_is_moved_and_brought_back_by_page_or_command(
    library: Library, client: TestClient, scenes: Path, aside: Path
) -> None:
    before = below(scenes)
    (place,) = [n for n, one in SET.findall(looked(client)) if "copia" in one]
    page = press(client, f"sposta-{place}", aside)
    assert f"Spostata in {aside}: 1 foto, con 1 file .xmp." in page
    assert below(aside) == ["estate/s1 copia.png", "estate/s1 copia.png.xmp"]
    assert sets(page) == [ALIKE] and "Un gruppo, 1 foto in più" in page
    assert "Una foto messa da parte l’ultima volta" in page and f'value="{aside}"' in page
    page = press(client, "annulla")
    assert "Tornata dov’era: 1 foto." in page and sets(page) == [ALIKE, SAME]
    assert below(scenes) == before and "l’ultima volta" not in page
    assert press(client, "annulla").count("Non c’è niente da rimettere a posto") == 1
    # The command undoes what the page moved.
    press(client, f"sposta-{place}", aside)
    assert len(library.duplicates.bring_back().returned) == 1
    assert below(scenes) == before


def test_all_sets_of_a_page_are_moved(client: TestClient, scenes: Path, aside: Path) -> None:
    looked(client)
    page = press(client, "tutti", aside)
    assert f"Spostate in {aside}: 2 foto" in page and "Nessun doppione" in page
    assert below(scenes) == ["s0.png", "s1.png", "s2.png"]
    assert len(sets(press(client, "annulla"))) == 2


def test_duplicates_of_a_question(client: TestClient, scenes: Path) -> None:
    asked = f"?in={quote(str(scenes / 'estate'), safe='')}"
    assert "/doppioni?in=" in client.get(f"/{asked}").text
    assert sets(looked(client, asked)) == []
    asked = f"?in={quote(str(scenes), safe='')}&formato=png"
    assert sets(looked(client, asked)) == [SAME]
    assert "Cerca i doppioni" in client.get("/doppioni").text  # another question


def test_a_photo_that_changed_since_stays(client: TestClient, scenes: Path, aside: Path) -> None:
    looked(client)
    scene(2).save(scenes / "s1.png")  # the one to keep is another one now
    compressed(scene(1)).save(scenes / "estate" / "piccola.jpg")
    page = press(client, "tutti", aside)
    assert (
        "Niente è stato spostato" in page and "quella da tenere non c’è più, o è cambiata" in page
    )
    assert "è cambiata dopo l’ultimo «cercafoto index»" in page
    assert not aside.exists() and (scenes / "estate" / "s1 copia.png").exists()


def test_what_cannot_be_done_is_told(client: TestClient, scenes: Path, aside: Path) -> None:
    looked(client)
    for folder, why in (
        (scenes / "dentro", "dentro la cartella indicizzata"),
        (scenes.parent, "contiene la cartella indicizzata"),
        (scenes / "s0.png", "non è una cartella"),
        ("", "percorso intero"),
        ("relativa", "percorso intero"),
        ("~nessuno-con-questo-nome/x", "percorso intero"),
        ("a\0b", "percorso intero"),
    ):
        for what in ("cartella", "tutti"):
            assert why in press(client, what, folder), folder
    assert "Torna alla ricerca" in press(client, "altro")
    assert f'value="{aside}"' in press(client, "cartella", aside)
    # A page of an older search moves nothing.
    form = {"che": "sposta-0", "ricerca": "1", "cartella": str(aside)}
    looked(client)
    answer = client.post("/doppioni", data=form)
    assert answer.status_code == 400 and "cercati di nuovo" in answer.text
    assert not aside.exists() and len(below(scenes)) == 6


def test_photos_of_somebody_elses_archive_wait(
    client: TestClient, settings: Settings, scenes: Path, aside: Path
) -> None:
    looked(client)
    (settings.configuration / KEY).unlink()
    page = press(client, "tutti", aside)
    assert UNSIGNED in page and str(scenes) in page and "Niente è stato spostato" in page
    assert not aside.exists() and len(sets(page)) == 2


def test_a_move_that_somebody_else_signed_is_not_undone(
    settings: Settings, scenes: Path, aside: Path
) -> None:
    with visitor(settings) as client:
        looked(client)
        press(client, "tutti", aside)
    (settings.configuration / KEY).unlink()
    with visitor(settings) as client:
        page = press(client, "annulla")
    assert "Niente è stato rimesso a posto" in page and UNSIGNED in page
    assert len(below(aside)) == 3


def test_visitors_neither_see_nor_move_anything(
    settings: Settings, scenes: Path, aside: Path
) -> None:
    with office(settings) as client:
        for name in ("anna", "bruno"):  # anna may label
            headers = {HEADER: name}
            assert "Doppioni" not in client.get("/", headers=headers).text
            assert client.get("/doppioni", headers=headers).status_code == 404
            for what in ("cerca", "sposta-0", "tutti", "annulla", "cartella"):
                form = {"che": what, "ricerca": "1", "gruppo": "0", "cartella": str(aside)}
                answer = client.post("/doppioni", data=form, headers=headers | OWN)
                assert answer.status_code == 403 and "può cercare" in answer.text
    assert not aside.exists() and len(below(scenes)) == 6


def test_a_form_of_another_site_moves_nothing(
    client: TestClient, scenes: Path, aside: Path
) -> None:
    number = SEARCH.findall(looked(client))[0]
    form = {"che": "tutti", "ricerca": number, "gruppo": "0", "cartella": str(aside)}
    for headers in (
        {"Origin": "http://esempio.it", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": OWN["Origin"], "Sec-Fetch-Site": "same-site"},
    ):
        assert client.post("/doppioni", data=form, headers=headers).status_code == 403
    client.cookies.clear()
    assert client.post("/doppioni", data=form, headers=OWN).status_code == 403
    assert not aside.exists()


def test_it_says_how_far_it_is_and_a_newer_search_stops_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, stopped = threading.Event(), threading.Event()
    find = DuplicateAlbum.find

    def slow(self: DuplicateAlbum, *, reporter: Reporter, query: object) -> Duplicates:
        if query is not None:
            return find(self, reporter=reporter)
        try:
            reporter.progress(PHOTOS, 1200, 3400, "")
            goes_on.wait()
            reporter.progress(PHOTOS, 1201, 3400, "")
        except Exception:
            stopped.set()
            raise
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(DuplicateAlbum, "find", slow)
    press(client, "cerca")
    until(lambda: "Confronto le foto: 1.200 di 3.400." in client.get("/doppioni").text)
    press(client, "cerca")  # the same one goes on
    assert "1.200" in client.get("/doppioni").text
    press(client, "cerca", asked="?formato=png")
    goes_on.set()
    assert stopped.wait(PATIENCE)
    until(lambda: SET.findall(client.get("/doppioni?formato=png").text))


def test_what_could_not_be_looked_for_is_told(client: TestClient, settings: Settings) -> None:
    asked = "?raccolta=Nessuna"
    press(client, "cerca", asked=asked)
    told = "Non c’è nessuna raccolta «Nessuna»"
    until(lambda: told in html.unescape(client.get(f"/doppioni{asked}").text))
