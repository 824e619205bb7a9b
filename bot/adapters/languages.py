"""The languages that Keysmith has: gettext catalogues, and what CLDR knows, by Babel.

A catalogue is read when the first person needs it. A person's language is that of their Slack
locale; a browser's is the first of its `Accept-Language` that there is. Otherwise it is English.
"""

import gettext
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.units import format_unit

from bot.domain import durations
from bot.domain.languages import ENGLISH, Direction, Joint, Language

CATALOGUES: Final = Path(__file__).parent.parent / "locale"


class Translated:
    """A language with a catalogue."""

    def __init__(self, path: Path) -> None:
        self.code = path.stem
        self._path = path
        self._locale = Locale.parse(self.code)
        self.direction: Direction = "rtl" if self._locale.text_direction == "rtl" else "ltr"

    @cached_property
    def _catalogue(self) -> gettext.GNUTranslations:
        compiled = io.BytesIO()
        with self._path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=self.code))
        compiled.seek(0)
        return gettext.GNUTranslations(compiled)

    def one(self, message: str) -> str:
        """Translate a message; one without a translation stays English."""
        return self._catalogue.gettext(message)

    def many(self, one: str, many: str, count: int) -> str:
        """Translate a message in the form that a number needs."""
        return self._catalogue.ngettext(one, many, count)

    def between(self, joint: Joint, *, last: bool) -> str:
        """What stands between two parts of a list."""
        patterns = self._locale.list_patterns["or" if joint == "or" else "standard"]
        pattern = str(patterns["end" if last else "middle"])
        return pattern.removeprefix("{0}").removesuffix("{1}")

    def lasting(self, time: timedelta) -> str:
        """Write a length of time in its largest whole unit."""
        number, unit = durations.largest(time)
        return str(format_unit(number, f"duration-{unit}", locale=self._locale))

    def moment(self, at: datetime) -> str:
        """Write date, time and UTC."""
        return f"{format_datetime(at.astimezone(UTC), 'd MMMM y HH:mm', locale=self._locale)} UTC"


class Languages:
    """English, and each language that has a catalogue."""

    def __init__(self, catalogues: Path = CATALOGUES) -> None:
        found = [Translated(path) for path in sorted(catalogues.glob("*.po"))]
        self.all: dict[str, Language] = {ENGLISH.code: ENGLISH}
        self.all |= {language.code: language for language in found}

    def of_locale(self, locale: str) -> Language:
        """Give the language of a locale such as `de-DE`."""
        return self.all.get(_code(locale), ENGLISH)

    def of_header(self, accepted: str) -> Language:
        """Give the language that a browser prefers, by its `Accept-Language` (RFC 9110, 12.5.4)."""
        codes = (_code(tag) for tag in _preferred(accepted))
        return next((self.all[code] for code in codes if code in self.all), ENGLISH)


def _code(tag: str) -> str:
    code = tag.replace("_", "-").partition("-")[0].lower()
    return "he" if code == "iw" else code  # the former code of Hebrew, which Java sends


def _preferred(accepted: str) -> Iterator[str]:
    """List the language tags of the header, the most wanted first."""
    weighed = []
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        weighed.append((-_quality(weight), tag.strip()))
    return (tag for quality, tag in sorted(weighed, key=lambda each: each[0]) if quality < 0)


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
