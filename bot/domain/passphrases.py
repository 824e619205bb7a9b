"""The passphrase of a link: what it may be, and how many wrong ones end the link.

It is typed in a form, and again on the page of the link. Between the two, Keysmith has a key that
is derived from it; the passphrase itself is there, sealed, until the job of the form runs.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final, Self

from bot.domain.phrases import Phrase, Text, msg
from bot.domain.secret import Secret

LEAST: Final = 8
MOST: Final = 128
"""Characters."""
ROUNDS: Final = 600_000
"""Of PBKDF2-HMAC-SHA256: what OWASP recommends today. A link keeps its own number."""
TRIES: Final = 5
"""Different wrong passphrases that end a link."""
_PLAIN: Final = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
"""What phones put in place of the signs that people type, in one place and not in the other."""
_EMOJI: Final = re.compile(r":[a-z0-9_+-]+:")
LENGTH: Final = msg(
    "Use {least} to {most} characters.", least=Text(str(LEAST)), most=Text(str(MOST))
)
OWN_ONLY: Final = msg(
    "You can protect only your own link with a passphrase. Your teammate can choose one when they"
    " collect: `/cld claim --passphrase`."
)
NOT_TYPED: Final = msg(
    "Don't type a passphrase in a command. `--passphrase` alone opens a form that asks for it."
)
NOT_SCHEDULED: Final = msg(
    "A schedule keeps no passphrase. Leave it out, and choose one when you collect:"
    " `/cld claim --passphrase`."
)
_SIGNS: Final = msg("Leave out emoji and control characters.")


@dataclass(frozen=True)
class Stretched:
    """What a passphrase became: `key` is derived from it with the salt, in so many rounds."""

    salt: str
    key: Secret
    rounds: int = ROUNDS


@dataclass(frozen=True)
class Lock:
    """The passphrase of a link, as the server knows it.

    `proof_hash` and `wrong` are hashes of what the page derives from a passphrase and from the
    link's own key: without the whole link, no passphrase can be tried against them.
    """

    salt: str
    rounds: int
    proof_hash: str
    wrong: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many tries are left."""
        return max(0, TRIES - len(self.wrong))

    def missed(self, hashed: str) -> Self:
        """Count a wrong passphrase; the same one again, as from a lost answer, counts once."""
        return self if hashed in self.wrong else replace(self, wrong=(*self.wrong, hashed))


def salt_of(kept: str) -> str:
    """Give the salt of a passphrase that is kept: one passphrase has the same in every form."""
    return kept.partition(":")[0]


def folded(typed: Secret) -> Secret:
    """Write a passphrase in its one form, as the page does: reveal.js has the same steps."""
    return Secret(unicodedata.normalize("NFKC", typed.show()).translate(_PLAIN).strip(" "))


def problem_of(passphrase: Secret) -> Phrase | None:
    """Say what is wrong with a folded passphrase."""
    text = passphrase.show()
    if not LEAST <= len(text) <= MOST:
        return LENGTH
    unusual = any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "So"} for each in text)
    return _SIGNS if unusual or _EMOJI.search(text) else None
