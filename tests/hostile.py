"""Builds workbooks part by part, as no spreadsheet program would write them."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SHEET = "xl/worksheets/sheet1.xml"
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Part = str | bytes


def content_types(book: str = SHEET_TYPE) -> str:
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{book}"/></Types>'
    )


def relations(**targets: str) -> str:
    """A part of relations; each key is a kind, with a number behind it where it occurs twice."""
    tags = "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{tags}</Relationships>'


def book_part(*kinds: str, properties: str = "") -> str:
    """The part `workbook`, a sheet for each relation."""
    sheets = "".join(
        f'<sheet name="Sheet {n}" sheetId="{n}" r:id="{kind}"/>' for n, kind in enumerate(kinds, 1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}<sheets>{sheets}</sheets></workbook>'


def named(names: str) -> str:
    """The part `workbook` of one sheet, with these names defined."""
    return book_part("worksheet").replace("</workbook>", f"<definedNames>{names}</definedNames></workbook>")


def sheet(rows: Part, before: Part = b"") -> bytes:
    """The part of a sheet with these tags as rows."""
    parts = (MAIN.encode(), _joined([before]), _joined([rows]))
    return b'<worksheet xmlns="%s">%s<sheetData>%s</sheetData></worksheet>' % parts


def row(number: int, *texts: str) -> str:
    """A row of texts written into their cells."""
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'


def workbook(rows: Part = "", parts: Mapping[str, Part | None] | None = None) -> bytes:
    """A workbook of one sheet with these rows; `parts` replaces parts, adds some or (None) leaves one out."""
    related = {"worksheet": "worksheets/sheet1.xml"}
    related |= {
        kind: f"{kind}.xml" for kind in ("sharedStrings", "styles") if f"xl/{kind}.xml" in (parts or {})
    }
    every: dict[str, Part | None] = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relations(officeDocument="xl/workbook.xml"),
        "xl/workbook.xml": book_part("worksheet"),
        "xl/_rels/workbook.xml.rels": relations(**related),
        SHEET: sheet(rows),
    }
    every |= parts or {}
    return archive((name, part) for name, part in every.items() if part is not None)


def archive(parts: Iterable[tuple[str, Part]]) -> bytes:
    """A zip archive of these parts, in which a name may stand twice."""
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for name, part in parts:
                file.writestr(name, part)
    return target.getvalue()


def with_zeros(content: bytes, name: str, megabytes: int) -> bytes:
    """The archive with one more part, of so many million zeros, which packs to a fraction of a hundredth."""
    target = io.BytesIO(content)
    with (
        zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open(name, "w") as part,
    ):
        for _ in range(megabytes):
            part.write(bytes(1_000_000))
    return target.getvalue()


def understated(content: bytes, name: str, size: int) -> bytes:
    """The archive with a part said to unpack to `size` bytes only, its checksum that of these bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        info = file.getinfo(name)
        with file.open(name) as part:
            checksum = zlib.crc32(part.read(size))
    changed = bytearray(content)
    places = [info.header_offset + 14, _directory_entry(content, name) + 16]
    for place in places:
        changed[place : place + 4] = struct.pack("<L", checksum)
        changed[place + 8 : place + 12] = struct.pack("<L", size)
    return bytes(changed)


def _directory_entry(content: bytes, name: str) -> int:
    """Where the archive's directory has the entry of a part."""
    place = content.find(b"PK\x01\x02")
    while content[place + 46 : place + 46 + len(name)] != name.encode():
        place = content.index(b"PK\x01\x02", place + 4)
    return place


def flagged_encrypted(content: bytes) -> bytes:
    """The archive with every part said to be encrypted."""
    changed = bytearray(content)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(signature)
        while start >= 0:
            changed[start + place] |= 1
            start = changed.find(signature, start + 4)
    return bytes(changed)


def noise(length: int) -> bytes:
    """Comments that do not pack, so that a part does not look like a bomb."""
    text = random.Random(7).randbytes(length // 2).hex().encode()
    return b"".join(b"<!--%s-->" % text[start : start + 50_000] for start in range(0, length, 50_000))


def shared(*texts: Part) -> bytes:
    """The part of shared texts with these tags."""
    return b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), _joined(texts))


def styles(*tags: Part) -> bytes:
    """The part of styles with these tags."""
    return b'<styleSheet xmlns="%s">%s</styleSheet>' % (MAIN.encode(), _joined(tags))


def _joined(parts: Iterable[Part]) -> bytes:
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


def billion_laughs() -> bytes:
    """An XML part of 1 KB that grows to 3 GB where entities are expanded."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    data = '<row r="1"><c t="inlineStr"><is><t>&a9;</t></is></c></row>'
    doctype = f'<!DOCTYPE worksheet [<!ENTITY a0 "lol">{entities}]>'
    return doctype.encode() + sheet(data)
