"""Test the genera of the default labels on judged photos."""

from __future__ import annotations

import re

import pytest

from cercafoto.labels.label_file import default_labels
from tests.conftest import DATA

ENOUGH, MOST_FAILING = 9, 0.1  # fewest photos of a species; share of them that may fail

# Descriptions of photos where the genus does not hold: the sea is no drink, a hotel is no home, and
# plants in an indoor vase are no landscape.
CONTRARY = {
    "bevanda": r"mare|lago|fiume|piscina|onde|spiaggia|stagno|fontana",
    "casa": r"alberg\w+|pubblic\w+|moschea|parco|scala mobile|palazzetto",
    "natura": r"interno|soggiorno|salotto|sala|camera|cucina|bagno|ufficio|negozio",
    "tempo": r"al coperto",
}


def test_labels_seen_in_many_places_have_no_genus() -> None:
    genera = {label.name: label.genera for label in default_labels()}
    for name in ("acqua", "scala", "ghiaccio", "fiori", "pianta", "funghi"):
        assert genera[name] == ()
    for name in ("bagno", "camera da letto", "corridoio", "garage"):
        assert genera[name] == ("luogo",)
    assert genera["balcone"] == ("edificio",)
    assert (genera["cucina"], genera["tè"]) == (("luogo", "casa"), ("bevanda",))


def test_a_genus_is_true_of_the_photos_of_its_species() -> None:
    path = DATA / "giudizi_valid.tsv"
    if not path.is_file():
        pytest.skip("the judgments of the held-out photos are not on this machine")
    photos = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    judged = [(set(holds.split("|")), said) for _, holds, _, said in photos]
    for label in default_labels():
        ours = [(holds, said) for holds, said in judged if label.name in holds]
        for genus in label.genera:
            contrary = re.compile(rf"\b({CONTRARY.get(genus, '(?!)')})\b", re.IGNORECASE)
            failing = [said for holds, said in ours if genus not in holds or contrary.search(said)]
            if len(ours) >= ENOUGH:
                assert len(failing) <= MOST_FAILING * len(ours), (genus, label.name, failing)
