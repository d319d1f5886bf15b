"""An XMP packet whose lists of keywords can be changed, every other byte of it left as it is.

What changes is spliced into the text where the parser says that an element begins or ends, so
other properties, namespaces, comments, order and layout stay byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cercafoto.labels.sidecars.xml_tree import Element, PacketError, decoded, every, parse

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "cercafoto": "https://cercafoto.invalid/ns/1.0/",
}
SUBJECT, LIGHTROOM, DIGIKAM, OURS = (
    ("dc", "subject"),
    ("lr", "hierarchicalSubject"),
    ("digiKam", "TagsList"),
    ("cercafoto", "Etichette"),
)
PROPERTIES = (SUBJECT, LIGHTROOM, DIGIKAM, OURS)
CONTAINERS = ("Bag", "Seq", "Alt")

Key = tuple[str, str]


EMPTY = f"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="cercafoto">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="">
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
""".encode()


class Packet:
    """A packet, parsed for its places; `change` plans edits, `written` carries them out."""

    def __init__(self, content: bytes) -> None:
        self._before = content
        self.encoding, self.text = decoded(content)
        # expat counts in bytes: of this text in UTF-8, whatever the file is in.
        self.bytes = self.text.encode()
        self.edits: list[tuple[int, int, str]] = []
        self.additions = ""
        root = parse(self.bytes)
        rdfs = [e for e in every(root) if (e.uri, e.name) == (RDF, "RDF")]
        if len(rdfs) != 1:
            raise PacketError("non contiene un solo elemento rdf:RDF")
        self.rdf = rdfs[0]
        self.descriptions = [
            e for e in self.rdf.children if (e.uri, e.name) == (RDF, "Description")
        ]
        self.properties = {key: self._find(key) for key in PROPERTIES}

    def items(self, key: Key) -> list[Element]:
        """List the rdf:li elements of a property; none where the packet lacks it."""
        container = self._container(key)
        return container.children if container else []

    def change(self, key: Key, new: Sequence[str]) -> None:
        """Plan the edits that turn the items of a property into `new`."""
        prop, container = self.properties[key], self._container(key)
        if prop is None:
            self.additions += self._property(key, new)
        elif not new:
            self.edits.append((self._line_start(prop.start), prop.end, ""))
        elif container is None or container.is_closed:
            fresh = self._property(key, new).strip()
            self.edits.append((prop.start, prop.end, fresh))
        else:
            # Of an item that is twice there, the first stays where it was.
            missing = list(new)
            for item in container.children:
                if item.text in missing:
                    missing.remove(item.text)
                else:
                    self.edits.append((self._line_start(item.start), item.end, ""))
            at = container.children[-1].end if container.children else container.inner
            indent = self._indent(container.children[-1] if container.children else None)
            tag = f"{container.prefix}:li" if container.prefix else "li"
            added = "".join(f"{indent}<{tag}>{escape(text)}</{tag}>" for text in missing)
            if added:
                self.edits.append((at, at, added))

    def written(self) -> bytes:
        if self.additions:
            self._add_description()
        if not self.edits:
            return self._before
        result = self.bytes
        for start, end, text in sorted(self.edits, key=lambda e: (e[0], e[1]), reverse=True):
            result = result[:start] + text.encode() + result[end:]
        parse(result)  # what goes to disk is well formed, or nothing does
        return result.decode().encode(self.encoding)

    def _add_description(self) -> None:
        """Put the new properties at the end of the first Description, or in one of their own."""
        if not self.descriptions:
            prefix = f"{self.rdf.prefix}:" if self.rdf.prefix else ""
            about = "about" if not prefix else f"{prefix}about"
            if not prefix:
                raise PacketError("usa RDF in un modo che non si sa completare")
            inside = (
                f'\n  <{prefix}Description {about}="">{self.additions}\n  </{prefix}Description>\n '
            )
            self._fill(self.rdf, inside)
        else:
            self._fill(self.descriptions[0], self.additions)

    def _fill(self, element: Element, inside: str) -> None:
        if element.is_closed:
            slash = self.bytes.rindex(b"/", element.start, element.end)
            self.edits.append((slash, element.end, f">{inside}\n</{element.tag}>"))
            return
        at = element.tail
        while at > element.inner and self.bytes[at - 1] in b" \t\r\n":
            at -= 1
        closing = "" if at < element.tail else "\n"
        self.edits.append((at, at, inside + closing))

    def _property(self, key: Key, texts: Sequence[str]) -> str:
        """Write a whole property; it declares its own namespaces, so it may stand anywhere."""
        prefix, name = key
        around = [self.rdf, *self.descriptions]
        rdf = "" if all(e.prefix == "rdf" for e in around) else f' xmlns:rdf="{RDF}"'
        kind = "Seq" if key == DIGIKAM else "Bag"
        lines = [
            f'   <{prefix}:{name} xmlns:{prefix}="{NAMESPACES[prefix]}"{rdf}>',
            f"    <rdf:{kind}>",
            *(f"     <rdf:li>{escape(text)}</rdf:li>" for text in texts),
            f"    </rdf:{kind}>",
            f"   </{prefix}:{name}>",
        ]
        return "".join(f"\n{line}" for line in lines)

    def _find(self, key: Key) -> Element | None:
        uri, name = NAMESPACES[key[0]], key[1]
        matches = [
            e for d in self.descriptions for e in d.children if (e.uri, e.name) == (uri, name)
        ]
        if len(matches) > 1:
            raise PacketError(f"ha più di una proprietà {key[0]}:{name}")
        if any(f"{uri} {name}" in d.attributes for d in self.descriptions):
            raise PacketError(f"scrive {key[0]}:{name} come attributo")
        return matches[0] if matches else None

    def _container(self, key: Key) -> Element | None:
        prop = self.properties[key]
        if prop is None or not prop.children:
            if prop is not None and (prop.text.strip() or prop.attributes):
                raise PacketError(f"non scrive {key[0]}:{key[1]} come elenco")
            return None
        container = prop.children[0]
        plain = all((e.uri, e.name) == (RDF, "li") and not e.children for e in container.children)
        listed = container.uri == RDF and container.name in CONTAINERS
        if len(prop.children) > 1 or not listed or not plain:
            raise PacketError(f"non scrive {key[0]}:{key[1]} come elenco")
        return container

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
        return self.bytes[self._line_start(last.start) : last.start].decode()
