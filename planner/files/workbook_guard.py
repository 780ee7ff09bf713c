"""The guard before workbooks: it packs anew what openpyxl may open of an upload, or says why it may not.

openpyxl builds a tree of each row, however long, and objects of all that is described: half a megabyte that
passes every check of its zip directory can cost it 2.9 GB. So the parts it needs are first streamed through
expat, which leaves counts only; openpyxl gets the very bytes that were counted, and nothing else.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from planner.errors import DataError, Problem
from planner.files.workbook_parts import CHUNK, MAIN, TEXT, Sheet, SheetPart, StylesPart, XmlPart

MOST_PARTS = 500
LARGEST_PART = 50_000_000
LARGEST_UNPACKED = 100_000_000
"""Of the zip archive that a workbook is: parts, bytes of one and bytes of all when unpacked."""

SMALL_PART = 1_000_000
MOST_RATIO = 100
"""How many times its packed size a part of more than `SMALL_PART` bytes may have when unpacked."""

MOST_SHEETS = 20

MOST_TAGS = 2_000_000
"""In all parts together, a million filled cells: openpyxl takes 3 to 12 microseconds for each tag."""

MOST_AT_ONCE = 500_000
"""Tags and attributes that openpyxl keeps at once, up to 500 bytes each: those of one row or one shared text
and all that stand outside of rows and shared texts."""

MOST_NAMES = 2_000
LONGEST_TAG = 256_000
LONGEST_TEXT = 1_000_000
"""Of a part: different names of tags and attributes, which XML parsers keep to its end; tags in each other;
bytes of a tag or comment; characters between two tags."""

MOST_FORMULAS = 100_000


REFUSED = {
    "xls": "is an old .xls workbook: save it as .xlsx",
    "locked": "is protected with a password: save it without one",
    "macros": "is a workbook with macros: save it as .xlsx, the kind without macros",
    "xlsb": "is a binary workbook (.xlsb): save it as .xlsx",
    "ods": "is an OpenDocument file (.ods): save it as .xlsx or CSV",
    "numbers": "is a Numbers document: export it as .xlsx or CSV",
    "html": "is a web page or an XML file, whatever its name says: open it in a spreadsheet program and save"
    " it as .xlsx",
    "pdf": "is a PDF document: a table is read from .xlsx or CSV",
    "picture": "is a picture: a table is read from .xlsx or CSV",
    "zip": "is a zip archive without an Excel workbook: a table is read from .xlsx or CSV",
    "links": "takes values from other workbooks: break these links (Data, Edit Links) and save it again",
    "strict": "is a Strict Open XML workbook: save it as the usual kind of .xlsx",
    "large": "holds more than is read: copy the table that is meant into a workbook of its own",
}
"""Kinds of content that are not read, and what to do about each."""

RECALCULATE = "open and save the file in a spreadsheet program, or type the value"

MAGIC = {
    b"MIME-Version:": "html",
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"{\\rtf": "html",
}

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the container of old .xls workbooks starts, which also wraps workbooks with a password."""

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def refusal(source: str, message: str) -> DataError:
    """The error that a file is not read, and why."""
    return DataError([Problem(source, message)])


def damaged(source: str) -> DataError:
    """The error that a workbook is damaged."""
    return refusal(source, "is damaged: open it in a spreadsheet program, save it as .xlsx and try again")


@contextmanager
def told_as_damage(source: str) -> Iterator[None]:
    """Makes a refusal of whatever zipfile, expat or openpyxl stumble over, which is no closed list."""
    try:
        yield
    except (DataError, MemoryError):
        raise
    except Exception:
        raise damaged(source) from None


def kind(source: str, content: bytes) -> str:
    """What the bytes are: "workbook", "text" or a kind of `REFUSED`.

    Raises
    ------
    DataError
        A zip archive is damaged or has too many parts.
    """
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # an empty archive begins with its end
        with _opened(source, content) as archive:
            return _archive_kind({_part_name(name) for name in archive.namelist()})
    if content.startswith(COMPOUND_FILE):
        # Names within such a container are written in UTF-16.
        return "locked" if "EncryptedPackage".encode("utf-16-le") in content else "xls"
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<[!?a-z]", start):  # no table begins like that, and web pages begin in many ways
        return "html"
    return next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), "text")


def _part_name(name: str) -> str:
    """A part's name as names are compared; some writers on Windows put backslashes between its folders."""
    return name.replace("\\", "/").casefold()


def _archive_kind(names: set[str]) -> str:
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        return "macros"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "index/document.iwa" in names or "index.zip" in names:
        return "numbers"
    if "mimetype" in names and "content.xml" in names:
        return "ods"
    if "[content_types].xml" in names and not any(name.startswith(("word/", "ppt/")) for name in names):
        return "workbook"
    return "zip"


@contextmanager
def _opened(source: str, content: bytes) -> Iterator[zipfile.ZipFile]:
    """The zip archive that a workbook is, its directory not yet judged; within, damage is told."""
    # Counted before zipfile makes an object of each: a directory may name hundreds of thousands.
    if content.count(b"PK\x01\x02") > MOST_PARTS:
        raise refusal(source, f"has more than {MOST_PARTS} parts, which no workbook needs: it is not read")
    with told_as_damage(source), zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield archive


def vetted(source: str, content: bytes) -> tuple[bytes, tuple[Sheet, ...]]:
    """A workbook packed anew of its sheets with cells, their texts and styles; and these sheets in order.

    Raises
    ------
    DataError
        It is damaged, forged or too large, or holds macros or links; the message says what to do.
    """
    with _opened(source, content) as archive:
        problems = _directory_problems(archive.infolist())
        if problems:
            raise DataError(Problem(source, message) for message in problems)
        return _Guard(source, archive).vetted()


def _directory_problems(parts: Sequence[zipfile.ZipInfo]) -> list[str]:
    """What forbids unpacking, as the archive's directory tells it; nothing is unpacked for that."""
    # Sizes as the directory claims them, which may be a lie: zipfile unpacks no more of a part than that.
    # Parts that share their bytes (Fifield, *A better zip bomb*, 2019) are each counted in full.
    problems = [message for part in parts if (message := _part_problem(part))]
    total = sum(part.file_size for part in parts)
    if total > LARGEST_UNPACKED and not problems:
        most = LARGEST_UNPACKED // 1_000_000
        problems.append(f"unpacks to {total / 1e6:,.0f} MB; at most {most} MB are read")
    if len({_part_name(part.filename) for part in parts}) < len(parts):
        problems.append("holds two parts of one name: it is not read")
    return problems[:10]


def _part_problem(part: zipfile.ZipInfo) -> str:
    name = part.filename.replace("\\", "/")
    if part.flag_bits & 0x1:  # bit 0 of a zip entry: encrypted
        return f"is encrypted ({name[:80]}): save it without a password"
    if name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in part.orig_filename:
        return f"holds a part with a forbidden name ({name[:80]}): it is not read"
    if name.casefold().startswith("xl/externallinks/"):
        return REFUSED["links"]
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed in a way that is not read ({name[:80]}): save it again as .xlsx"
    if part.file_size > LARGEST_PART:
        megabytes = part.file_size / 1e6
        return f"{name[:80]} unpacks to {megabytes:,.0f} MB; at most {LARGEST_PART // 1_000_000} MB are read"
    if part.file_size > SMALL_PART and part.file_size > MOST_RATIO * part.compress_size:
        return f"{name[:80]} unpacks to more than {MOST_RATIO} times its size, which no workbook does"
    return ""


class _Guard:
    """Streams the parts of one workbook through expat and packs anew those that openpyxl needs."""

    def __init__(self, source: str, archive: zipfile.ZipFile) -> None:
        self._source = source
        self._archive = archive
        self._names = {_part_name(name): name for name in archive.namelist()}
        self._tags = self._at_once = 0

    def vetted(self) -> tuple[bytes, tuple[Sheet, ...]]:
        types = self._tags_of("[Content_Types].xml", "Default", "Override")
        if any("macroenabled" in tag.get("ContentType", "").casefold() for _, tag in types):
            self._refuse(REFUSED["macros"])
        book = next(name for kind, name in self._related("").values() if kind == "officeDocument")
        related = self._related(book)
        by_kind = dict(related.values())
        if "externalLink" in by_kind:
            self._refuse(REFUSED["links"])
        tags = self._tags_of(book, "workbookPr", "sheet")
        from_1904 = any(name == "workbookPr" and tag.get("date1904") in ("1", "true") for name, tag in tags)
        listed = [
            (tag["name"], tag.get("state", "visible") != "visible", *related[_relation(tag)])
            for name, tag in tags
            if name == "sheet"
        ]
        parts = [
            (part, SheetPart(name, hidden)) for name, hidden, kind, part in listed if kind == "worksheet"
        ]
        if not parts:
            self._refuse("has no sheet with cells")
        if len(parts) > MOST_SHEETS:
            self._refuse(f"has {len(parts)} sheets; a workbook of at most {MOST_SHEETS} is read")
        target = io.BytesIO()
        # Hardly packed: openpyxl unpacks it at once.
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as fresh:
            for name, text in _description(len(parts), from_1904, "sharedStrings" in by_kind).items():
                fresh.writestr(name, text)
            if "sharedStrings" in by_kind:
                self._pack(by_kind["sharedStrings"], XmlPart(record=TEXT, depth=2), fresh, "sharedStrings")
            if "styles" in by_kind:
                fresh.writestr("xl/styles.xml", self._number_formats(by_kind["styles"]))
            for number, (name, part) in enumerate(parts, start=1):
                self._pack(name, part, fresh, f"worksheets/sheet{number}")
        return target.getvalue(), self._seen([part for _, part in parts])

    def _seen(self, parts: Sequence[SheetPart]) -> tuple[Sheet, ...]:
        if sum(len(part.formulas) for part in parts) > MOST_FORMULAS:
            self._refuse(f"has more than {MOST_FORMULAS:,} formulas without a stored value; {RECALCULATE}")
        computed = any(part.computed for part in parts)
        return tuple(part.seen(computed) for part in parts)

    def _refuse(self, message: str) -> NoReturn:
        raise refusal(self._source, message)

    def _tags_of(self, name: str, *wanted: str) -> list[tuple[str, dict[str, str]]]:
        """The tags with these names in one part, in order, each with its attributes."""
        part = XmlPart(wanted)
        for _ in self._chunks(name, part):
            pass
        return part.found

    def _related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to: kind and name, by id. The name "" is the package itself."""
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        return {
            tag["Id"]: (
                tag["Type"].rpartition("/")[2],  # the usual and the strict kind differ in what stands before
                posixpath.normpath(posixpath.join("/", folder, tag["Target"])).lstrip("/"),
            )
            for _, tag in self._tags_of(rels, "Relationship")
            if tag.get("TargetMode", "Internal") == "Internal"
        }

    def _pack(self, name: str, part: XmlPart, fresh: zipfile.ZipFile, new_name: str) -> None:
        with fresh.open(f"xl/{new_name}.xml", "w") as file:
            for chunk in self._chunks(name, part):
                file.write(chunk)

    def _number_formats(self, name: str) -> str:
        """Styles with the formats of numbers alone, which tell a date from a number.

        openpyxl refuses a workbook for an empty fill or a font of an odd family, which other programs write.
        """
        part = StylesPart(("numFmt",))
        for _ in self._chunks(name, part):
            pass
        own = "".join(
            f"<numFmt numFmtId={quoteattr(tag['numFmtId'])} formatCode={quoteattr(tag['formatCode'])}/>"
            for _, tag in part.found
            if {"numFmtId", "formatCode"} <= tag.keys()
        )
        cells = "".join(f"<xf numFmtId={quoteattr(number)}/>" for number in part.formats) or "<xf/>"
        plain = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        start = f'<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts>{plain}'
        return f"{start}<cellStyleXfs><xf/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>"

    def _chunks(self, name: str, part: XmlPart) -> Iterator[bytes]:
        """The bytes of a part, each chunk counted before it is handed on; no part is read twice."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        doctype = "declares XML entities, which no workbook does: it is not read"
        # Entities that name each other ten times over unpack to gigabytes from a few lines (“billion
        # laughs”); only a document type can declare them.
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse(doctype)
        parser.StartNamespaceDeclHandler = part.namespace
        parser.StartElementHandler = part.start
        parser.EndElementHandler = part.end
        parser.CharacterDataHandler = part.text
        fed = 0
        # Taken out of the names: a part to which several refer would be counted, and unpacked, for each.
        with self._archive.open(self._names.pop(name.casefold())) as file:
            while not part.done and (chunk := file.read(CHUNK)):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if self._tags + part.tags > MOST_TAGS or self._at_once + part.at_once > MOST_AT_ONCE:
                    self._refuse(REFUSED["large"])
                # Expat stands where the tag begins that it waits for the end of: what was fed beyond is that
                # tag.
                if fed - parser.CurrentByteIndex > LONGEST_TAG or part.characters > LONGEST_TEXT:
                    raise ValueError("a tag or a text longer than any workbook needs")
                # Names that the parser keeps to its end, in a table of its own.
                if len(parser.intern) + len(part.prefixes) > MOST_NAMES:
                    raise ValueError("more names than any workbook needs")
                if part.strict:
                    self._refuse(REFUSED["strict"])
                yield chunk
            if part.done:
                part.read_on(parser, file)
        if not part.done:
            parser.Parse(b"", True)
        self._tags += part.tags
        self._at_once += part.at_once


def _relation(tag: Mapping[str, str]) -> str:
    """The id by which a sheet's tag refers to its part."""
    return next(value for name, value in tag.items() if name.endswith(" id"))


def _description(sheets: int, from_1904: bool, texts: bool) -> dict[str, str]:
    """The parts that describe a workbook of so many sheets, perhaps with shared texts."""
    names = [f"sheet{number}" for number in range(1, sheets + 1)]
    listed = "".join(f'<sheet name="{name}" sheetId="{name[5:]}" r:id="{name}"/>' for name in names)
    target = f'Type="{OFFICE}/worksheet" Target="worksheets'
    related = "".join(f'<Relationship Id="{name}" {target}/{name}.xml"/>' for name in names)
    typed = f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    if texts:
        typed += f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/>'
    properties = f'<workbookPr date1904="{from_1904:d}"/>'
    related = f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets></workbook>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{typed}</Types>',
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": related,
    }
