"""Test which texts belong to different documents."""

from __future__ import annotations

import pytest

from cercafoto.search.other_text import says_other

RECEIPT = "Alimentari Cossutta\nVia del Pozzo 4\nBaccalà mantecato\nTOTALE EURO 18,40\nGrazie!"
LETTER = "Comune di Sgonico\nUfficio tributi\nGentile signor Oreste,\nla cartella\nè stata pagata."


@pytest.mark.parametrize(
    ("a", "b", "other"),
    [
        (RECEIPT, RECEIPT, False),
        (RECEIPT, RECEIPT.replace("18,40", "21,70"), True),  # nothing but the price
        (RECEIPT, RECEIPT.replace("18,40", "l8,4O").replace("Pozzo", "P0zzo"), False),  # misread
        (RECEIPT, RECEIPT.replace("mantecato", "mantccato"), False),
        (RECEIPT, "Alimentari Cossutta\nTOTALE EURO 18,40", False),  # read from a smaller copy
        (LETTER, LETTER.replace("signor Oreste", "signora Ines").replace("è stata", "va"), True),
        (RECEIPT, LETTER, True),
    ],
)
def test_texts_of_two_documents(a: str, b: str, other: bool) -> None:
    assert says_other(a, b) is other
    assert says_other(b, a) is other
