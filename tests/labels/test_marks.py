"""Stars and coloured labels in packets as Lightroom, digiKam and darktable write them."""

from __future__ import annotations

import pytest

from cercafoto.base.color_labels import COLORS, color_called
from cercafoto.labels.sidecars.marks import Marks, merge_marks
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.photos.metadata import read_sidecar
from cercafoto.photos.xmp import RDF, PacketError
from tests.labels.test_packet import LIGHTROOM

SPACES = (
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/" '
    'xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0" '
    'xmlns:darktable="http://darktable.sf.net/"'
)


def packet(attributes: str = "", inside: str = "") -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description '
        f'rdf:about="" {SPACES} {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


DIGIKAM = packet('MicrosoftPhoto:Rating="50" xmp:Rating="3" digiKam:ColorLabel="3"')
DARKTABLE = packet(
    'xmp:Rating="-1"',
    "<darktable:colorlabels><rdf:Seq><rdf:li>0</rdf:li></rdf:Seq></darktable:colorlabels>",
)
ELEMENTS = packet(inside="<xmp:Rating>2</xmp:Rating><xmp:Label>Gelb</xmp:Label>")
PACKETS = {"none": EMPTY, "lightroom": LIGHTROOM, "digikam": DIGIKAM, "darktable": DARKTABLE,
           "elements": ELEMENTS, "closed": packet(inside="<xmp:Rating/><xmp:Label/>"),
           "utf-16": DIGIKAM.decode().encode("utf-16")}  # fmt: skip


def said(content: bytes) -> tuple[int | None, str | None]:
    facts = read_sidecar(content)
    return facts.rating, facts.color_label


def test_what_programs_write_is_read() -> None:
    read = {name: said(content) for name, content in PACKETS.items() if name != "utf-16"}
    assert read == {
        "none": (None, None), "lightroom": (4, None), "digikam": (3, "giallo"),
        "darktable": (-1, "rosso"), "elements": (2, "giallo"), "closed": (None, None),
    }  # fmt: skip
    assert said(packet('xmp:Label="Da stampare" digiKam:ColorLabel="0"')) == (None, "")
    # darktable believes the word first, and so do we.
    assert said(packet('xmp:Label="Blue" digiKam:ColorLabel="1"')) == (None, "blu")
    words = ("Rosso", "rot", "VERDE", "Grün", "To Do", "Magenta", "x")
    assert [color_called(word) for word in words] == [
        "rosso", "rosso", "verde", "verde", "viola", "viola", None,
    ]  # fmt: skip


@pytest.mark.parametrize("name", PACKETS)
def test_marks_are_written_where_they_stand_and_nothing_else_changes(name: str) -> None:
    before = PACKETS[name]
    after = merge_marks(before, Marks(5, "verde"))
    assert said(after) == (5, "verde") and merge_marks(after, Marks(5, "verde")) == after
    assert b"ColorLabel" in after.replace(b"\0", b"")
    assert merge_marks(after, Marks(stars=2)) == merge_marks(before, Marks(2, "verde"))
    taken = merge_marks(after, Marks(0, ""))
    assert said(taken) == (0, "") and b"xmp:Label" not in taken.replace(b"\0", b"")
    if name == "digikam":
        assert after == before.replace(b'xmp:Rating="3"', b'xmp:Rating="5"').replace(
            b'ColorLabel="3">', b'ColorLabel="4">\n   <xmp:Label '
            b'xmlns:xmp="http://ns.adobe.com/xap/1.0/">Green</xmp:Label>\n',
        )  # fmt: skip
    if name == "darktable":
        assert b"<rdf:li>2</rdf:li>" in after and b"colorlabels" not in taken


def test_no_colour_leaves_a_label_of_the_person_s_own() -> None:
    taken = merge_marks(packet('xmp:Label="Da stampare" xmp:Rating="3"'), Marks(color=""))
    assert b'xmp:Label="Da stampare"' in taken and said(taken) == (3, "")


@pytest.mark.parametrize("color", COLORS)
def test_a_word_stays_italian_where_it_was_italian(color: str) -> None:
    italian, other = (packet(f'xmp:Label="{word}"') for word in ("Giallo", "Jaune"))
    assert f'xmp:Label="{color.capitalize()}"'.encode() in merge_marks(italian, Marks(color=color))
    assert f'xmp:Label="{COLORS[color].words[0]}"'.encode() in merge_marks(
        other, Marks(color=color)
    )


@pytest.mark.parametrize(
    "content",
    [
        packet('xmp:Rating="1"', "<xmp:Rating>2</xmp:Rating>"),
        packet(inside="<xmp:Rating>1</xmp:Rating><xmp:Rating>2</xmp:Rating>"),
        packet(inside="<xmp:Rating><rdf:Bag><rdf:li>1</rdf:li></rdf:Bag></xmp:Rating>"),
        b"<a/>",
    ],
)
def test_a_packet_that_says_it_twice_or_oddly_is_left(content: bytes) -> None:
    with pytest.raises(PacketError):
        merge_marks(content, Marks(stars=5))


def test_another_prefix_and_quotes() -> None:
    odd = packet("xmlns:x2='http://ns.adobe.com/xap/1.0/' x2:Rating = '1'")
    assert b"x2:Rating = '4'" not in odd and b"x2:Rating = '4'" in merge_marks(odd, Marks(stars=4))
