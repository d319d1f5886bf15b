"""Every filter on the page: a field to type it, choices to click, a chip to drop it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cercafoto import Library, Question, Settings
from cercafoto.question.filters.all_filters import FACETS, OPTIONS
from cercafoto.question.filters.filter import Option
from tests.browse.test_every_filter import BAD
from tests.support.family_photos import make_family_photos
from tests.support.web_client import visitor
from tests.web.test_pages import chips, said_number

options = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
# Values that some photos of the family fulfil.
GOOD = {"since": "2018", "until": "agosto 2019", "place": "Roma", "people_count": "0",
        "camera": "Canon", "lens": "50", "format": "jpeg", "orientation": "orizzontale",
        "quality": "sfocata", "rating": "1", "people": "Luca", "keywords": "mare",
        "mine": "Roma", "labels": "gita",
        "collections": "Rosse", "folders": "{root}/2019", "outside": "{root}/2019",
        "texts": "scontrino", "only_videos": "1", "no_videos": "1",
        "missing": "posizione", "kinds": "telefono", "near": "45.43, 10.99",
        "rectangle": "36, 6, 48, 19", "focal_length": "50mm", "iso": "100-400", "aperture": "f/8+",
        "exposure_time": "1/60", "color_label": "rosso", "with_flash": "1",
        "no_flash": "1"}  # fmt: skip

# Facets in which these photos are alike; tests/archive/local/test_browsing.py counts others.
NOTHING = ("Quante persone", "Persone", "Obiettivo", "Foto o video")


@pytest.fixture(scope="module")
def family(
    tmp_path_factory: pytest.TempPathFactory, tiny: object
) -> Iterator[tuple[TestClient, str]]:
    """Yield a client of the archive of a family's photos, and their folder."""
    folder = tmp_path_factory.mktemp("famiglia")
    (folder / "models").mkdir()
    (folder / "models" / "tiny").symlink_to(tiny)  # type: ignore[arg-type]
    settings = Settings(
        folder / "archive", folder / "models", "tiny", True, thumbnails=folder / "miniature"
    )
    root = make_family_photos(folder / "Foto")
    library = Library(settings)
    library.index([root])
    library.labels.give([root / "2019"], ["gita"])
    library.collections.keep("Rosse", Question(("rosso",)))
    with library.local().writing() as catalog, catalog.transaction():
        catalog.quality.write(1, "sfocata", "scura", 0.1)
        catalog.quality.write(2, "nitida", None, 0.3)
    with visitor(settings) as client:
        yield client, str(root)


def number_of(text: str) -> int:
    return int(said_number(text).split()[0].replace(".", "") or 0) if said_number(text) else 0


@options
def test_a_field_of_the_page_asks_for_an_option(
    family: tuple[TestClient, str], option: Option
) -> None:
    client, root = family
    text = client.get("/").text
    field = rf'<input type="(?:text|checkbox)" form="domanda" name="{option.name}"'
    assert len(re.findall(field, text)) == 1 and option.title in text
    # The form sends its empty fields too; the address of the answer is without them.
    value = GOOD[option.key].format(root=root)
    sent = {other.name: "" for other in OPTIONS} | {"q": "", option.name: value}
    answer = client.get("/", params=sent)
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert re.fullmatch(rf"/[?]{option.name}=[^&]+", address)
    text = client.get(address).text
    assert "cerco senza questo filtro" not in text
    (rest,) = chips(text).values()
    assert rest == "/"
    # What is asked stays in the form, and can be asked with other words.
    shown = re.findall(rf'name="{option.name}" value="([^"]+)"', text)
    assert html.unescape(shown[0]) == value


@options
def test_a_value_that_means_nothing_is_left_out_and_told(
    family: tuple[TestClient, str], option: Option
) -> None:
    client, _ = family
    wrong = {int: "tre", bool: "forse"}.get(option.kind, BAD.get(option.key, "non-c-è"))
    text = client.get("/", params={option.name: wrong, "formato": "jpeg"} | {option.name: wrong})
    assert text.status_code == 200
    said = html.unescape(text.text)
    if option.kind is bool:
        return
    if option.key not in ("camera", "keywords", "people"):  # any name of these may be asked for
        assert said.count("cerco senza questo filtro") == 1, option.name
        assert "--" not in re.findall('<p class="nota">([^<]*cerco senza[^<]*)<', said)[0]
        assert list(chips(text.text)) == ([] if option.key == "format" else ["formato jpeg"])
        assert number_of(text.text) > 0


@pytest.mark.parametrize("which", [each for each, _ in FACETS], ids=lambda which: which.name)
def test_each_choice_leads_to_as_many_photos_as_it_says(
    family: tuple[TestClient, str], which: object
) -> None:
    client, _ = family
    (facet,) = [facet for each, facet in FACETS if each is which]
    name = next(each.options[0].name for each, _ in FACETS if each is which)
    every = client.get("/faccette").text
    if facet.at_once:
        found = re.findall(rf"<h2>{facet.title}</h2>(.*?)</section>", every, re.S)
        counts = "".join(found)
    else:
        assert f'data-indirizzo="/faccette?conta={name}"' in every and facet.title in every
        counts = client.get(f"/faccette?conta={name}").text
    choices = re.findall(
        r'href="([^"]+)"><span>([^<]+)</span> <span class="numero">([\d.]+)<', counts
    )
    assert bool(choices) == (facet.title not in NOTHING), facet.title
    for address, said, number in choices:
        text = client.get(html.unescape(address)).text
        assert number_of(text) == int(number.replace(".", "")), said
        dropped = chips(text)
        assert len(dropped) == 1 and set(dropped.values()) == {"/"}, said
