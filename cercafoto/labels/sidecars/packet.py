"""Change lists and single values in an XMP packet, and leave all other bytes as they are.

The parser says where each element begins and ends, and the changes are spliced in there. So other
properties, namespaces, comments, order and layout stay the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from cercafoto.photos import xmp
from cercafoto.photos.xmp import LANGUAGE, RDF, Element, PacketError

Key = str  # the name of a property, as `photos.xmp` gives it

PROPERTIES = {  # name of a property -> the tag that is written for it
    f"{xmp.DC} subject": "dc:subject",
    f"{xmp.LIGHTROOM} hierarchicalSubject": "lr:hierarchicalSubject",
    f"{xmp.DIGIKAM} TagsList": "digiKam:TagsList",
    f"{xmp.OURS} Etichette": "cercafoto:Etichette",
}
SUBJECT, LIGHTROOM, DIGIKAM, OURS = PROPERTIES
PERSON_IN_IMAGE, OUR_PEOPLE = f"{xmp.PEOPLE} PersonInImage", f"{xmp.OURS} Persone"
CORRECTED = f"{xmp.OURS} NomiCorretti"
_TAGS = PROPERTIES | {
    PERSON_IN_IMAGE: "Iptc4xmpExt:PersonInImage",
    OUR_PEOPLE: "cercafoto:Persone",
    CORRECTED: "cercafoto:NomiCorretti",
    f"{xmp.DARKTABLE} colorlabels": "darktable:colorlabels",
}
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
    """A parsed XMP packet. `change`, `append` and `add` plan edits, `written` returns the edited
    packet.

    keys: the lists that may be changed.

    Raises PacketError for a packet that is not XMP, or that cannot be changed safely.
    """

    def __init__(self, content: bytes, keys: Iterable[Key] = PROPERTIES) -> None:
        self._before = content
        self.encoding, text = _decoded(content)
        # expat gives positions in bytes of the text in UTF-8, whatever the file's encoding.
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
        self.properties = {key: self._find(key) for key in keys}

    def texts(self, key: Key) -> list[str]:
        """Return the items of a property; [] if the packet lacks it."""
        _, container = self.properties[key]
        return [item.text for item in container.children] if container else []

    def change(self, key: Key, new: Sequence[str]) -> None:
        """Plan the edits that turn the items of a property into `new`; [] removes the property."""
        prop, container = self.properties[key]
        if prop is None:
            self.additions += self._property(key, new)
        elif not new:
            self.remove([prop])
        elif container is None or self.is_closed(container):
            self.edits.append((prop.start, self._end(prop), self._property(key, new).strip()))
        else:
            # If an item is there more often than wanted, the first ones stay.
            items, wanted = container.children, Counter(new)
            for item in items:
                wanted[item.text] -= 1
                if wanted[item.text] < 0:
                    self.edits.append((self._line_start(item.start), self._end(item), ""))
            missing = []  # from the end: the first of several equal items are there already
            for text in reversed(new):
                wanted[text] -= 1
                if wanted[text] >= 0:
                    missing.append(f">{escape(text)}")
            self.append(container, missing[::-1])

    def change_text(self, name: str, tag: str, text: str | None) -> None:
        """Plan the edit that gives a property without items another text, where it stands: as an
        attribute or as an element; None removes it.

        tag: to write it if it is missing.

        Raises PacketError if the property is written in a way that cannot be changed safely.
        """
        said = escape(text or "", {'"': "&quot;", "'": "&apos;"})
        places = [d for d in self.descriptions if name in d.attributes]
        element = self.only(name)
        if len(places) + (element is not None) > 1:
            raise PacketError(f"ha più di una proprietà {tag}")
        if places:
            start, end = self._attribute(places[0], name)
            quote = self.bytes[end - 1 : end].decode()
            value = self.bytes.index(quote.encode(), start)
            edit = (start, end, "") if text is None else (value, end, f"{quote}{said}{quote}")
            self.edits.append(edit)
        elif element is not None and text is None:
            self.remove([element])
        elif element is not None:
            if element.children or any(key != LANGUAGE for key in element.attributes):
                raise PacketError(f"scrive {tag} in un modo che non si sa cambiare")
            if self.is_closed(element):
                self.edits.append((element.start, element.tail, self._text(name, tag, said)))
            else:
                self.edits.append((self._tag_end(element.start), element.tail, said))
        elif text is not None:
            self.additions += f"\n   {self._text(name, tag, said)}"

    def _text(self, name: str, tag: str, said: str) -> str:
        prefix, namespace = tag.partition(":")[0], name.partition(" ")[0]
        return f'<{tag} xmlns:{prefix}="{namespace}">{said}</{tag}>'

    def _attribute(self, element: Element, name: str) -> tuple[int, int]:
        """Return where an attribute of an element begins, with the white space before it, and where
        it ends. Raises PacketError if it is not certain."""
        namespace, local = (part.encode() for part in name.split(" "))
        end = self._tag_end(element.start)
        bound = rb"xmlns:([\w.-]+)\s*=\s*[\"']" + re.escape(namespace) + rb"[\"']"
        prefixes = set(re.findall(bound, self.bytes[:end]))
        given = rb"\s+([\w.-]+):" + re.escape(local) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
        found = [
            match
            for match in re.finditer(given, self.bytes[element.start : end])
            if match[1] in prefixes
        ]
        if len(found) != 1:
            raise PacketError(f"scrive {local.decode()} in un modo che non si sa cambiare")
        return element.start + found[0].start(), element.start + found[0].end()

    def append(self, container: Element, items: Sequence[str]) -> None:
        """Plan the edit that adds items at the end of a list. items: the end of the tag of each,
        and what is inside it, as XML. An attribute at the beginning gets the prefix of RDF."""
        last = container.children[-1] if container.children else None
        at = self._end(last) if last else self._tag_end(container.start)
        indent = self._indent(last)
        prefix = f"{container.prefix}:" if container.prefix else ""
        begin = {item: f" {prefix}{item}" if item[0] != ">" else item for item in items}
        text = "".join(f"{indent}<{prefix}li{begin[item]}</{prefix}li>" for item in items)
        if text:
            self.edits.append((at, at, text))

    def remove(self, elements: Iterable[Element]) -> None:
        """Plan the edits that remove elements with the white space before them."""
        for each in elements:
            self.edits.append((self._line_start(each.start), self._end(each), ""))

    def add(self, start: str, items: Sequence[str], end: str) -> None:
        """Plan the edit that adds a new list with these items. items: see `append`. start, end:
        what is around the list; "{rdf}" in `start` stands for the prefix of RDF."""
        lines = [f"     <rdf:li rdf:{item}</rdf:li>" for item in items]
        bag = f'\n     <rdf:Bag xmlns:rdf="{RDF}">\n' + "\n".join(lines) + "\n     </rdf:Bag>\n    "
        start = start.replace("{rdf}", f'xmlns:rdf="{RDF}" rdf:', 1)
        self.additions += f"\n   {start}{bag}{end}"

    def only(self, name: str) -> Element | None:
        """Return the property with this name, None if there is none. Raises PacketError if there
        are several."""
        elements = [e for d in self.descriptions for e in d.children if e.name == name]
        if len(elements) > 1:
            raise PacketError(f"ha più di una proprietà {name.rpartition(' ')[2]}")
        return elements[0] if elements else None

    def written(self) -> bytes:
        """Return the packet with all edits. Raises PacketError if the result is too large or not
        well formed."""
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
        if not xmp.is_well_formed(result):  # never write a damaged sidecar
            raise PacketError("non sarebbe più XML ben formato")
        return written

    def _add_description(self) -> None:
        """Plan the edit that adds the new properties at the end of the first Description, or in a
        new one."""
        prefix = self.rdf.prefix
        if self.descriptions:
            self._fill(self.descriptions[0], self.additions)
        elif prefix:
            start, end = f'<{prefix}:Description {prefix}:about="">', f"</{prefix}:Description>"
            self._fill(self.rdf, f"\n  {start}{self.additions}\n  {end}\n ")
        else:
            raise PacketError("usa RDF in un modo che non si sa completare")

    def _fill(self, element: Element, inside: str) -> None:
        """Plan the edit that puts a text at the end of an element."""
        if self.is_closed(element):
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
        """Return a property with its items as XML. It declares the namespaces that it needs."""
        name, namespace = _TAGS[key], key.partition(" ")[0]
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
        """Return the elements of a property and of the list inside; None for a missing element.
        Raises PacketError if the property is written in a way that cannot be changed safely."""
        matches = [e for d in self.descriptions for e in d.children if e.name == key]
        if len(matches) > 1:
            raise PacketError(f"ha più di una proprietà {_TAGS[key]}")
        if any(key in d.attributes for d in self.descriptions):
            raise PacketError(f"scrive {_TAGS[key]} come attributo")
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
                raise PacketError(f"non scrive {_TAGS[key]} come elenco")
            return prop, inside[0]
        return None, None

    def _end(self, element: Element) -> int:
        """Return where an element ends, after its closing tag."""
        return element.tail if self.is_closed(element) else self._tag_end(element.tail)

    def is_closed(self, element: Element) -> bool:
        """Whether an element is written `<a/>`, without a closing tag."""
        return self.bytes.endswith(b"/>", element.start, self._tag_end(element.start))

    def _tag_end(self, start: int) -> int:
        """Return where the tag that begins at `start` ends."""
        tag = TAG.match(self.bytes, start)
        return tag.end() if tag else start  # in a well-formed packet there is always a tag

    def _line_start(self, at: int) -> int:
        """Return where the white space before the tag at `at` begins, so that a removal from there
        leaves no empty line; `at` if other text is before the tag."""
        back = at
        while back > 0 and self.bytes[back - 1] in b" \t\r\n":
            back -= 1
        return back if self.bytes[back - 1 : back] == b">" else at

    def _indent(self, last: Element | None) -> str:
        """Return the white space to put before a new item: the same as before `last`."""
        if last is None:
            return "\n     "
        return self.bytes[self._line_start(last.start) : last.start][:MAX_INDENT].decode()


def _decoded(content: bytes) -> tuple[str, str]:
    """Return (encoding, text) of a packet. Raises PacketError if it is not UTF-8 or UTF-16."""
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(content[:2], "utf-8")
    declared = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=[\"']([^\"']+)", content)
    if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise PacketError("è in una codifica diversa da UTF-8 e UTF-16")
    try:
        return encoding, content.decode(encoding)  # a byte-order mark stays, as a character
    except UnicodeDecodeError as error:
        raise PacketError(f"non è in {encoding.upper()[:6].rstrip('-')}") from error
