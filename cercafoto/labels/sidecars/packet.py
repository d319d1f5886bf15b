"""An XMP packet whose lists of keywords can be changed, every other byte of it left as it is.

What changes is spliced into the text where the parser says that an element begins or ends, so
other properties, namespaces, comments, order and layout stay byte for byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.sax.saxutils import escape

from cercafoto.photos import xmp
from cercafoto.photos.xmp import RDF, Element, PacketError

Key = str  # the name of a property, as `photos.xmp` gives it

PROPERTIES = {  # and how they are written
    f"{xmp.DC} subject": "dc:subject",
    f"{xmp.LIGHTROOM} hierarchicalSubject": "lr:hierarchicalSubject",
    f"{xmp.DIGIKAM} TagsList": "digiKam:TagsList",
    f"{xmp.OURS} Etichette": "cercafoto:Etichette",
}
SUBJECT, LIGHTROOM, DIGIKAM, OURS = PROPERTIES
CONTAINERS = {f"{RDF} {name}" for name in ("Bag", "Seq", "Alt")}
MAX_INDENT = 200  # bytes of white space before an item, which every new item gets too
TAG = re.compile(rb"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")  # a quoted value may hold ">"


EMPTY = f"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="cercafoto">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="">
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
""".encode()


class Packet:
    """A packet, parsed for its places; `change` plans edits, `written` carries them out.

    Raises PacketError for anything that is no XMP or that cannot be changed for sure.
    """

    def __init__(self, content: bytes) -> None:
        self._before = content
        self.encoding, text = _decoded(content)
        # expat counts in bytes: of this text in UTF-8, whatever the file is in.
        self.bytes = text.encode()
        self.edits: list[tuple[int, int, str]] = []
        self.additions = ""
        top, problem = xmp.parse(self.bytes, "utf-8")
        if problem:
            raise PacketError(problem)
        rdfs = [element for element in top if element.name == f"{RDF} RDF"]
        if len(rdfs) != 1:
            raise PacketError("non contiene un solo elemento rdf:RDF")
        self.rdf = rdfs[0]
        self.descriptions = [e for e in self.rdf.children if e.name == xmp.DESCRIPTION]
        self.properties = {key: self._find(key) for key in PROPERTIES}

    def texts(self, key: Key) -> list[str]:
        """List the items of a property; none if the packet lacks it."""
        _, container = self.properties[key]
        return [item.text for item in container.children] if container else []

    def change(self, key: Key, new: Sequence[str]) -> None:
        """Plan the edits that turn the items of a property into `new`."""
        prop, container = self.properties[key]
        if prop is None:
            self.additions += self._property(key, new)
        elif not new:
            self.edits.append((self._line_start(prop.start), self._end(prop), ""))
        elif container is None or self._is_closed(container):
            self.edits.append((prop.start, self._end(prop), self._property(key, new).strip()))
        else:
            # Of an item that is twice there, the first stays where it was.
            items, wanted = container.children, Counter(new)
            for item in items:
                wanted[item.text] -= 1
                if wanted[item.text] < 0:
                    self.edits.append((self._line_start(item.start), self._end(item), ""))
            at = self._end(items[-1]) if items else self._tag_end(container.start)
            indent = self._indent(items[-1] if items else None)
            tag = f"{container.prefix}:li" if container.prefix else "li"
            missing = []  # from the end, since of a text that is wanted twice the first is there
            for text in reversed(new):
                wanted[text] -= 1
                if wanted[text] >= 0:
                    missing.append(f"{indent}<{tag}>{escape(text)}</{tag}>")
            if missing:
                self.edits.append((at, at, "".join(reversed(missing))))

    def written(self) -> bytes:
        """Carry out the edits. The packet stays one that can be read again."""
        if self.additions:
            self._add_description()
        if not self.edits:
            return self._before
        pieces, at = [], 0
        for start, end, text in sorted(self.edits, key=lambda edit: edit[:2]):
            pieces += [self.bytes[at:start], text.encode()]
            at = end
        result = b"".join([*pieces, self.bytes[at:]])
        written = result.decode().encode(self.encoding)
        if max(len(result), len(written)) > xmp.MAX_BYTES:
            raise PacketError("diventerebbe troppo grande")
        if not xmp.is_well_formed(result):  # what goes to disk is, or nothing does
            raise PacketError("non sarebbe più XML ben formato")
        return written

    def _add_description(self) -> None:
        """Put the new properties at the end of the first Description, or in one of their own."""
        prefix = self.rdf.prefix
        if self.descriptions:
            self._fill(self.descriptions[0], self.additions)
        elif prefix:
            start, end = f'<{prefix}:Description {prefix}:about="">', f"</{prefix}:Description>"
            self._fill(self.rdf, f"\n  {start}{self.additions}\n  {end}\n ")
        else:
            raise PacketError("usa RDF in un modo che non si sa completare")

    def _fill(self, element: Element, inside: str) -> None:
        if self._is_closed(element):
            tag = element.name.rpartition(" ")[2]
            tag = f"{element.prefix}:{tag}" if element.prefix else tag
            slash = self.bytes.rindex(b"/", element.start, element.tail)
            self.edits.append((slash, element.tail, f">{inside}\n</{tag}>"))
            return
        at, inner = element.tail, self._tag_end(element.start)
        while at > inner and self.bytes[at - 1] in b" \t\r\n":
            at -= 1
        closing = "" if at < element.tail else "\n"
        self.edits.append((at, at, inside + closing))

    def _property(self, key: Key, texts: Sequence[str]) -> str:
        """Write a whole property; it declares its own namespaces, so it may stand anywhere."""
        name, namespace = PROPERTIES[key], key.partition(" ")[0]
        prefix = name.partition(":")[0]
        around = [self.rdf, *self.descriptions]
        rdf = "" if all(e.prefix == "rdf" for e in around) else f' xmlns:rdf="{RDF}"'
        kind = "Seq" if key == DIGIKAM else "Bag"
        lines = [
            f'   <{name} xmlns:{prefix}="{namespace}"{rdf}>',
            f"    <rdf:{kind}>",
            *(f"     <rdf:li>{escape(text)}</rdf:li>" for text in texts),
            f"    </rdf:{kind}>",
            f"   </{name}>",
        ]
        return "".join(f"\n{line}" for line in lines)

    def _find(self, key: Key) -> tuple[Element | None, Element | None]:
        """Find a property, and the list in it."""
        matches = [e for d in self.descriptions for e in d.children if e.name == key]
        if len(matches) > 1:
            raise PacketError(f"ha più di una proprietà {PROPERTIES[key]}")
        if any(key in d.attributes for d in self.descriptions):
            raise PacketError(f"scrive {PROPERTIES[key]} come attributo")
        for prop in matches:
            inside = prop.children
            if not inside and not prop.text.strip() and not prop.attributes:
                return prop, None
            items = inside[0].children if inside else []
            if (
                len(inside) != 1
                or inside[0].name not in CONTAINERS
                or any(e.name != xmp.ITEM or e.children for e in items)
            ):
                raise PacketError(f"non scrive {PROPERTIES[key]} come elenco")
            return prop, inside[0]
        return None, None

    def _end(self, element: Element) -> int:
        return element.tail if self._is_closed(element) else self._tag_end(element.tail)

    def _is_closed(self, element: Element) -> bool:
        """Tell whether it is `<a/>`, which has no room inside."""
        return self.bytes.endswith(b"/>", element.start, self._tag_end(element.start))

    def _tag_end(self, start: int) -> int:
        tag = TAG.match(self.bytes, start)
        return tag.end() if tag else start  # there is one, or the packet would not be well formed

    def _line_start(self, at: int) -> int:
        """Go back over the white space before a tag, so that taking it away leaves no empty
        line."""
        back = at
        while back > 0 and self.bytes[back - 1] in b" \t\r\n":
            back -= 1
        return back if self.bytes[back - 1 : back] == b">" else at

    def _indent(self, last: Element | None) -> str:
        if last is None:
            return "\n     "
        return self.bytes[self._line_start(last.start) : last.start][:MAX_INDENT].decode()


def _decoded(content: bytes) -> tuple[str, str]:
    """Decode a packet: (encoding to write it again, text)."""
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(content[:2], "utf-8")
    declared = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=[\"']([^\"']+)", content)
    if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise PacketError("è in una codifica diversa da UTF-8 e UTF-16")
    try:
        return encoding, content.decode(encoding)  # a byte-order mark stays, as its character
    except UnicodeDecodeError as error:
        raise PacketError(f"non è in {encoding.upper()[:6].rstrip('-')}") from error
