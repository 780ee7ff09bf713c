"""The numbers that a published sentence names, read as people write them: twenty-four, 1,250, 12½."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from planner.rules.rule import told

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    "none": 0, "single": 1, "both": 2, "couple": 2, "pair": 2, "fourty": 40,
}  # fmt: skip
_GREAT = {"hundred": 100, "thousand": 1_000, "dozen": 12}


@dataclass(frozen=True, slots=True)
class SentenceFigures:
    """What a sentence says in numbers.

    `counts` are the numbers that may be limits, each with all its readings ("more than 5" may mean 5 or 6),
    `levels` those of levels, `unread` what speaks of an amount and is neither a whole number nor one with a
    half: 60 %, half of them; `shares` are those of it that are whole per cents.
    """

    counts: tuple[frozenset[float], ...]
    levels: frozenset[int]
    unread: tuple[str, ...]
    shares: frozenset[int]


def sentence_figures(text: str, refs: Collection[str]) -> SentenceFigures:
    """What a sentence says in numbers; `refs` are those of the units it may speak of."""
    sentence = _Sentence(text, refs)
    shares = frozenset(share for text in sentence.unread for share in _per_cent(text))
    return SentenceFigures(tuple(sentence.counts), frozenset(sentence.levels), tuple(sentence.unread), shares)


def _per_cent(text: str) -> Iterator[int]:
    """The whole per cent that an amount is: 60 for 60%, 50 for half, 25 and 75 for quarters."""
    found = re.match(r"(\d+)\s*(?:%|per\s?cents?\b|percent)", text)
    if found:
        yield int(found[1])
    elif "half" in text or text == "½":
        yield 50
    elif "quarter" in text or text in "¼¾":
        yield from ((75,) if text == "¾" or text.startswith("3") else (25, 75))


# Patterns, over text in small letters whose numbers are figures

_NUMBER = r"(?<![\w.,/])\d{1,9}(?![\w/]|[.,]\d)"
_FIGURE = r"(?<![\w.,/])\d{1,9}(?:\.[05]0*)?(?![\w/]|[.,]\d)"
_JOINED = r"(?:\s*(?:,\s*(?:and|or)?|;|&|/|-|–|—|\band\b|\bor\b|\bto\b)\s*)"

_ADJECTIVES = (
    r"(?:further|additional|more|other|others|extra|optional|mandatory|elective|core|guided|learning|different"
    r"|remaining|whole|full|full-time|complete|of|the|these|those|this|that|which|such|any|them|following|specialist"
    r"|general|separate|or|above|least|value)"
)
_AMOUNT = (
    rf"(?=\s*(?:\(\d+(?:\.\d+)?\)|\))?\s*(?:[-\s]+{_ADJECTIVES}\b){{0,4}}[-\s]*(?:\b(?:credits?|units?|modules?|hours?|hrs?|glh|tqt|points?|options?"
    r"|electives?|subjects?|competenc\w+|selections?|these|those|them|which|more)\b)|\s+from\b)"
)
_AMOUNT_HERE = re.compile(_AMOUNT)
_AMOUNT_SOON = re.compile(rf"(?:\s*(?:-|–|—|\bto\b|\bor\b|\band\b)\s*{_FIGURE})?{_AMOUNT}")
_COMPARED = re.compile(
    r"(?:\bat least|\bat most|\bminimum(?: of)?|\bmaximum(?: of)?|\bmin\.?|\bmax\.?|\bexactly"
    r"|\bthan|\bup to|\btotal(?: of)?|\bbetween|[≥≤<>=])\s*$"
)

_DATES = re.compile(
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{4}/\d{2,4}\b|"
    r"\b(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?\.?\s+(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?\d{4}\b|"
    r"\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b"
)
_SHARES = re.compile(
    r"(?:(?<![\d,.])\d[\d,.]*|\ban?)\s*(?:%|‰|per\s?cents?\b|percent\w*)|[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]"
    r"|\b(?:\d+\s*[-\s]\s*)?(?:half|halves|quarters?)\b|\b(?:\d+|a)[-\s]+(?:thirds?|fifths?|sixths?|eighths?|tenths?)\b"
    r"|\bmajority\b|(?<![\w/])1/\d(?![\w/])|(?<![\w/])[23]/[345](?![\w/])"
)
_ORDINALS = re.compile(
    r"\b\d+[-\s]?(?:st|nd|rd|th|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b"
)
_LEVELS = re.compile(
    rf"\b(?:levels?|l)\s*(?:of\s+)?(?P<numbers>[0-9](?![\w/]|[.,]\d)(?:{_JOINED}(?:level\s+)?[0-9](?![\w/]|[.,]\d)(?!{_AMOUNT}))*)"
)
_PLACES = re.compile(
    r"\b(?:units?|modules?|elements?|sections?|pages?|pp?|appendi(?:x|ces)|groups?|tables?|annex(?:es)?|paragraphs?"
    r"|clauses?|notes?|footnotes?|rules?|figures?|chapters?|versions?|parts?|editions?|issues?|pathways?|routes?"
    r"|options?|strands?|streams?|lists?|columns?|rows?|sets?|stages?|steps?|phases?|tiers?|bands?|components?"
    r"|clusters?|categor(?:y|ies)|box(?:es)?|schedules?|outcomes?|criteri(?:on|a)|numbers?|nos?)\b\.?\s*"
    rf"(?:(?:numbers?|nos?)\b\.?\s*)?(?:{_NUMBER}|\d+(?:\.\d+)+(?![\w/]))(?!{_AMOUNT})(?:{_JOINED}{_NUMBER}(?!{_AMOUNT}))*"
)
_OTHERS = re.compile(
    r"[£$€]\s*\d[\d,.]*|\b(?:aged?|ages)\s+(?:of\s+)?\d+(?:\s*(?:to|-|–|and)\s*\d+)?|\b(?:\d+\s*(?:to|-|–|and|or)\s*)?\d+\s*\+?\s*[-\s]?"
    r"(?:years?|months?|weeks?|days?|minutes?|mins?|pounds|pence|words)\b(?:[-\s]olds?)?|\b\d+\+(?=\s*(?:learners?|$))"
)
_GROUPED = re.compile(
    r"(?<![\w.,/])\d{1,3}(?:,\d{3}(?!\d))+(?:\.[05]0*)?(?![\w/])"
    r"|(?<![\w.,/])\d{1,3}(?:[ ’']\d{3}(?!\d))+(?![\w/]|[.,]\d)"
)
_REACHED = re.compile(rf"({_FIGURE})\s*([x×*+])\s*({_FIGURE})")
_BROKEN = re.compile(r"(?<![\w/.])\d+(?:\.\d+)+(?![\w/])")
_WITH_HALF = re.compile(
    r"(?<![\w.,/])((?:\d{1,3},)*\d{1,9})(?:\s?½|\s+and\s+(?:a|1)\s+half\b(?!\s+of\b)|[\s-]1/2(?![\w/]))"
)
_HALF = re.compile(
    r"(?<![\w.,/])(?:½|1/2|(?:(?:a|1)[\s-]+)?half)(?:\s+(?:an?|of\s+an?))?(?=[\s-]+credits?\b)"
)
_YEARS = range(1900, 2100)
_BEFORE = 40
"""Characters before a number that tell what it is."""


class _Sentence:
    """Reads a sentence: what is read is taken out, so that nothing is read twice."""

    def __init__(self, text: str, refs: Collection[str]) -> None:
        self.counts: list[frozenset[float]] = []
        self.levels: set[int] = set()
        self.unread: list[str] = []
        self._bare = {int(ref) for ref in refs if ref.isascii() and ref.isdigit() and len(ref) < 10}
        self._left = _halves(spelt_out(" ".join(_without_refs(text, refs).casefold().split())))
        self._take(_DATES)
        self._take(_SHARES, self.unread)
        self._take(_ORDINALS)
        for found in self._take(_LEVELS):
            self.levels |= _whole(found["numbers"])
        self._take(_PLACES)
        self._take(_OTHERS)
        for found in self._take(_REACHED):
            self._reached(found)
        for found in self._take(_GROUPED):
            self._grouped(found)
        self._broken()
        self._numbers()

    def _take(self, pattern: re.Pattern[str], told: list[str] | None = None) -> list[re.Match[str]]:
        """What a pattern finds, taken out of the sentence (the text around it stays where it was)."""
        found = list(pattern.finditer(self._left))
        if told is not None:
            told += [" ".join(each[0].split()) for each in found]
        # As long as what was there, for the places; and a sign of no pattern, so that none reads across the
        # gap.
        self._left = pattern.sub(lambda each: "\x00" * len(each[0]), self._left)
        return found

    def _reached(self, found: re.Match[str]) -> None:
        """A sum or product that the sentence writes out: 2 × 6 credits."""
        one, two = told(float(found[1])), told(float(found[3]))
        self.counts.append(frozenset((one, two, one + two if found[2] == "+" else one * two)))

    def _grouped(self, found: re.Match[str]) -> None:
        """A number with separators, 1,250; it may be a list as well."""
        parts = [told(float(part)) for part in re.findall(r"\d+(?:\.\d+)?", found[0])]
        if not set(parts) <= self._bare or _AMOUNT_HERE.match(self._left, found.end()):
            self.counts.append(frozenset({told(float(re.sub(r"[^\d.]", "", found[0])[:11])), *parts}))

    def _broken(self) -> None:
        """Decimal numbers: of a section or a version, but for amounts and what is compared."""
        sentence = self._left
        for found in self._take(_BROKEN):
            before = sentence[max(0, found.start() - _BEFORE) : found.start()]
            amount = _AMOUNT_SOON.match(sentence, found.end()) or _COMPARED.search(before)
            if amount and re.fullmatch(_FIGURE, found[0]):
                self._count(told(float(found[0])), before)
            elif amount:
                self.unread.append(found[0])

    def _numbers(self) -> None:
        for found in re.finditer(_NUMBER, self._left):
            number, before = int(found[0]), self._left[max(0, found.start() - _BEFORE) : found.start()]
            amount = _AMOUNT_HERE.match(self._left, found.end()) or _COMPARED.search(before)
            if not amount and (number in self._bare or number in _YEARS or found[0].startswith("00")):
                continue
            if found[0].startswith("0") and len(found[0]) > 1:
                continue
            self._count(number, before)

    def _count(self, number: float, before: str) -> None:
        self.counts.append(frozenset({number, *_beyond(number, before)}))


def _halves(text: str) -> str:
    """A text in small letters with its halves in figures: 12.5 for 12½, 0.5 for half a."""
    return _HALF.sub("0.5", _WITH_HALF.sub(r"\1.5", text))


def _beyond(number: float, before: str) -> Iterator[float]:
    """The limits that "more than 5" or "fewer than 5" may set: 6 or, in halves, 5.5."""
    found = re.search(r"(\b(?:no|not|nor)\s+)?\b(more|greater|higher|fewer|less|lower)\s+than\s*$", before)
    if found and not found[1]:
        sign = 1 if found[2] in ("more", "greater", "higher") else -1
        yield from (told(number + sign * step) for step in (0.5, 1))


def _whole(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"\d+", text)}


def _without_refs(text: str, refs: Iterable[str]) -> str:
    """The text without refs that have a letter, typed with slashes, blanks, hyphens or without."""
    for ref in sorted(refs, key=len, reverse=True):
        letters = [re.escape(letter) for letter in ref if letter.isalnum()]
        if letters and not ref.isdigit():
            typed = r"[\s/.-]*".join(letters)
            text = re.sub(rf"(?<!\w){typed}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


_WORD = rf"(?:{'|'.join(sorted((*_VALUES, *_GREAT), key=len, reverse=True))})"
_SPELT = re.compile(rf"\b(?:half a dozen|(?:\d+\s+)?{_WORD}(?:(?:\s+and\s+|[-\s]+){_WORD})*)\b")


def spelt_out(text: str) -> str:
    """A text in small letters with its numbers in figures: 24 for twenty-four."""
    return _SPELT.sub(lambda found: " and ".join(map(str, _values(found[0]))), text)


def _values(words: str) -> list[int]:
    """The numbers that a row of number words means, as few as can be: 120 is one, two three are two."""
    if words == "half a dozen":
        return [6]
    found: list[int] = []
    thousands = part = None
    joined = False
    for word in re.findall(r"[a-z]+|\d+", words):
        if word == "and":
            joined = True
            continue
        value = int(word) if word.isdigit() else _VALUES.get(word)
        if value is None:
            great = _GREAT[word]
            part = (1 if part is None else part) * great
            if great == 1_000:
                thousands, part = part, None
            joined = False
            continue
        if part is not None or thousands is not None:
            room = (
                part is None
                or (part % 100 == 0 and part > 0)
                or (part % 100 >= 20 and part % 10 == 0 and 0 < value < 10 and not joined)
            )
            if not room or (joined and part is not None and part % 100):
                found.append((thousands or 0) + (part or 0))
                thousands = part = None
        part = (part or 0) + value
        joined = False
    return [*found, (thousands or 0) + (part or 0)]


def worked_out(expression: str) -> tuple[float, frozenset[float]] | None:
    """What an arithmetic of whole numbers and halves comes to, and its numbers: 900 + 100; None if none."""
    typed = re.sub(r"(?<=\d),(?=\d{3})", "", expression.translate(_SIGNS))
    if len(typed) > _LONGEST or not re.fullmatch(r"[\d\s.+*()-]+", typed):
        return None
    try:
        tree = ast.parse(typed.strip(), mode="eval").body  # parsed and walked through, never run
    except (SyntaxError, ValueError, RecursionError):
        return None
    figures = re.findall(r"[\d.]+", typed)
    if not all(re.fullmatch(_FIGURE, figure) for figure in figures):
        return None
    value, numbers = _value(tree), [told(float(figure)) for figure in figures]
    if value is None or len(numbers) < 2 or max(numbers) > 10**9:
        return None
    return told(value), frozenset(numbers)


_SIGNS = str.maketrans({"×": "*", "x": "*", "−": "-", "–": "-"})
_LONGEST = 100
"""Characters of an arithmetic; those of a handbook have ten."""


def _value(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant):
        return told(float(str(node.value)))
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _value(node.left), _value(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    return left * right if isinstance(node.op, ast.Mult) else None
