"""Test that merging changes the keywords of XMP packets and nothing else."""

from __future__ import annotations

import random

import pytest

from cercafoto.labels.sidecars.merge import keywords, merge
from cercafoto.labels.sidecars.packet import EMPTY
from cercafoto.photos.xmp import RDF, PacketError

CAT = ("animale", "gatto")
LIGHTROOM = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"   x:xmptk="Adobe XMP Core">
 <rdf:RDF xmlns:rdf="{RDF}">
  <!-- una nota, con -> e > dentro -->
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmp:Rating="4" crs:Formula="a &gt; b">
   <dc:title><rdf:Alt><rdf:li xml:lang="it">Città &amp; mare</rdf:li></rdf:Alt></dc:title>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>vacanze</rdf:li>
     <rdf:li>nonna</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <crs:Odd attr='x>"y'/>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def lists(content: bytes) -> dict[str, list[str]]:
    """Return the four lists of a packet, read with another parser."""
    from xml.etree import ElementTree

    found: dict[str, list[str]] = {}
    for element in ElementTree.fromstring(content.lstrip(b"\xef\xbb\xbf")).iter():
        local = element.tag.split("}")[1] if "}" in element.tag else element.tag
        if local in {"subject", "hierarchicalSubject", "TagsList", "Etichette"}:
            assert local not in found
            found[local] = [li.text or "" for li in element.iter(f"{{{RDF}}}li")]
    return found


def test_a_new_sidecar_has_three_lists_and_their_source() -> None:
    assert lists(merge(EMPTY, [CAT], "e.txt")) == {
        "subject": ["animale", "gatto"],
        "hierarchicalSubject": ["animale|gatto"],
        "TagsList": ["animale/gatto"],
        "Etichette": ["e.txt|animale", "e.txt|animale|gatto"],
    }


@pytest.mark.parametrize("item", ["e.txt", "gatto", "", "e.txt|", "|", "e.txt||gatto"])
def test_an_item_that_names_no_label_stays_and_stops_nothing(item: str) -> None:
    once = merge(EMPTY, [("mare",)], "e.txt").replace(b"e.txt|mare", item.encode())
    again = merge(once, [CAT], "e.txt", taken=["gatto"])
    assert lists(again)["Etichette"] == [item, "e.txt|animale", "e.txt|animale|gatto"]
    assert lists(merge(again, [], "e.txt")) == lists(once)
    assert merge(once, [], "e.txt") is once


def test_a_second_merge_changes_no_byte() -> None:
    for content in (EMPTY, LIGHTROOM):
        once = merge(content, [CAT, ("mare",)], "e.txt")
        assert once != content
        assert merge(once, [CAT, ("mare",)], "e.txt") is once


def test_all_other_bytes_stay_the_same() -> None:
    after = merge(LIGHTROOM, [CAT], "e.txt")
    kept = iter(after.splitlines())
    assert all(line in kept for line in LIGHTROOM.splitlines())  # every line, in order
    assert lists(after)["subject"] == ["vacanze", "nonna", "animale", "gatto"]


def test_digikam_still_reads_the_old_keywords() -> None:
    """digiKam reads only the first list that it finds, and looks for TagsList first."""
    assert lists(merge(LIGHTROOM, [CAT], "e.txt"))["TagsList"] == [
        "vacanze",
        "nonna",
        "animale/gatto",
    ]


def test_old_labels_are_removed_and_a_persons_keywords_stay() -> None:
    first = merge(LIGHTROOM, [CAT, ("nonna",)], "e.txt")
    second = lists(merge(first, [("animale", "cane")], "e.txt"))
    assert second["subject"] == ["vacanze", "nonna", "animale", "cane"]
    assert second["hierarchicalSubject"][-1:] == ["animale|cane"]
    assert "animale/gatto" not in second["TagsList"]
    none = lists(merge(first, [], "e.txt"))
    assert none["subject"] == ["vacanze", "nonna"]
    assert "Etichette" not in none


def test_a_genus_is_replaced_by_its_species_and_comes_back() -> None:
    alone = merge(EMPTY, [("animale",)], "e.txt")
    assert lists(alone)["hierarchicalSubject"] == ["animale"]
    species = merge(alone, [CAT], "e.txt")
    assert lists(species)["hierarchicalSubject"] == ["animale|gatto"]
    assert lists(merge(species, [("animale",)], "e.txt")) == lists(alone)


def test_two_label_files_do_not_remove_each_others_labels() -> None:
    both = merge(merge(EMPTY, [CAT], "a.txt"), [CAT, ("mare",)], "b.txt")
    without_b = merge(both, [], "b.txt")
    assert lists(without_b)["subject"] == ["animale", "gatto"]
    assert "subject" not in lists(merge(without_b, [], "a.txt"))


def test_a_label_that_a_person_removed_stays_removed() -> None:
    once = merge(EMPTY, [CAT, ("mare",)], "e.txt")
    edited = once.replace(b"\n     <rdf:li>mare</rdf:li>", b"", 1)
    assert "mare" not in keywords(edited)
    after = merge(edited, [CAT, ("mare",)], "e.txt")
    assert keywords(after) == ["animale", "gatto"]
    assert lists(after)["TagsList"] == ["animale/gatto"]  # out of the other lists as well
    assert merge(after, [CAT, ("mare",)], "e.txt") is after


def test_any_sequence_of_runs_keeps_a_persons_keywords() -> None:
    pool = [("a",), ("a", "b"), ("a", "b", "c"), ("a", "d"), ("e",), ("nonna",), ("f", "g")]
    chance = random.Random(0)
    content, wanted = LIGHTROOM, {"x.txt": [], "y.txt": []}  # type: ignore[var-annotated]
    for _ in range(80):
        source = chance.choice(list(wanted))
        wanted[source] = chance.sample(pool, chance.randrange(len(pool)))
        content = merge(content, wanted[source], source)
        assert merge(content, wanted[source], source) is content
        names = {name for few in wanted.values() for path in few for name in path}
        found = lists(content)
        assert found["subject"][:2] == ["vacanze", "nonna"]
        assert set(found["subject"]) == {"vacanze", "nonna"} | names
        assert len(found["subject"]) == len(set(found["subject"]))
        paths = [path for few in wanted.values() for path in few]
        inner = {"|".join(p[:n]) for p in paths for n in range(1, len(p))}
        leaves = {"|".join(path) for path in paths} - inner
        assert set(found.get("hierarchicalSubject", [])) - {"nonna"} == leaves - {"nonna"}
    for source in wanted:
        content = merge(content, [], source)
    assert lists(content)["subject"] == ["vacanze", "nonna"]
    assert "Etichette" not in lists(content)


@pytest.mark.parametrize(
    "inside",
    [
        "<rdf:Description rdf:about=''/>",
        "<rdf:Description rdf:about=''></rdf:Description>",
        "",
        "<rdf:Description rdf:about=''><d:subject xmlns:d='http://purl.org/dc/elements/1.1/'/>"
        "</rdf:Description>",
        "<rdf:Description rdf:about=''><d:subject xmlns:d='http://purl.org/dc/elements/1.1/'>"
        "<rdf:Bag/></d:subject></rdf:Description>",
        "<rdf:Description rdf:about=''><d:subject xmlns:d='http://purl.org/dc/elements/1.1/'>"
        "<rdf:Seq></rdf:Seq></d:subject></rdf:Description>",
        "<r:Description xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:rdf='urn:no'/>",
        "<rdf:Description rdf:about='' xmlns:dc='urn:altro'><dc:subject>no</dc:subject>"
        "</rdf:Description>",
    ],
)
def test_every_shape_of_an_empty_packet_takes_keywords(inside: str) -> None:
    content = f"<rdf:RDF xmlns:rdf='{RDF}'>{inside}</rdf:RDF>".encode()
    assert keywords(content) == []
    after = merge(content, [CAT], "e.txt")
    assert keywords(after) == ["animale", "gatto"]
    assert merge(after, [CAT], "e.txt") == after


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_kept(encoding: str) -> None:
    text = LIGHTROOM.decode().split("?>", 1)[1].rsplit("<?", 1)[0].strip()
    content = text.encode(encoding)
    after = merge(content, [("città",)], "e.txt")
    assert after[:2] == content[:2]
    assert "<rdf:li>città</rdf:li>" in after.decode(encoding)
    assert "Città &amp; mare" in after.decode(encoding)


def test_special_characters_are_escaped() -> None:
    label = 'a/b|c <&> "d"'
    found = lists(merge(EMPTY, [("x", label)], "e|f.txt"))
    assert found["subject"] == ["x", 'a/b¦c <&> "d"']
    assert found["TagsList"] == ['x/a\\b¦c <&> "d"']
    again = merge(merge(EMPTY, [("x", label)], "e|f.txt"), [], "e|f.txt")
    assert "subject" not in lists(again)


BOMB = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ben formato"),
        (b"\xff\xd8\xff\xe0 una foto", "UTF"),
        (b"<x:xmpmeta>", "ben formato"),
        (LIGHTROOM[:-200], "ben formato"),
        (b"<html></html>", "rdf:RDF"),
        (BOMB, "entità"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", "entità"),
        (b"<?xml version='1.0' encoding='latin-1'?><x/>", "codifica"),
        (b"<a>" * 200 + b"</a>" * 200, "troppi elementi"),
        (
            LIGHTROOM.replace(b"<dc:title>", b"<dc:subject>x</dc:subject><dc:title>"),
            "più di una proprietà dc:subject",
        ),
        (LIGHTROOM.replace(b"<rdf:Bag>", b"").replace(b"</rdf:Bag>", b""), "come elenco"),
        (LIGHTROOM.replace(b'xmp:Rating="4"', b'dc:subject="x"'), "come attributo"),
    ],
)
def test_packets_that_cannot_be_changed_safely_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        merge(content, [CAT], "e.txt")


# -- a person's labels beside those of label files -----------------------------------------------


def test_labels_taken_by_hand_are_removed_from_all_sources() -> None:
    content = merge(EMPTY, [CAT, ("mare",)], "e.txt")
    without = merge(content, [], "a mano", taken=["gatto"])
    assert lists(without)["subject"] == ["animale", "mare"]
    assert lists(without)["hierarchicalSubject"] == ["mare", "animale"]
    assert lists(without)["TagsList"] == ["mare", "animale"]
    assert keywords(merge(without, [CAT, ("mare",)], "e.txt")) == ["animale", "mare"]


def test_a_persons_keyword_is_not_removed() -> None:
    assert merge(LIGHTROOM, [], "a mano", taken=["nonna"]) == LIGHTROOM


def test_a_label_by_hand_is_under_the_genera_of_another_source() -> None:
    content = merge(merge(EMPTY, [CAT], "e.txt"), [("gatto",)], "a mano")
    assert lists(content)["hierarchicalSubject"] == ["animale|gatto"]
    assert merge(content, [("gatto",)], "a mano") == content
    content = merge(content, [], "e.txt")  # the person's stays
    assert keywords(content) == ["animale", "gatto"]
    content = merge(content, [("gatto",)], "a mano")
    assert lists(content)["hierarchicalSubject"] == ["gatto"]
    assert keywords(merge(content, [], "a mano")) == []
