"""Reader of XMP packets, in a photo or in a sidecar: properties by name, with expat.

A document type is refused, since entities are how an XML file attacks its reader; XMP has none.
Reads the subset of RDF that XMP uses (ISO 16684-1): properties as attributes or elements of
rdf:Description, with a text or with a bag, sequence or list of alternatives of texts.
"""

from __future__ import annotations

from contextlib import suppress
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
EXIF = "http://ns.adobe.com/exif/1.0/"
EXIF_EX = "http://cipa.jp/exif/1.0/"
AUX = "http://ns.adobe.com/exif/1.0/aux/"
TIFF = "http://ns.adobe.com/tiff/1.0/"
XMP = "http://ns.adobe.com/xap/1.0/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/"
DIGIKAM = "http://www.digikam.org/ns/1.0/"
PEOPLE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
OURS = "https://cercafoto.invalid/ns/1.0/"  # what `tag --xmp` writes, see labels.sidecars.packet

DESCRIPTION, ITEM = f"{RDF} Description", f"{RDF} li"
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"

# A packet is a few kilobytes; one with a thumbnail and an edit history a few hundred.
MAX_BYTES = 8 * 1024 * 1024

Properties = dict[str, list[str]]


class _RefusedError(Exception):
    pass


class _Reader:
    """Collects the properties of every rdf:Description that is not inside another property."""

    def __init__(self) -> None:
        self.properties: Properties = {}
        self._parents: list[str] = []
        self._property: str | None = None  # the property that is open, and how deep it is
        self._depth = 0
        self._items: list[tuple[str, str]] = []  # its items: language, text
        self._language = ""
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the beginning of an element."""
        if self._property is None:
            if name == DESCRIPTION:
                for key, value in attributes.items():
                    self._keep(key, [value])
            elif self._parents and self._parents[-1] == DESCRIPTION:
                self._property, self._depth = name, len(self._parents)
                self._items, self._text = [], []
        elif name == ITEM:
            self._language, self._text = attributes.get(LANGUAGE, ""), []
        self._parents.append(name)

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        self._parents.pop()
        if self._property is None:
            return
        text = "".join(self._text).strip()
        if name == ITEM:
            self._items.append((self._language, text))
            self._text = []
        elif len(self._parents) == self._depth:
            # Of texts in several languages, Italian first, then the default.
            order = {"it-it": 0, "it": 0, "x-default": 1}
            self._items.sort(key=lambda item: order.get(item[0].lower(), 2 if item[0] else 1))
            self._keep(self._property, [item for _, item in self._items] or [text])
            self._property = None

    def _keep(self, name: str, values: list[str]) -> None:
        values = [value for value in values if value]
        if values:
            self.properties.setdefault(name, values)

    def text(self, data: str) -> None:
        """Handle text inside an element."""
        if self._property is not None:
            self._text.append(data)


def properties(packet: bytes) -> Properties:
    """Read the values of every property, by "namespace name" (a constant here, a space, the name).

    A packet that is damaged, too large or has a document type gives what was read before the
    damage, or nothing; it never raises.
    """
    packet = packet.strip(b"\0 \t\r\n")
    if not packet or len(packet) > MAX_BYTES:
        return {}
    reader = _Reader()

    def refuse(*_: object) -> None:
        raise _RefusedError

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    # What came before the damage counts.
    with suppress(expat.ExpatError, _RefusedError, ValueError, LookupError):
        parser.Parse(packet, True)
    return reader.properties
