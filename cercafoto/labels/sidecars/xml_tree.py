"""Tree of XML elements that knows where in the text each of them begins and ends.

expat parses; entities and document types are refused, which a sidecar has no use for and an
attack has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 64  # elements inside elements; XMP has about six


class PacketError(ValueError):
    """A packet is none that keywords can be put into; the text says why, in Italian."""


@dataclass
class Element:
    """An element, and where it stands in the text: [start, inner) its start tag, [inner, tail) what
    it contains, [tail, end) its end tag; the last three are equal for an empty-element tag."""

    uri: str
    name: str
    prefix: str
    start: int
    attributes: dict[str, str]
    inner: int = 0
    tail: int = 0
    end: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)

    @property
    def tag(self) -> str:
        return f"{self.prefix}:{self.name}" if self.prefix else self.name

    @property
    def is_closed(self) -> bool:
        """Tell whether it is `<a/>`, which has no room inside."""
        return self.inner == self.end


def decoded(content: bytes) -> tuple[str, str]:
    """Decode a packet: (encoding to write it again, text)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16-le" if content.startswith(b"\xff\xfe") else "utf-16-be"
    else:
        encoding = "utf-8"
        declared = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=[\"']([^\"']+)", content)
        if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
            raise PacketError("è in una codifica diversa da UTF-8 e UTF-16")
    try:
        return encoding, content.decode(encoding)  # a byte-order mark stays, as its character
    except UnicodeDecodeError as error:
        raise PacketError(f"non è in {encoding.upper()[:6].rstrip('-')}") from error


def parse(data: bytes) -> Element:
    """Parse a document in UTF-8 into a tree with byte offsets. Raises PacketError."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    top = Element("", "", "", 0, {})
    stack = [top]

    def refuse(*_: object) -> None:
        raise PacketError("dichiara un tipo di documento o delle entità")

    def opened(name: str, attributes: dict[str, str]) -> None:
        uri, local, prefix = _named(name)
        start = parser.CurrentByteIndex
        plain = {" ".join(_named(k)[:2]).strip(): v for k, v in attributes.items()}
        element = Element(uri, local, prefix, start, plain)
        element.inner = _tag_end(data, start)
        stack[-1].children.append(element)
        stack.append(element)
        if len(stack) > DEEPEST:
            raise PacketError("ha troppi elementi uno dentro l'altro")

    def closed(_: str) -> None:
        element = stack.pop()
        if data[element.inner - 2 : element.inner] == b"/>":
            element.tail = element.end = element.inner
        else:
            element.tail = parser.CurrentByteIndex
            element.end = _tag_end(data, element.tail)

    def text(piece: str) -> None:
        stack[-1].text += piece

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise PacketError(f"non è XML ben formato (riga {error.lineno})") from error
    return top


def _named(name: str) -> tuple[str, str, str]:
    """Split expat's "uri local prefix" into (uri, local, prefix), each "" where it lacks."""
    parts = name.split(" ")
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""


def _tag_end(data: bytes, start: int) -> int:
    """Find the byte after the tag that begins at `start`; a quoted value may hold ">"."""
    quote = None
    for at in range(start, len(data)):
        byte = data[at]
        if quote is not None:
            quote = None if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return at + 1
    raise PacketError("non è XML ben formato")


def every(element: Element) -> list[Element]:
    return [element, *(below for child in element.children for below in every(child))]
