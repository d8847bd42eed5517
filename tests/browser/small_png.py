"""Screenshots with a palette: a third of the size, and no program to install for it.

PNG as in RFC 2083, for what Chromium writes: eight bits, three channels, not interlaced.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL = 3
COLOURS = 256
INDEXED = 3


def shrink(png: bytes) -> bytes:
    """The picture in its 256 commonest colours; others become the nearest of them."""
    chunks = list(_chunks(png))
    width, height = struct.unpack(">II", chunks[0][1][:8])
    data = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    pixels = [
        [row[at : at + PIXEL] for at in range(0, len(row), PIXEL)]
        for row in _rows(data, width * PIXEL)
    ]
    counts = Counter(pixel for row in pixels for pixel in row)
    palette = [colour for colour, _ in counts.most_common(COLOURS)]
    index = {colour: palette.index(_nearest(colour, palette)) for colour in counts}
    lines = b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in pixels)
    return SIGNATURE + b"".join(
        _chunk(kind, body)
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, INDEXED, 0, 0, 0)),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(lines, 9)),
            (b"IEND", b""),
        )
    )


def _nearest(colour: bytes, palette: list[bytes]) -> bytes:
    return min(
        palette, key=lambda known: sum((a - b) ** 2 for a, b in zip(colour, known, strict=True))
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        yield kind, png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def _rows(data: bytes, length: int) -> Iterator[bytes]:
    """Each row without its filter (RFC 2083, chapter 6)."""
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        row = bytearray(data[start + 1 : start + 1 + length])
        for at in range(length):
            left, corner = (row[at - PIXEL], above[at - PIXEL]) if at >= PIXEL else (0, 0)
            guesses = (0, left, above[at], (left + above[at]) // 2)
            kind = data[start]
            guess = guesses[kind] if kind < len(guesses) else _paeth(left, above[at], corner)
            row[at] = (row[at] + guess) & 0xFF
        yield bytes(row)
        above = row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda known: abs(guess - known))
