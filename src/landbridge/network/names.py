"""Find places by name: names, slugs and "Name, ISO3"; the nearest names where there is none."""

from __future__ import annotations

from typing import Final

from landbridge.codes import slug

# letters that Unicode does not decompose into a base letter and an accent
_LETTERS: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "AE"}
    | {"œ": "oe", "ð": "d", "þ": "th", "ə": "a", "Ə": "A", "’": "", "'": "", "‘": "", "ʻ": "", "`": ""}
)


def fold(name: str) -> str:
    """Slug of a name with the letters that plain Unicode decomposition loses: 'Łódź' -> 'lodz', "Xi'an" -> 'xian'."""
    return slug(name.translate(_LETTERS))
