"""Test the explanation of an answer."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np

from cercafoto import Library
from cercafoto.question.filters.filter import Filters
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.search.explain import Reason
from cercafoto.search.searched_as import DOUBT
from tests.cli.test_main import Cli
from tests.conftest import paint
from tests.support.known_words import all_but


def stem(path: bytes) -> str:
    return Path(path.decode()).stem


def test_photos_shown_are_compared_with_all_others(library: Library, photos: Path) -> None:
    library.index([photos])
    query = Query.parse(["rosso"])
    told = library.explain(library.search(query, 2))
    assert [stem(s.path) for s in told.standings] == ["rosso", "giallo"]
    assert told.phrases == (("rosso", 1.0),)
    assert (told.photos, told.eligible) == (5, 5)
    # The red photo is nearer than the four others.
    assert told.standings[0].archive == 1.0
    assert told.standings[1].archive < 1.0
    encoder = library.archive.encoder
    red = encoder.embed_texts(["rosso"])[0]
    share = float((encoder.background @ red < 1.0 - 1e-6).mean())
    assert told.standings[0].background == np.float32(share)
    assert not told.hidden
    assert len(told.labels) == 5
    assert all(len(s.labels) == 3 for s in told.standings)


def test_each_of_two_alternatives_is_explained(library: Library, photos: Path) -> None:
    library.index([photos])
    told = library.explain(library.search(Query.parse(["rosso o blu"]), 2))
    assert told.phrases == (("rosso", 1.0), ("blu", 1.0))
    assert {stem(s.path) for s in told.standings} == {"rosso", "blu"}
    for standing in told.standings:
        assert [text for text, _ in standing.parts] == ["rosso", "blu"]
        surest, _ = max(standing.parts, key=lambda part: part[1])
        assert surest == stem(standing.path)
        assert standing.archive <= 1


def test_of_several_things_the_unknown_ones_are_told(library: Library, photos: Path) -> None:
    library.index([photos])
    encoder = library.archive.encoder
    encoder.known_words = all_but(encoder, "muro blu")
    query = Query.parse(["muro rosso e muro blu"])
    told = library.explain(library.search(query, 2))
    assert told.doubted == ("muro blu",)
    for standing in told.standings:
        _, wall = standing.parts
        assert wall[0] == "muro blu" and wall[1] <= DOUBT


def test_nearer_photos_that_are_hidden_have_a_reason(library: Library, photos: Path) -> None:
    paint(photos / "quadrato" / "mattone.png", (220, 20, 20), size=(40, 40))
    library.index([photos])
    question = Question(("rosso",), typed=Filters(orientation="quadrato"))
    told = library.explain(library.search(Query.of(question)))
    assert (told.photos, told.eligible) == (6, 1)
    hidden = {stem(h.path): h.reasons for h in told.hidden}
    assert hidden["rosso"] == (Reason("orientation"),)

    folder = photos / "quadrato"
    told = library.explain(
        library.search(Query.of(Question(("rosso",), typed=Filters(folders=(folder,)))))
    )
    assert {stem(h.path): h.reasons for h in told.hidden}["rosso"] == (Reason("folders"),)

    told = library.explain(
        library.search(Query.of(Question(("rosso",), typed=Filters(outside=(folder,)))))
    )
    assert {stem(h.path): h.reasons for h in told.hidden}["mattone"] == (Reason("outside"),)

    query = Query.of(Question(("rosso",), without=("rosso",)))
    told = library.explain(library.search(query))
    (reason,) = next(h.reasons for h in told.hidden if stem(h.path) == "rosso")
    assert (reason.kind, reason.what) == ("shows", "rosso")
    assert reason.confidence > 0.15
    ((concept, phrases, number),) = told.exclude
    assert concept == "rosso"
    assert "rosso" in phrases
    assert number >= 2


def test_a_photo_whose_copies_fulfil_different_filters(library: Library, photos: Path) -> None:
    drafts = photos / "bozze"
    drafts.mkdir()
    (photos / "rosso.png").rename(drafts / "rosso.png")
    shutil.copy(drafts / "rosso.png", photos.parent / "altrove.png")
    library.index([photos, photos.parent])
    query = Query.of(Question(("rosso",), typed=Filters(folders=(photos,), outside=(drafts,))))
    result = library.search(query)
    assert "rosso" not in {stem(hit.path) for hit in result.hits}
    hidden = {h.path: h.reasons for h in library.explain(result).hidden}
    (reasons,) = (why for path, why in hidden.items() if path.endswith((b"rosso.png", b"e.png")))
    assert reasons == (Reason("folders"), Reason("outside"))


def test_a_period_before_the_first_photo_is_the_reason(library: Library, photos: Path) -> None:
    library.index([photos])
    query = library.parse(Question(("rosso nel 1850",)))
    told = library.explain(library.search(query))
    assert told.eligible == 0
    assert told.standings == ()
    assert all(Reason("periods") in h.reasons for h in told.hidden)
    assert stem(told.hidden[0].path) == "rosso"


def test_a_photo_removed_by_feedback_is_explained_by_it(library: Library, photos: Path) -> None:
    library.index([photos])
    less = (str(photos / "rosso.png").encode(),)
    query = Query.of(Question(("rosso",), less=less))
    told = library.explain(library.search(query, 5))
    hidden = {stem(h.path): h.reasons for h in told.hidden}
    assert hidden["rosso"] == (Reason("less"),)


def test_filters_without_text_have_no_distance(library: Library, photos: Path) -> None:
    library.index([photos])
    question = Question(typed=Filters(orientation="orizzontale"))
    told = library.explain(library.search(Query.of(question)))
    assert told.phrases == told.labels == told.standings == told.hidden == ()
    assert told.eligible == 5


def test_the_command_prints_the_explanation(cli: Cli, photos: Path) -> None:
    cli("index", photos)
    code, out, _ = cli("cerca", "rosso, senza verde", "--spiega", "-n", "1")
    assert code == 0
    assert "Al modello: «rosso»." in out
    assert "Da escludere, verde:" in out
    assert re.search(r"\n  1  .*rosso\.png: fiducia \d+%; dal nome del file\n", out)
    assert re.search(r"Fiducia +Punteggio +Perché +Foto\n1 +alta \(\d+%\) +0,999 ", out)
    assert "Foto diverse nell'archivio: 5." in out
    code, out, _ = cli("cerca", "rosso", "--orientamento", "verticale", "--spiega")
    assert "nessuna rispetta i filtri" in out
    assert re.search(r"rosso\.png \(\d,\d+\): ha un altro orientamento", out)
    code, out, _ = cli("cerca", "rosso", "--min", "1", "--spiega")
    assert re.search(r"rosso\.png \(\d,\d+\): la fiducia è troppo poca", out)
    other = paint(photos / "bozze" / "mattone.png", (220, 20, 20))
    cli("index", photos)
    code, out, _ = cli("cerca", "rosso", "--fuori", photos / "bozze", "--spiega", "--tutte")
    assert f"cerco: «rosso», non in: {photos / 'bozze'}\n" in out
    assert re.search(r"mattone\.png \(\d,\d+\): sta in una cartella lasciata fuori\n", out)
    assert str(other) in out
    # Paths are printed without an explanation.
    code, out, err = cli("cerca", "rosso", "--spiega", "-n", "1", "--percorsi")
    assert out == f"{photos / 'rosso.png'}\n"
    assert "Al modello" in err
    data = json.loads(cli("cerca", "rosso", "--spiega", "-n", "1", "--json")[1])
    assert data["explanation"]["hits"][0]["percentile"] == 100.0
    assert data["explanation"]["phrases"] == [{"text": "rosso", "weight": 1.0}]
    assert "explanation" not in json.loads(cli("cerca", "rosso", "--json")[1])


def test_the_confidence_of_a_photo_and_of_what_the_question_names(cli: Cli, photos: Path) -> None:
    cli("index", photos)
    code, out, _ = cli("cerca", "fiore rosso sul prato verde", "--spiega", "-n", "1")
    assert code == 0
    assert re.search(r"giallo\.png: fiducia \d+% \(fiore rosso \d+%, prato verde \d+%\)\n", out)
    out = cli("cerca", "fiore rosso", "--spiega", "-n", "1")[1]
    assert re.search(r"rosso\.png: fiducia \d+%(; dal nome del file)?\n", out)
    # The words say more about one thing than the other, and the photo shows that one.
    command = ("cerca", "fiore rosso sul prato verde", "--spiega", "--json", "--in", photos / "r")
    (photos / "r").mkdir()
    (photos / "rosso.png").rename(photos / "r" / "rosso.png")
    cli("index", photos)
    (hit,) = json.loads(cli(*command)[1])["explanation"]["hits"]
    assert [part["text"] for part in hit["parts"]] == ["fiore rosso", "prato verde"]
    red, green = (part["confidence"] for part in hit["parts"])
    assert 1 >= red > green >= 0
    out = cli("cerca", "rosso", "--spiega", "--json", "-n", "1")[1]
    assert json.loads(out)["explanation"]["hits"][0]["parts"] == []


def test_no_photo_to_explain(library: Library, photos: Path) -> None:
    library.index([photos])
    query = Query.of(Question(("fiore rosso sul prato verde",), typed=Filters(format="gif")))
    result = library.search(query)
    assert not result.hits
    assert library.explain(result).standings == ()
