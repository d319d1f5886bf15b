"""Parse XMP packets, of a photo or a sidecar, into a tree of elements or a dict of properties.

Both the metadata of a photo and the labels of `tag --xmp` are read from this tree. Time and memory
are linear in the length of the packet. Document types and entities, by which an XML file can attack
its reader, are refused; XMP does not use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
DARKTABLE = "http://darktable.sf.net/"
PANORAMA = "http://ns.google.com/photos/1.0/panorama/"
OURS = "https://cercafoto.invalid/ns/1.0/"  # written by `tag --xmp`, see labels.sidecars.packet

DESCRIPTION, ITEM = f"{RDF} Description", f"{RDF} li"
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"

# Usual packets have a few kilobytes; with a thumbnail and an edit history a few hundred.
MAX_BYTES = 8 << 20
MAX_ELEMENTS = 400_000  # 8 MB of keywords are 300,000
MAX_DEPTH = 64  # elements inside elements; XMP has about six
# expat repeats the namespace in every name: a long one would take much more memory than the packet.
MAX_NAMESPACE = 128

Properties = dict[str, list[str]]

_NO_ATTRIBUTES: Mapping[str, str] = {}


class PacketError(ValueError):
    """A packet cannot be used. The message is an Italian predicate: "ha troppi elementi"."""


@dataclass(slots=True)
class Element:
    """An element of a packet.

    name: namespace and local name, separated by a space.
    prefix: the packet's abbreviation of the namespace.
    attributes: name -> value; each name in the form of `name`.
    content: texts and elements directly inside the element, in order.
    start: byte position of the start tag.
    tail: byte position of the end tag, or of the end of a tag like `<a/>`; -1 if the packet breaks
        off before.
    """

    name: str
    prefix: str
    attributes: Mapping[str, str]
    start: int
    tail: int = -1
    content: list[str | Element] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """The elements directly inside the element."""
        return [part for part in self.content if isinstance(part, Element)]

    @property
    def text(self) -> str:
        """The text directly inside the element."""
        return "".join(part for part in self.content if isinstance(part, str))

    def __iter__(self) -> Iterator[Element]:
        """Yield the element and all elements inside it, in the order of the packet."""
        yield self
        for child in self.children:
            yield from child


def parse(packet: bytes, encoding: str | None = None) -> tuple[Element, str]:
    """Parse a packet up to its end or to the first problem. Never raises.

    Returns a nameless element that contains the outermost element, and the problem in Italian, ""
    if there is none.

    encoding: None to use the encoding that the packet declares.
    """
    top = Element("", "", _NO_ATTRIBUTES, 0)
    if len(packet) > MAX_BYTES:
        return top, "è troppo grande"
    parser = expat.ParserCreate(encoding, namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    stack, number = [top], 0
    names: dict[str, tuple[str, str]] = {}

    def named(raw: str) -> tuple[str, str]:
        """Split a name from expat ("namespace local prefix") into name and prefix."""
        if raw not in names:
            namespace, _, rest = raw.partition(" ")
            local, _, prefix = rest.partition(" ")
            names[raw] = (f"{namespace} {local}".rstrip(), prefix)
        return names[raw]

    def opened(raw: str, attributes: dict[str, str]) -> None:
        nonlocal number
        number += 1
        if number > MAX_ELEMENTS or len(stack) >= MAX_DEPTH:
            raise PacketError("ha troppi elementi, o troppi uno dentro l'altro")
        if attributes:
            attributes = {named(key)[0]: value for key, value in attributes.items()}
        name, prefix = named(raw)
        element = Element(name, prefix, attributes or _NO_ATTRIBUTES, parser.CurrentByteIndex)
        stack[-1].content.append(element)
        stack.append(element)

    def closed(_: str) -> None:
        stack.pop().tail = parser.CurrentByteIndex

    def text(piece: str) -> None:
        stack[-1].content.append(piece)

    def bound(_: str | None, namespace: str | None) -> None:
        if namespace and len(namespace) > MAX_NAMESPACE:
            raise PacketError("ha uno spazio di nomi troppo lungo")

    def refuse(*_: object) -> None:
        raise PacketError("dichiara un tipo di documento o delle entità")

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartNamespaceDeclHandler = bound
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(packet, True)
    except PacketError as error:
        return top, str(error)
    except expat.ExpatError as error:
        return top, f"non è XML ben formato (riga {error.lineno})"
    except (ValueError, LookupError):
        return top, "è in una codifica che non si legge"
    finally:
        stack.clear()  # parser and handlers form a reference cycle that would keep the tree alive
    return top, ""


def is_well_formed(packet: bytes) -> bool:
    """Whether a packet in UTF-8 is well-formed XML. No tree is made."""
    try:
        expat.ParserCreate("utf-8", namespace_separator=" ").Parse(packet, True)
    except expat.ExpatError:
        return False
    return True


def properties(packet: bytes) -> Properties:
    """Return all properties of a packet: "namespace name" -> values. Never raises.

    This reads the subset of RDF that XMP uses (ISO 16684-1): properties as attributes or elements
    of rdf:Description, whose value is a text, a bag, a sequence or a list of alternatives. Of a
    packet that is damaged or has a document type, the properties before the problem are returned;
    of a packet that is too large, none.
    """
    result: Properties = {}

    def look_into(element: Element) -> None:
        for child in element.children:
            values: dict[str, list[str]] = {}
            if child.name == DESCRIPTION:
                values = {name: [value] for name, value in child.attributes.items()}
            elif element.name == DESCRIPTION:
                values = {child.name: _values(child)} if child.tail >= 0 else {}
            for name, texts in values.items():
                if any(texts):
                    result.setdefault(name, [text for text in texts if text])
            if child.name == DESCRIPTION or element.name != DESCRIPTION:
                look_into(child)

    look_into(parse(packet.strip(b"\0 \t\r\n"))[0])
    return result


def _values(element: Element) -> list[str]:
    """Return the items of a property, Italian items first; only its text if it has no items."""
    items: list[tuple[str, str]] = []  # language, text
    pieces: list[str] = []

    def read(part: str | Element) -> None:
        """Collect texts in `pieces`, and move them into `items` at the end of an item."""
        if isinstance(part, str):
            pieces.append(part)
            return
        if part.name == ITEM:
            pieces.clear()
        for inner in part.content:
            read(inner)
        if part.name == ITEM:
            items.append((part.attributes.get(LANGUAGE, ""), "".join(pieces).strip()))
            pieces.clear()

    read(element)
    # If there are several languages, Italian comes first, then the default language.
    order = {"it-it": 0, "it": 0, "x-default": 1}
    items.sort(key=lambda item: order.get(item[0].lower(), 2 if item[0] else 1))
    return [text for _, text in items] or ["".join(pieces).strip()]
