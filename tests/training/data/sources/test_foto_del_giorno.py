"""La Foto del Giorno, from saved pages and from a dump."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("bs4", reason="pages take cercafoto[train]")

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources import foto_del_giorno as fotodelgiorno
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION
from cercafoto.training.training_errors import InputError
from tests.support.downloaded_photos import hashed, photo, sha

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
        {"image": "foto/100%.jpg", "caption": "Una \u2028foto"},
        {"image": "https://static.ilpost.it/x.jpg", "caption": "Altra"},
        {"image": "foto/100%.jpg", "caption": None},
    ]
    photo(tmp_path / "foto" / "100%.jpg")
    dump = tmp_path / "dump.json"
    each = [json.dumps(row, ensure_ascii=False) for row in rows]
    text = "\n".join(each) if lines else f"[{', '.join(each)}]"
    dump.write_text(text, "utf-8")
    pairs, tally = fotodelgiorno.from_dump(dump)
    assert pairs == [Pair("foto/100%.jpg", ("Una foto",), "foto-del-giorno")]
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1}
    dump.write_text('{"photos": 3}')
    with pytest.raises(InputError, match=r"dump\.json"):
        fotodelgiorno.from_dump(dump)
