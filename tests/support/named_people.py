"""Photos in which every kind of program has written the name of one person."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

from tests.support.iptc import with_iptc

# Names of the same length, so that files with one or the other have the same size.
TULLIA, FULVIA = "Tullia Bardazzi", "Fulvia Gambazzi"
CHANGED_AT = 1_600_000_000
_XP_KEYWORDS = 0x9C9E
_SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
}


def write_named_photos(folder: Path, name: str) -> None:
    """Write photos with `name` as a person, which nearly all repeat as a keyword. The last photo
    has no person. All are equal to those with another name, except for the name."""
    folder.mkdir(parents=True, exist_ok=True)

    def photo(at: int, file: str, *inside: str, iptc: str = "", windows: str = "") -> None:
        exif = Image.Exif()
        if windows:
            exif[_XP_KEYWORDS] = windows.encode("utf-16-le")
        stream = io.BytesIO()
        picture = Image.new("RGB", (120, 90), (25 * at, 220 - 25 * at, 40 * (at % 5)))
        picture.save(stream, "JPEG", exif=exif, xmp=_packet(*inside) if inside else b"")
        content = stream.getvalue()
        (folder / file).write_bytes(with_iptc(content, (25, iptc.encode())) if iptc else content)

    photo(
        1, "festa.jpg", _bag("Iptc4xmpExt:PersonInImage", name), _bag("dc:subject", name, "torta")
    )
    photo(2, "mare.jpg", _bag("digiKam:TagsList", f"Persone/Famiglia/{name}", "Luoghi/scoglio"),
          _bag("lr:hierarchicalSubject", f"Persone|Famiglia|{name}"),
          _bag("dc:subject", name, "scoglio"))  # fmt: skip
    photo(3, "lago.jpg", iptc=name)
    (folder / "lago.xmp").write_bytes(_packet(_mwg(name), _bag("dc:subject", name.upper())))
    photo(4, "sala.jpg", windows=f"{name};poltrona")
    (folder / "sala.jpg.json").write_text(f'{{"people": [{{"name": "{name}"}}]}}')
    photo(5, "casa.jpg", _bag("dc:subject", name, "cancello"))
    (folder / ".picasa.ini").write_text(
        f"[Contacts2]\n1a2b={name};;\n[casa.jpg]\nfaces=rect64(3f845bcb59418507),1a2b\n"
    )
    photo(6, "neve.jpg", iptc=f"People/{name}")
    photo(7, "sole.jpg", _microsoft(name), _bag("dc:subject", name), iptc=name)
    photo(8, "luna.jpg", _bag("dc:subject", "eclissi"))
    for path in folder.iterdir():
        os.utime(path, (CHANGED_AT, CHANGED_AT))


NAMED = {"festa", "mare", "lago", "sala", "casa", "neve", "sole"}


def _packet(*inside: str) -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in _SPACES.items())
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {spaces}><rdf:Description rdf:about="">'
        f"{''.join(inside)}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def _bag(name: str, *words: str) -> str:
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


def _mwg(name: str) -> str:
    return (
        '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li>'
        f'<rdf:Description mwg-rs:Name="{name}" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5" '
        'stArea:y="0.4" stArea:w="0.2" stArea:h="0.2"/></rdf:Description></rdf:li></rdf:Bag>'
        "</mwg-rs:RegionList></mwg-rs:Regions>"
    )


def _microsoft(name: str) -> str:
    return (
        "<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li><rdf:Description "
        f'MPReg:Rectangle="0.1, 0.2, 0.3, 0.4" MPReg:PersonDisplayName="{name}"/></rdf:li>'
        "</rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>"
    )
