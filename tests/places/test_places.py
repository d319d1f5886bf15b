"""Places: names at a position, places with a name, and the meaning of a name in an archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cercafoto.places import gazetteer as module
from cercafoto.places.gazetteer import Gazetteer, PlacesDataError, km_between
from cercafoto.places.lookup import Places
from cercafoto.question.filters.filter import Filters

WORLD = Gazetteer()


@pytest.mark.parametrize(
    ("latitude", "longitude", "names"),
    [
        (43.769, 11.256, ("Firenze", "Firenze", "Toscana", "Italia")),
        (43.806, 11.292, ("Fiesole", "Firenze", "Toscana", "Italia")),
        (41.890, 12.492, ("Roma", "Roma", "Lazio", "Italia")),
        (41.732, 12.276, ("Roma", "Roma", "Lazio", "Italia")),  # Ostia
        (45.478, 9.124, ("Milano", "Milano", "Lombardia", "Italia")),
        (45.533, 9.235, ("Sesto San Giovanni", "Milano", "Lombardia", "Italia")),
        (45.490, 12.243, ("Venezia", "Venezia", "Veneto", "Italia")),  # Mestre
        (45.485, 12.417, ("Venezia", "Venezia", "Veneto", "Italia")),  # Burano
        (42.815, 10.330, ("Portoferraio", "Livorno", "Toscana", "Italia")),
        (46.537, 12.136, ("Cortina d'Ampezzo", "Belluno", "Veneto", "Italia")),
        (46.498, 11.354, ("Bolzano", "Bolzano", "Trentino-Alto Adige", "Italia")),
        (45.797, 6.969, ("Courmayeur", "Valle d'Aosta", "Valle d'Aosta", "Italia")),
        (38.203, 13.326, ("Palermo", "Palermo", "Sicilia", "Italia")),  # Mondello
        (48.858, 2.294, ("Parigi", "", "Île-de-France", "Francia")),
        (51.500, -0.120, ("Londra", "", "Inghilterra", "Regno Unito")),
        (40.758, -73.985, ("New York", "", "New York", "Stati Uniti")),
        (48.137, 11.575, ("Monaco di Baviera", "", "Baviera", "Germania")),
    ],
)
def test_positions_have_italian_names(
    latitude: float, longitude: float, names: tuple[str, str, str, str]
) -> None:
    assert WORLD.locate(latitude, longitude) == names


def test_far_from_every_town() -> None:
    assert WORLD.locate(35.0, -40.0) is None  # the Atlantic
    assert WORLD.locate(-89.9, 10.0) is None
    found = WORLD.locate(23.2, 5.9)  # the Sahara, 60 km from Tamanrasset
    assert found is not None
    assert (found[0], found[3]) == ("", "Algeria")


def test_the_nearest_edge_equals_the_obvious_loop() -> None:
    _, latitudes, longitudes, radii, places = WORLD._points
    rng = np.random.default_rng(5)
    centres = [(43.5, 11.5), (45.5, 9.5), (-17.5, 179.9), (64.5, -21.0), (35.6, 139.6)]
    for latitude, longitude in centres:
        for shift in rng.uniform(-0.8, 0.8, (4, 2)):
            at = np.radians((latitude + shift[0], (longitude + shift[1] + 180) % 360 - 180))
            half = (
                np.sin((latitudes - at[0]) / 2) ** 2
                + np.cos(latitudes) * np.cos(at[0]) * np.sin((longitudes - at[1]) / 2) ** 2
            )
            edges = 2 * module.EARTH_KM * np.arcsin(np.sqrt(half)) - radii
            best = int(np.argmin(edges))
            degrees = np.degrees(at)
            edge, place = WORLD._nearest_within(float(degrees[0]), float(degrees[1]), rows=3)
            if edges[best] < 100:
                assert (edge, place) == (pytest.approx(edges[best], abs=1e-6), places[best])


def test_distances_are_those_of_the_earth() -> None:
    # Rome and Milan, as the crow flies: 477 km.
    assert km_between((41.893, 12.483), (45.464, 9.190)) == pytest.approx(477, abs=2)
    assert km_between((0, 179.5), (0, -179.5)) == pytest.approx(111.2, abs=0.1)


@pytest.mark.parametrize(
    ("name", "kind", "italian"),
    [
        ("firenze", "comune", "Firenze"),
        ("Londra", "comune", "Londra"),
        ("London", "comune", "Londra"),
        ("Parigi", "comune", "Parigi"),
        ("Baviera", "regione", "Baviera"),
        ("Bayern", "regione", "Baviera"),
        ("monaco di baviera", "comune", "Monaco di Baviera"),
        ("New York", "comune", "New York"),
        ("Elba", "luogo", "Isola d'Elba"),
        ("isola d\u2019elba", "luogo", "Isola d'Elba"),
        ("Marche", "regione", "Marche"),
        ("Puglia", "regione", "Puglia"),
        ("Olanda", "paese", "Paesi Bassi"),
        ("Germania", "paese", "Germania"),
        ("provincia di Siena", "provincia", "Siena"),
        ("Siena", "comune", "Siena"),
        ("Cinque Terre", "luogo", "Cinque Terre"),
        ("Mestre", "luogo", "Mestre"),
        ("Trentino", "provincia", "Trento"),
        ("citta del vaticano", "paese", "Città del Vaticano"),
        ("Spalato", "comune", "Spalato"),
    ],
)
def test_without_photos_the_best_known_place_is_meant(name: str, kind: str, italian: str) -> None:
    found = Places(Counted({})).find(name)
    assert found is not None
    assert (found.kind, found.name, found.photos) == (kind, italian, 0)


class Counted:
    """An archive with this many photos at places of these names and kinds, most of them in one
    country."""

    def __init__(self, photos: dict[tuple[str, str], int], country: str | None = None) -> None:
        self.photos, self.country = photos, country

    def usual_country(self) -> str | None:
        return self.country

    def count_where(self, filters: Filters) -> int:
        place = filters["place"]
        return self.photos.get((place.kind, place.name), 0)


def test_a_name_means_the_place_with_photos() -> None:
    monaco = Places(Counted({("comune", "Monaco di Baviera"): 3})).find("Monaco")
    assert monaco is not None
    assert (monaco.name, monaco.photos) == ("Monaco di Baviera", 3)
    siena = Places(Counted({("provincia", "Siena"): 9})).find("Siena")
    assert siena is not None
    assert (siena.kind, siena.photos) == ("provincia", 9)
    both = Places(Counted({("provincia", "Siena"): 9, ("comune", "Siena"): 2})).find("Siena")
    assert both is not None
    assert (both.kind, both.photos) == ("comune", 2)


def test_names_can_be_read_without_an_archive() -> None:
    found = Places(None).find("Elba")
    assert found is not None
    assert (found.name, found.photos) == ("Isola d'Elba", None)


def test_other_words_are_not_places() -> None:
    places = Places(Counted({}))
    for word in ("tramonto", "", "xyzzy", "al mare", "%", "' OR 1=1"):
        assert places.find(word) is None
        assert places.near(word) is None


def test_a_small_town_abroad_in_small_letters_is_meant_where_photos_are() -> None:
    assert Places(Counted({})).find("cat") is None
    assert Places(Counted({})).find("Cat") is not None
    assert Places(Counted({})).find("rho") is not None
    assert Places(Counted({("comune", "Çat"): 1})).find("cat") is not None


@pytest.mark.parametrize(
    ("name", "km"),
    [("Roma", 30), ("Verona", 30), ("Bassano del Grappa", 20), ("Orta San Giulio", 10),
     ("Portofino", 10), ("Lago di Garda", 10)],
)  # fmt: skip
def test_the_radius_of_near_suits_the_place(name: str, km: float) -> None:
    found = Places(Counted({})).near(name)
    assert found is not None
    assert found.km == km
    assert min(circle.km for circle in found.place.circles) >= km + (5 if found.is_area else 0)


def test_near_is_a_circle() -> None:
    found = Places(Counted({})).near("Siena")
    assert found is not None
    (circle,) = found.place.circles
    assert circle.km == 30
    assert km_between((circle.latitude, circle.longitude), (43.3188, 11.3308)) < 3
    island = Places(Counted({})).near("Elba", 5)
    assert island is not None
    assert all(c.km > 5 for c in island.place.circles)
    assert Places(Counted({})).near("Toscana") is None


def test_an_island_has_its_towns_and_not_the_mainland() -> None:
    found = Places(Counted({})).find("Elba")
    assert found is not None
    towns = {"Portoferraio": (42.815, 10.330), "Campo": (42.742, 10.237), "Rio": (42.812, 10.42)}
    for at in towns.values():
        circles = found.place.circles
        assert any(km_between(at, (c.latitude, c.longitude)) <= c.km for c in circles)
    piombino = (42.925, 10.526)
    assert all(km_between(piombino, (c.latitude, c.longitude)) > c.km for c in circles)


def test_the_data_are_whole() -> None:
    counts = dict(WORLD._db.execute("SELECT kind, count(*) FROM places GROUP BY kind").fetchall())
    comune, provincia, regione, paese, luogo = (counts[k] for k in range(5))
    assert provincia == 107
    assert paese > 240
    assert regione > 3000
    assert comune > 100_000
    assert luogo > 3000
    italian = WORLD._db.execute(
        "SELECT count(*) FROM places AS c JOIN places AS p ON p.id = c.parent "
        "WHERE c.kind = 0 AND p.kind = 1"
    ).fetchone()[0]
    assert italian > 7600  # of ISTAT's 7,896
    regions = WORLD._db.execute(
        "SELECT r.name FROM places AS r JOIN places AS p ON p.id = r.parent "
        "WHERE p.name = 'Italia' AND r.kind = 2"
    ).fetchall()
    assert len(regions) == 20


def test_damaged_data_raise_an_error_of_their_own(tmp_path: Path) -> None:
    wrong = tmp_path / "luoghi.sqlite"
    wrong.write_bytes(b"non sono un database" * 100)
    for path in (wrong, tmp_path / "manca.sqlite"):
        for look_up in (lambda g: g.named("Siena"), lambda g: g.locate(43.3, 11.3)):
            with pytest.raises(PlacesDataError, match=path.name) as caught:
                look_up(Gazetteer(path))
            assert "reinstalla" in caught.value.hint
    assert not (tmp_path / "manca.sqlite").exists()


def test_the_tables_of_names_are_in_the_data() -> None:
    folder = Path(__file__).parents[2] / "training" / "places"
    tables = {
        name: [
            line.split("\t")
            for line in (folder / name).read_text("utf-8").splitlines()
            if not line.startswith("#")
        ]
        for name in ("nomi_italiani.tsv", "zone.tsv", "unioni.tsv")
    }
    for name, _, country in tables["nomi_italiani.tsv"]:
        kind = "regione" if country.startswith("=") else "comune"
        for called in name.split("|"):
            found = WORLD.named(called)
            assert any(k.kind == kind and k.name == name.split("|")[0] for k in found), called
    for area, others, region, *numbers in tables["zone.tsv"]:
        latitude, longitude, km = map(float, numbers)
        centre = WORLD.locate(latitude, longitude)
        assert not region or (centre is not None and region in centre[2:]), area
        for called in (area, *filter(None, others.split("|"))):
            areas = [found for found in WORLD.named(called) if found.is_area]
            assert any(
                found.name == area and (latitude, longitude, km) in found.circles for found in areas
            ), called
    for union, others, kind, parts in tables["unioni.tsv"]:
        for called in (union, *filter(None, others.split("|"))):
            (found,) = (found for found in WORLD.named(called) if found.is_area)
            assert (found.name, found.circles) == (union, ())
            if kind == "continente":
                assert len(found.parts) > 10 and {of for of, _ in found.parts} == {"paese"}
            else:
                assert found.parts == tuple((kind, part) for part in parts.split("|"))
            for of, part in found.parts:
                assert any((each.kind, each.name) == (of, part) for each in WORLD.named(part))


@pytest.mark.parametrize(
    ("name", "kind", "italian"),
    [
        ("trentino", "provincia", "Trento"),
        ("alto adige", "provincia", "Bolzano"),
        ("südtirol", "provincia", "Bolzano"),
        ("sudtirol", "provincia", "Bolzano"),
        ("trentino alto adige", "regione", "Trentino-Alto Adige"),
        ("emilia romagna", "regione", "Emilia-Romagna"),
        ("Emilia-Romagna", "regione", "Emilia-Romagna"),
        ("friuli", "luogo", "Friuli"),
        ("friuli-venezia giulia", "regione", "Friuli Venezia Giulia"),
        ("val d'aosta", "regione", "Valle d'Aosta"),
        ("puglie", "regione", "Puglia"),
        ("lucania", "regione", "Basilicata"),
        ("costiera", "luogo", "Costiera amalfitana"),
        ("Saint Tropez", "comune", "Saint-Tropez"),
        ("africa", "luogo", "Africa"),
    ],
)
def test_what_people_call_a_region(name: str, kind: str, italian: str) -> None:
    found = Places(Counted({})).find(name)
    assert found is not None
    assert (found.kind, found.name) == (kind, italian)


def test_an_area_may_have_the_name_of_a_town() -> None:
    places = Places(Counted({("comune", "Garda"): 3}))
    for areas_only, name in ((False, "Garda"), (True, "Lago di Garda")):
        found = places.find("garda", areas_only)
        assert found is not None and found.name == name
    assert places.find("roma", areas_only=True) is None


@pytest.mark.parametrize(
    ("name", "is_famous"),
    [("parigi", True), ("Lecce", True), ("Portofino", False), ("Lago di Garda", True),
     ("Giappone", True), ("Toscana", True), ("Friuli", True)],
)  # fmt: skip
def test_a_famous_place_is_meant_without_photos(name: str, is_famous: bool) -> None:
    found = Places(Counted({})).find(name)
    assert found is not None
    assert (found.photos, found.is_famous) == (0, is_famous or found.is_area)


def test_abroad_is_every_country_but_the_usual_one() -> None:
    swiss = Places(Counted({("estero", "Svizzera"): 7}, "Svizzera")).abroad()
    assert (swiss.name, swiss.kind, swiss.photos, swiss.place.name) == (
        "estero", "estero", 7, "Svizzera",
    )  # fmt: skip
    for nowhere in (Places(Counted({})), Places(None)):
        assert nowhere.abroad().place.name == "Italia"


def test_a_circle_around_a_position() -> None:
    around = Places(Counted({})).around(45.43, -10.990001)
    assert (around.name, around.km) == ("45.43, -10.99", 5)
    assert around.place.circles == ((45.43, -10.990001, 5.0),)
    assert Places(None).around(0, 0, 2).place.circles[0].km == 2


def test_data_on_a_read_only_disk_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "programma"
    folder.mkdir()
    copy = folder / "luoghi.sqlite"
    copy.write_bytes(module.DATA.read_bytes())
    copy.chmod(0o444)
    assert Gazetteer(copy).named("Siena")
    assert list(folder.iterdir()) == [copy]
