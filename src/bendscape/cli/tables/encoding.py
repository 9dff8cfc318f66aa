"""Bytes of a file decoded to text."""

from __future__ import annotations

import codecs

from ...errors import InvalidParameterError

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """Decode a text; returns it with the name of its encoding.

    If no encoding is given, a byte order mark decides, else UTF-8 is tried, else Latin-1 is taken, in which every byte
    is a letter. All encodings of one byte write numbers alike, so only names of columns may come out wrong.

    Raises
    ------
    InvalidParameterError
        If the encoding does not exist, or the bytes are no text in it.
    """
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    if encoding is not None:
        try:
            text = raw.decode("utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding)
        except (LookupError, UnicodeError, ValueError) as error:
            raise InvalidParameterError(f"encoding = {encoding!r}: {error}; give another one, such as utf-8") from None
        return text.removeprefix("\ufeff"), encoding
    if marked is None and b"\0" in raw[:4096]:
        raise InvalidParameterError("it is no text: if it is text in UTF-16, give --encoding utf-16-le or utf-16-be")
    try:
        return raw.decode(marked or "utf-8"), marked or "utf-8"
    except UnicodeDecodeError as error:
        if marked:
            raise InvalidParameterError(
                f"it begins with the mark of {marked}, but is not in this encoding ({error}): write it again, it "
                "may be cut off"
            ) from None
    return raw.decode("latin-1"), "latin-1"
