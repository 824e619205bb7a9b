"""What a name looks like: the skeleton of UTS 39, from the Unicode data of `confusable_homoglyphs`.

The package stores confusables.txt as pairs in both directions. Each character of a group
of look-alikes is a pair with the group's prototype alone, so the prototype is the text of several
characters, or the one with the most pairs.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from bot.domain.names import is_hidden

_MARK: Final = "\u200e"
"""The package sets right-to-left characters between two of these."""


def looks(name: str) -> frozenset[str]:
    """Return the skeletons of a name as it stands and of its compatible form (NFKC).

    Each also without regard to case: `CI-Bot` looks like `ci-bot`. Other scripts are replaced
    first, since a capital may have another look-alike than its small letter; case is folded again
    afterwards, since the look-alike of `0` is a capital `O`.
    """
    forms = {name, unicodedata.normalize("NFKC", name)}  # sets: an ASCII name has one form of each
    latin = {"".join(it if it.isascii() else skeleton(it) for it in form) for form in forms}
    plain = {skeleton(it) for form in forms | latin for it in {form, form.casefold()}}
    return frozenset(skeleton(it.casefold()) for it in plain)


def skeleton(text: str) -> str:
    """Replace each character by its prototype; hidden characters and doubled spaces don't count."""
    prototypes, before = _prototypes(), ""
    while text != before:
        before, plain = text, unicodedata.normalize("NFD", text)
        text = "".join(prototypes.get(each, each) for each in plain if not is_hidden(each))
    return " ".join(unicodedata.normalize("NFD", text).split())


@cache
def _prototypes() -> Mapping[str, str]:
    """Read the data of the package itself: not of the directory that its own loader may be told."""
    data = (files("confusable_homoglyphs") / "confusables.json").read_text(encoding="utf-8")
    pairs = {
        text.strip(_MARK): [each["c"].strip(_MARK) for each in others]
        for text, others in json.loads(data).items()
    }
    found = {}
    for text, others in pairs.items():
        prototype = max((text, *others), key=lambda it: (len(it) > 1, len(pairs.get(it, ())), it))
        if len(text) == 1 and prototype != text:
            found[text] = prototype
    return found
