"""Each source in the format that its owners publish it in, small and with what goes wrong."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.proper_nouns import ONLY_NAMES
from cercafoto.training.data.sources import (
    conceptual,
    local,
    mscoco,
    wit,
)
from cercafoto.training.data.sources import (
    foto_del_giorno as fotodelgiorno,
)
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.store import PhotoStore
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION
from cercafoto.training.errors import InputError

UPLOAD = "https://upload.wikimedia.org/wikipedia/commons/"
# https://github.com/google-research-datasets/wit/blob/main/DATA.md, in its order.
WIT_COLUMNS = (
    "language,page_url,image_url,page_title,section_title,hierarchical_section_title,"
    "caption_reference_description,caption_attribution_description,caption_alt_text_description,"
    "mime_type,original_height,original_width,is_main_image,attribution_passes_lang_id,"
    "page_changed_recently,context_page_description,context_section_description"
)
COLUMNS = WIT_COLUMNS.split(",")


def sha(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def photo(path: Path, content: bytes = b"photo") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path.name


def hashed(folder: Path, *urls: str) -> Downloaded:
    for url in urls:
        photo(folder / f"{sha(url)}.jpg", url.encode())
    folder.mkdir(exist_ok=True)
    return Downloaded(folder)


def wit_row(language: str, url: str, caption: str, context: str = "") -> list[str]:
    named = {
        "language": language,
        "image_url": url,
        "caption_reference_description": caption,
        "caption_alt_text_description": "testo alternativo, mai preso",
        "mime_type": "image/jpeg",
        "context_page_description": context,
    }
    return [named.get(column, "") for column in COLUMNS]


def wit_file(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    """As WIT's files are: tabs, a value with a quote or line break in it in double quotes."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows([COLUMNS, *rows])
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


# Photos by their URL


def test_img2dataset_files_are_found_by_url(tmp_path: Path) -> None:
    for number, suffix in ((0, "jpg"), (1, "webp")):
        photo(tmp_path / "00000" / f"00000000{number}.{suffix}")
        sidecar = {"url": f"https://x.org/{number}", "key": "000000001", "status": "success"}
        (tmp_path / "00000" / f"00000000{number}.json").write_text(json.dumps(sidecar, indent=4))
    (tmp_path / "00000" / "000000002.json").write_text('{"url": "https://x.org/2"}')  # no photo
    (tmp_path / "00000_stats.json").write_text('{"count": 3, "successes": 2}')
    (tmp_path / "00001.json").write_text("{damaged")
    photos = Downloaded(tmp_path)
    assert photos.find("https://x.org/0") == "00000/000000000.jpg"
    assert photos.find("https://x.org/1") == "00000/000000001.webp"
    assert photos.find("https://x.org/2") is None
    assert len(photos) == 2


def test_img2dataset_shards_are_found_by_url(tmp_path: Path) -> None:
    def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))

    with tarfile.open(tmp_path / "00000.tar", "w") as tar:
        add(tar, "000000000.json", b'{"url": "https://x.org/a"}')
        add(tar, "000000000.jpg", b"photo a")
        add(tar, "000000001.json", b'{"url": "https://x.org/b"}')
    photos = Downloaded(tmp_path)
    path = photos.find("https://x.org/a")
    assert path == "00000.tar::000000000.jpg"
    assert PhotoStore(tmp_path).read(path) == b"photo a"
    assert photos.find("https://x.org/b") is None
    (tmp_path / "00001.tar").write_bytes((tmp_path / "00000.tar").read_bytes()[:700])
    with pytest.raises(InputError, match=r"00001\.tar"):
        Downloaded(tmp_path)


def test_files_named_by_a_hash_are_found_at_any_depth(tmp_path: Path) -> None:
    url = "https://x.org/perché?a=1"
    photo(tmp_path / "ab" / f"{sha(url)}.PNG")
    other = "https://x.org/b"
    photo(tmp_path / f"{hashlib.md5(other.encode()).hexdigest().upper()}.jpg")
    photo(tmp_path / "not-a-hash.jpg")
    photos = Downloaded(tmp_path)
    assert photos.find(url) == f"ab/{sha(url)}.PNG"
    assert photos.find(other) is not None
    assert len(photos) == 2


def test_a_list_goes_before_a_hash(tmp_path: Path) -> None:
    url = "https://x.org/a"
    photo(tmp_path / "photos" / f"{sha(url)}.jpg")
    listing = tmp_path / "list.tsv"
    listing.write_text(f"{url}\tmine/a b.jpg\r\n\nhttps://x.org/c\tc.jpg\n", "utf-8")
    photos = Downloaded(tmp_path / "photos", listing)
    assert photos.find(url) == "mine/a b.jpg"
    listing.write_text(f"{url}\tmine/a.jpg\nhttps://x.org/c c.jpg\n", "utf-8")
    with pytest.raises(InputError, match=r"list\.tsv, line 2"):
        Downloaded(tmp_path / "photos", listing)
    with pytest.raises(InputError, match="no such folder"):
        Downloaded(tmp_path / "absent")


# WIT


def test_wit_takes_italian_reference_descriptions(tmp_path: Path) -> None:
    duomo, gatto, absent = UPLOAD + "Duomo.jpg", UPLOAD + "Gatto%27.jpg", UPLOAD + "no.jpg"
    context = 'Milano\nè "una città"\tdel nord'
    first = wit_file(
        tmp_path / "wit_v1.train.all-00000-of-00010.tsv.gz",
        [
            wit_row("it", duomo, "La facciata del\nduomo", context),
            wit_row("en", duomo, "The cathedral", context),
            wit_row("it", gatto, 'Il gatto detto "Romeo"', "x" * 200_000),
            wit_row("it", absent, "Una foto mai scaricata"),
            wit_row("it", UPLOAD + "senza.jpg", " "),
        ],
    )
    second = wit_file(
        tmp_path / "wit_v1.train.all-00001-of-00010.tsv",
        [
            wit_row("it", duomo, "Il duomo di notte"),
            wit_row("it", duomo, "La facciata del duomo"),
        ],
    )
    photos = hashed(tmp_path / "images", duomo, gatto)
    pairs, tally = wit.build([first, second], photos, tagger=None)
    assert pairs == [
        Pair(f"{sha(duomo)}.jpg", ("La facciata del duomo", "Il duomo di notte"), "wit"),
        Pair(f"{sha(gatto)}.jpg", ('Il gatto detto "Romeo"',), "wit"),
    ]
    assert tally.read == 6
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1, JOINED: 2}
    assert tally.kept == len(pairs)
    assert list(wit.urls([first, second])) == [duomo, gatto, absent]


def test_wit_drops_captions_that_are_only_names(tmp_path: Path) -> None:
    urls = [UPLOAD + f"{n}.jpg" for n in range(3)]

    class Capitals:
        def tag(self, captions: Sequence[str]) -> list[list[str]]:
            return [["PROPN" if w.istitle() else "NOUN" for w in c.split()] for c in captions]

    captions = ["Dora Riparia", "un ponte sulla Dora", "Kim Rhodes"]
    rows = [wit_row("it", url, c) for url, c in zip(urls, captions, strict=True)]
    rows.append(wit_row("it", urls[2], "attrice americana"))
    table = wit_file(tmp_path / "wit.tsv", rows)
    pairs, tally = wit.build([table], hashed(tmp_path / "images", *urls), Capitals())
    assert [p.captions for p in pairs] == [("un ponte sulla Dora",), ("attrice americana",)]
    assert tally.left_out == {ONLY_NAMES: 1, JOINED: 1}
    assert tally.kept == 2


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    photos = hashed(tmp_path / "images")
    rows = [wit_row("it", UPLOAD + f"{n}.jpg", f"foto {n * 7919}") for n in range(500)]
    table = wit_file(tmp_path / "wit.tsv.gz", rows)
    table.write_bytes(table.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"wit\.tsv\.gz: cannot be read"):
        wit.build([table], photos, None)
    table.write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"wit\.tsv\.gz: cannot be read"):
        wit.build([table], photos, None)
    plain = tmp_path / "other.tsv"
    plain.write_text("language\timage_url\nit\thttps://x\n")
    with pytest.raises(InputError, match="no column caption_reference_description"):
        wit.build([plain], photos, None)
    plain.write_text("\t".join(COLUMNS) + "\nit\tshort\n")
    with pytest.raises(InputError, match=r"other\.tsv, line 2"):
        wit.build([plain], photos, None)
    with pytest.raises(InputError, match=r"absent\.tsv"):
        wit.build([tmp_path / "absent.tsv"], photos, None)


# Conceptual Captions


def test_the_published_table_quotes_nothing(tmp_path: Path) -> None:
    table = tmp_path / "Train_GCC-training.tsv"
    table.write_text(
        'a very typical bus station\thttp://x.org/1.jpg\n"quoted" at the start\thttp://x.org/2\n'
        'an inch\tis 1"\thttp://x.org/3.jpg?a=b\n\n',
        "utf-8",
    )
    rows = [
        ("http://x.org/1.jpg", "a very typical bus station"),
        ("http://x.org/2", '"quoted" at the start'),
        ("http://x.org/3.jpg?a=b", 'an inch\tis 1"'),
    ]
    assert list(conceptual.read_published(table)) == rows
    table.write_text("caption\turl\n" + table.read_text("utf-8"), "utf-8")
    assert list(conceptual.read_published(table)) == rows
    table.write_text("a caption\thttp://x.org/1\nno url here\n", "utf-8")
    with pytest.raises(InputError, match=r"Train_GCC-training\.tsv, line 2"):
        list(conceptual.read_published(table))


def test_translated_captions_find_their_photos(tmp_path: Path) -> None:
    urls = [f"http://x.org/{n}.jpg" for n in range(4)]
    translated = [
        (urls[0], 'an "odd" one', 'una "strana"'),
        (urls[1], "tab\there", "con\ttabulazione"),
        (urls[2], "missing", "mancante"),
        (urls[3], "nothing", ""),
        (urls[0], "again", "di nuovo"),
    ]
    table = tmp_path / "cc.tsv"
    conceptual.write_translated(table, translated)
    photos = hashed(tmp_path / "images", urls[0], urls[1], urls[3])
    pairs, tally = conceptual.build(table, photos)
    assert pairs == [
        Pair(f"{sha(urls[0])}.jpg", ('una "strana"', "di nuovo"), "conceptual"),
        Pair(f"{sha(urls[1])}.jpg", ("con tabulazione",), "conceptual"),
    ]
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1, JOINED: 1}


# MSCOCO-IT


def coco(
    path: Path, names: dict[int, str] | None, captions: Iterable[tuple[int, int, str]]
) -> Path:
    data = {
        "info": {"description": "2014 MS COCO dataset", "version": "1.0"},
        "licenses": [{"id": 1, "name": "Attribution-NonCommercial-ShareAlike License"}],
        "type": "captions",
        "annotations": [{"image_id": i, "id": n, "caption": c} for i, n, c in captions],
    }
    if names is not None:
        data["images"] = [
            {"license": 1, "file_name": name, "id": i, "width": 500, "height": 332}
            for i, name in names.items()
        ]
    text = json.dumps(data)  # ascii, with \u00e8, as published
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_mscoco_leaves_out_what_is_held_out(tmp_path: Path) -> None:
    name = "COCO_{}_{:012d}.jpg".format
    images = tmp_path / "images"
    photo(images / "train2014" / name("train2014", 9))
    for number in (359, 241, 42):
        photo(images / "val2014" / name("val2014", number))
    train = coco(
        tmp_path / "captions_ita_trainingset_train2014.json.gz",
        {9: name("train2014", 9), 25: name("train2014", 25), 30: name("train2014", 30)},
        [(9, 700 - n, f"Il gatto è {n}. ") for n in range(7)]
        + [(9, 1, "Il gatto è 6."), (25, 2, "Una foto che manca"), (30, 3, " ")],
    )
    val = coco(
        tmp_path / "captions_ita_trainingset_val2014.json",
        None,
        [(359, 11, "Una panchina"), (241, 12, "Un cane"), (42, 13, "Una torre")],
    )
    dev = coco(tmp_path / "captions_ita_devset_unvalidated.json.gz", {359: "x"}, [])
    test = coco(tmp_path / "captions_ita_testset_validated.json", None, [(241, 12, "Un cane")])
    pairs, tally = mscoco.build([train, val], images, [dev, test])
    assert pairs == [
        Pair(
            "train2014/COCO_train2014_000000000009.jpg",
            ("Il gatto è 6.", "Il gatto è 5.", "Il gatto è 4.", "Il gatto è 3.", "Il gatto è 2."),
            "mscoco-it",
        ),
        Pair("val2014/COCO_val2014_000000000042.jpg", ("Una torre",), "mscoco-it"),
    ]
    assert tally.read == 6
    assert tally.left_out == {mscoco.HELD_OUT: 2, MISSING: 1, NO_CAPTION: 1}


def test_mscoco_photos_may_lie_in_one_folder(tmp_path: Path) -> None:
    photo(tmp_path / "COCO_val2014_000000000001.jpg")
    val = coco(tmp_path / "a.json", None, [(1, 1, "Una foto")])
    pairs, _ = mscoco.build([val], tmp_path, [])
    assert [p.image_path for p in pairs] == ["COCO_val2014_000000000001.jpg"]


@pytest.mark.parametrize("text", ["{", "[]", '{"images": []}', '{"annotations": [{"id": 1}]}'])
def test_a_file_that_is_not_coco_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "captions.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"captions\.json: not COCO captions"):
        mscoco.build([path], tmp_path, [])


# La Foto del Giorno

FIGURES = """<!doctype html><html><head>
<meta property="og:image" content="https://www.ilpost.it/altra.jpg" />
<meta property="og:description" content="Le foto di oggi"></head><body>
<img src="logo.png"><p>Testo dell'articolo</p>
<figure class="wp-block-gallery">
 <figure><a href="x"><img data-src="pagina_files/uno%20bis.jpg?w=980" src="data:image/gif;base64,R0"
   alt="alt"></a><figcaption>Un <em>surfista</em> a Bondi Beach,<br>Sydney
   &#8211; l&rsquo;onda <script>var x = "no";</script>(AP Photo)</figcaption></figure>
 <figure><img src="pagina_files/due.jpg"></figure>
 <figure><img src="https://static.ilpost.it/tre.jpg?x=1"><figcaption>Nevica</figcaption></figure>
 <figcaption>Tutta la galleria</figcaption>
</figure>
<div id="attachment_1" class="wp-caption alignnone"><figure><img src="pagina_files/quattro.jpg">
</figure><p class="wp-caption-text">Una mucca</p></div>
<dl class="gallery-item"><dt><img src="manca.jpg"></dt><dd class="wp-caption-text">Assente</dd></dl>
</body></html>"""


def test_saved_pages_give_photos_with_their_captions(tmp_path: Path) -> None:
    pages = tmp_path / "pages" / "2011"
    photo(pages / "pagina_files" / "uno bis.jpg")
    photo(pages / "pagina_files" / "due.jpg")
    photo(pages / "pagina_files" / "quattro.jpg")
    (pages / "pagina.html").write_text(FIGURES, "utf-8")
    downloads = hashed(tmp_path / "images", "https://static.ilpost.it/tre.jpg")
    pairs, tally = fotodelgiorno.from_pages(tmp_path / "pages", downloads)
    caption = "Un surfista a Bondi Beach, Sydney – l’onda (AP Photo)"
    third = f"../images/{sha('https://static.ilpost.it/tre.jpg')}.jpg"
    assert pairs == [
        Pair("2011/pagina_files/uno bis.jpg", (caption,), "foto-del-giorno"),
        Pair(third, ("Nevica",), "foto-del-giorno"),
        Pair("2011/pagina_files/quattro.jpg", ("Una mucca",), "foto-del-giorno"),
    ]
    assert (tmp_path / "pages" / third).is_file()
    assert tally.left_out == {NO_CAPTION: 1, MISSING: 1}
    assert tally.kept == 3


def test_a_page_without_figures_has_its_card(tmp_path: Path) -> None:
    url = "https://static.ilpost.it/foto.jpg"
    card = f"""<html><head><meta property="og:image" content="{url}">
    <meta property='og:description' content="L&#39;eclissi vista da &quot;Siena&quot;"></head>"""
    (tmp_path / "a.html").write_text(card, "utf-8")
    (tmp_path / "b.HTM").write_text(card.replace("Siena", "Pisa"), "utf-8")
    (tmp_path / "c.html").write_text("<html><p>una pagina senza foto</p>", "utf-8")
    (tmp_path / "d.html").write_bytes("<figure><img src=e.jpg><figcaption>È tronca".encode())
    photo(tmp_path / "e.jpg")
    downloads = hashed(tmp_path / "images", url)
    pairs, tally = fotodelgiorno.from_pages(tmp_path, downloads)
    captions = ('L\'eclissi vista da "Siena"', 'L\'eclissi vista da "Pisa"')
    assert pairs == [
        Pair(f"images/{sha(url)}.jpg", captions, "foto-del-giorno"),
        Pair("e.jpg", ("È tronca",), "foto-del-giorno"),
    ]
    assert tally.left_out == {JOINED: 1, fotodelgiorno.NO_PHOTO: 1}
    without, tally = fotodelgiorno.from_pages(tmp_path)
    assert [p.image_path for p in without] == ["e.jpg"]
    assert tally.left_out[MISSING] == 2
    with pytest.raises(InputError, match="no saved pages"):
        fotodelgiorno.from_pages(tmp_path / "images")


@pytest.mark.parametrize("lines", [False, True])
def test_a_dump_is_a_list_or_lines(tmp_path: Path, lines: bool) -> None:
    rows = [
        {"image": "foto/100%.jpg", "caption": "Una  foto"},
        {"image": "https://static.ilpost.it/x.jpg", "caption": "Altra"},
        {"image": "foto/100%.jpg", "caption": None},
    ]
    photo(tmp_path / "foto" / "100%.jpg")
    dump = tmp_path / "dump.json"
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows, indent=1)
    dump.write_text(text, "utf-8")
    pairs, tally = fotodelgiorno.from_dump(dump)
    assert pairs == [Pair("foto/100%.jpg", ("Una foto",), "foto-del-giorno")]
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1}
    dump.write_text('{"photos": 3}')
    with pytest.raises(InputError, match=r"dump\.json"):
        fotodelgiorno.from_dump(dump)


# This machine


def test_local_captions_keep_the_folder_as_source(tmp_path: Path) -> None:
    path = tmp_path / "coppie.jsonl"
    rows = [
        {"image_path": "foto/scene/a.jpg", "captions": ["un lago"], "parole": ["lago", "monti"]},
        {"image_path": "b.jpg", "captions": ["un gatto"], "wnid": "n02123045"},
        {"image_path": "foto/scene/c.jpg", "captions": [], "parole": ["ponte"]},
        {"image_path": "d.jpg", "captions": ["un cane"], "source": "wit"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", "utf-8")
    pairs, tally = local.captioned(path)
    assert pairs == [
        Pair("foto/scene/a.jpg", ("un lago",), "scene"),
        Pair("b.jpg", ("un gatto",), "coppie"),
        Pair("d.jpg", ("un cane",), "wit"),
    ]
    assert tally.left_out == {NO_CAPTION: 1}
    pairs, tally = local.captioned(path, words=True)
    assert [p.captions for p in pairs] == [
        ("un lago", "lago, monti"),
        ("un gatto",),
        ("ponte",),
        ("un cane",),
    ]
    assert tally.kept == 4
    path.write_text('{"image_path": "a.jpg", "captions": ["x"]}\n{"captions": []}\n', "utf-8")
    with pytest.raises(InputError, match=r"coppie\.jsonl, line 2"):
        local.captioned(path)


def test_stamps_are_pictures_with_an_italian_line(tmp_path: Path) -> None:
    def stamp(name: str, *lines: str, picture: bool = True) -> None:
        path = tmp_path / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        text = "\n".join(["A picture.", *lines]).encode()
        path.write_bytes(text + b"\nold.latin1=\xe8\n")
        if picture:
            photo(path.with_suffix(".png"))

    stamp("animals/rana", "gl.utf8=Unha ra.", "it.utf8=Una rana.", "zh_TW.utf8=\u9752\u86d9\u3002")
    stamp("animals/papera", "it.utf8=È una papera ")
    stamp("suono", "it.utf8=Un regalo.", picture=False)
    stamp("senza", "fr.utf8=Une grenouille.")
    pairs, tally = local.stamps(tmp_path)
    assert pairs == [
        Pair("animals/papera.png", ("È una papera",), "stamps"),
        Pair("animals/rana.png", ("Una rana.",), "stamps"),
    ]
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1}
    with pytest.raises(InputError, match="tuxpaint-stamps-default"):
        local.stamps(tmp_path / "absent")


STAMPS = Path("/usr/share/tuxpaint/stamps")


@pytest.mark.skipif(not STAMPS.is_dir(), reason="tuxpaint-stamps-default is not installed")
def test_the_real_stamps_are_hundreds() -> None:
    pairs, tally = local.stamps(STAMPS)
    assert tally.kept == len(pairs) > 900  # 932 in the package of 2025.03.31
    assert Pair("animals/amphibians/frog.png", ("Una rana.",), "stamps") in pairs
