"""The words in the frames of videos: read when asked for, found with their moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question
from cercafoto.cli.render.looks import look_summary
from cercafoto.errors import MissingExtraError
from cercafoto.looking import catch_up as catching
from cercafoto.ocr import read_run
from cercafoto.ocr.word_sense import Words
from cercafoto.question.filters.filter import Filters
from cercafoto.results.answer import Hit
from tests.conftest import PAINT
from tests.support.clips import make_clip
from tests.support.optional_packages import needs
from tests.support.recorder import Recorder
from tests.support.web_client import visitor

pytestmark = needs("av")


@pytest.fixture
def film(library: Library, photos: Path, fake: Callable[..., None]) -> Path:
    """A video of three scenes of two seconds, in which their colours are written."""
    scenes = [PAINT[name] for name in ("rosso", "verde", "blu")]
    path = make_clip(photos / "film.mp4", scenes, 2)
    library.index([photos])
    return path


def saying(library: Library, text: str, *words: str) -> dict[str, Hit]:
    query = Query.of(Question(words, typed=Filters(texts=(text,))))
    return {Path(hit.path.decode()).name: hit for hit in library.search(query).hits}


def test_moments_are_read_when_asked_and_found(library: Library, film: Path) -> None:
    assert library.texts.read(every=True).frames == 0
    assert set(saying(library, "blu")) == {"blu.png"}
    report = library.texts.read(every=True, videos=True)
    assert (report.read, report.frames, report.found) == (0, 2, 2)
    for words in ((), ("giallo",)):  # the moment is that of the text, whatever fits the words
        hit = saying(library, "blu", *words)["film.mp4"]
        (moment,) = hit.moments
        assert (moment.start, moment.end) == pytest.approx((4, 6), abs=0.51)
        assert (hit.text, hit.evidence) == ("blu", "written")
    assert not saying(library, "blu")["blu.png"].moments
    assert set(saying(library, "giallo")) == {"giallo.png"}
    plain = library.search(library.parse(Question(("«blu»",)))).hits
    assert [hit.frame for hit in plain if hit.path.endswith(b"mp4")] == pytest.approx([4], abs=0.51)
    assert library.texts.read(every=True, videos=True).present == len(PAINT) + 3


def test_only_likely_moments_or_those_of_a_named_video(
    library: Library, film: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confidence(archive, folders, frames):  # type: ignore[no-untyped-def]
        return {frames[-1]: 1.0} if frames else {}

    monkeypatch.setattr(read_run, "text_confidence", confidence)
    report = library.texts.read([photos], videos=True)
    assert (report.read, report.frames, report.unlikely_frames) == (0, 1, 1)
    assert (report.unlikely, report.unlikely_videos) == (len(PAINT) + 1, 1)
    left = f"{len(PAINT)} foto e 1 video restano da leggere"
    assert left in look_summary(Words(), report)
    assert [text.text for _, text in library.texts.in_video(film)] == ["blu"]
    assert library.texts.read([film], videos=True).frames == 1


def test_how_likely_a_moment_shows_words_is_known(library: Library, film: Path) -> None:
    report = library.texts.read(videos=True)  # the tiny model has its opinion of every frame
    assert report.frames + report.unlikely_frames == 2


def test_an_interruption_keeps_what_was_read(
    library: Library, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: int, total: int, name: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    library.texts.read(every=True)
    with pytest.raises(KeyboardInterrupt):
        library.texts.read(every=True, videos=True, reporter=Recorder(interrupt))
    assert len(library.texts.in_video(film)) >= 2
    library.texts.read(every=True, videos=True)
    assert [text.text for _, text in library.texts.in_video(film)] == ["rosso", "verde", "blu"]


def test_a_frame_that_cannot_be_read_names_its_video(
    library: Library, film: Path, fake: Callable[..., None]
) -> None:
    fake(verde="sbaglia", blu="sbaglia")
    report = library.texts.read([film], videos=True)
    assert len(report.problems) == 1 and report.frames == 0
    assert [path for path, _ in library.problems()] == [bytes(film)]
    fake()
    assert library.texts.read([film], videos=True, again=True).frames == 2
    film.unlink()
    library.index()
    assert library.clean(confirmed=True).purged.contents == 3
    with library.archive.local().catalog() as catalog:
        assert catalog.number("SELECT count(*) FROM texts") == 0
        assert catalog.texts.contents_saying(["blu"]) == []


def test_without_the_extra_for_videos_they_are_left_for_later(
    library: Library, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_at(*given: object) -> None:
        raise MissingExtraError("film.mp4 è un file video.", "video")

    with monkeypatch.context() as without:
        without.setattr(catching.Decoders, "look_at", look_at)
        assert library.texts.read([film], videos=True).skipped == 1
    assert library.problems() == []
    assert library.texts.read([film], videos=True).frames == 2


def test_the_command_shows_the_words_of_each_moment(
    library: Library, film: Path, cli: Callable[..., tuple[int, str, str]]
) -> None:
    assert cli("leggi", film)[1] == "rosso\n"
    out = cli("leggi", "--video", film)[1]
    assert out == f"{film} 0:00:\nrosso\n{film} 0:02:\nverde\n{film} 0:04:\nblu\n"
    lines = [json.loads(line) for line in cli("leggi", "--video", "--json", film)[1].splitlines()]
    assert [(line["text"], line["start"]) for line in lines][1:] == [
        ("verde", pytest.approx(2, abs=0.51)), ("blu", pytest.approx(4, abs=0.51))
    ]  # fmt: skip
    (hit,) = json.loads(cli("cerca", "--testo", "blu", "--solo-video", "--json")[1])["hits"]
    assert hit["start"] == pytest.approx(4, abs=0.51) and hit["text"] == "blu"
    told = cli("leggi", "--video", "--tutte")[2]
    assert f"{len(PAINT)} foto lette, {len(PAINT)} con parole, 3 già lette" in told
    assert json.loads(cli("leggi", "--video", "--json")[1])["frames"] == 0
    make_clip(film.with_name("altro.mp4"), [PAINT["verde"]], 1)
    library.index()
    assert cli("leggi", "--tutte")[2].startswith("Testi: 1 video letto, 1 con parole, ")
    code, _, told = cli("leggi", "--video", film.with_name("manca.mp4"))
    assert code == 2 and "Nessuna delle foto indicate" in told


def test_the_page_shows_the_words_of_the_moment(library: Library, film: Path) -> None:
    library.texts.read([film], videos=True)
    with visitor(library.settings) as client:
        listed = client.get("/", params={"q": "«blu»"}).text
        link = re.search(r'href="(/foto/\d+[^"]*t=4[^"]*)"', listed)[1]  # type: ignore[index]
        page = client.get(link.replace("&amp;", "&")).text
    assert "<mark>blu</mark>" in page and "rosso" not in page.partition("Scritto nella")[2]
