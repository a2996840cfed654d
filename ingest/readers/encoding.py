"""Which characters a file's bytes are: decided once, from the whole file, never line by line."""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import Path

from graph.errors import ReaderError

CHUNK = 1 << 20
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# letters and signs of Spanish and Portuguese: what the high bytes of a file of the region stand for, if rightly read
EXPECTED = frozenset("áéíóúüñÁÉÍÓÚÜÑãõâêôàçÃÕÂÊÔÀÇºª°¿¡«»–—’“”€")
# cp850 is the console page of Windows in the region, still written by old record systems; latin-1 reads any byte
SINGLE_BYTE = ("cp1252", "cp850", "mac_roman", "latin-1")


def declared(name: str, file: str) -> str:
    """The codec that a mapping's ``encoding`` names. Raises :class:`ReaderError` for an unknown one."""
    try:
        found = codecs.lookup(name)
    except LookupError:
        raise ReaderError("ingest.reader.encoding_unknown", file=file, value=name) from None
    if not found._is_text_encoding:
        raise ReaderError("ingest.reader.encoding_unknown", file=file, value=name)
    return "utf-8-sig" if found.name == "utf-8" else found.name


def detect(path: Path) -> str:
    """Name of the codec that reads the whole file: by its byte order mark, else UTF-8 if every byte fits, else the
    single-byte code page in which most of its high bytes are letters of the region."""
    with path.open("rb") as source:
        head = source.read(4)
        for mark, name in BOMS:
            if head.startswith(mark):
                return name
        source.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        high: Counter[int] = Counter()
        even = odd = size = 0
        fits = True
        while chunk := source.read(CHUNK):
            size += len(chunk)
            even += chunk[0::2].count(0)  # CHUNK is even, so halves keep their places
            odd += chunk[1::2].count(0)
            if fits:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    fits = False
            high.update(chunk.translate(None, bytes(range(128))))
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            fits = False
    # text in UTF-16 without its mark: nearly every other byte is zero
    if max(even, odd) > size * 0.3 and min(even, odd) < size * 0.05:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8" if fits else _single_byte(high)


def _single_byte(high: Counter[int]) -> str:
    def score(name: str) -> int:
        total = 0
        for byte, count in high.items():
            try:
                letter = bytes((byte,)).decode(name)
            except UnicodeDecodeError:
                return -1
            total += count if letter in EXPECTED else 0
        return total

    return max(SINGLE_BYTE, key=lambda name: (score(name), -SINGLE_BYTE.index(name)))
