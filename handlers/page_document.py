"""The page of a link as one document, with its style and its script: nothing else is loaded.

The Content-Security-Policy names both by their hashes, so a browser runs no other script, wherever
it comes from. What differs between readers is text, never code.
"""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Final

from handlers.headers import NOTHING

ASSETS: Final = Path(__file__).parent / "assets"
SERVED: Final = frozenset({"broken", "foreign", "unsigned"})
"""States that the server alone leads to: a page in another state is sent without them."""
SPACED: Final = re.compile(r" *([{};:,]) +")
"""Spaces of a style that only people read; no selector has one before a colon."""
MOST: Final = 30_000
"""Bytes of the document, in any language."""


@dataclass(frozen=True)
class Document:
    """The page without its texts, and the policy that it is served with."""

    template: Template
    style: str
    code: str
    policy: str

    def fill(self, fields: dict[str, str]) -> str:
        """Put the fields into the page; each is HTML already."""
        text = self.template.substitute(fields, style=self.style, code=self.code)
        for state in SERVED - {fields.get("state")}:
            text = re.sub(
                f'<section data-when="{state}">.*?</section>\n', "", text, flags=re.DOTALL
            )
        return text


def read_document(assets: Path = ASSETS) -> Document:
    """Read the page of a link from its three files."""
    page, style, code = (_read(assets, f"reveal.{kind}") for kind in ("html", "css", "js"))
    style = SPACED.sub(r"\1", style)
    allowed = f"script-src '{_hash(code)}'; style-src '{_hash(style)}'; img-src data:"
    policy = f"default-src 'none'; {allowed}; connect-src 'self'; {NOTHING}"
    return Document(Template(page), style, code, policy)


def read_still(name: str, assets: Path = ASSETS) -> Document:
    """Read a page without a script, which has the style of the page of a link."""
    page, style = _read(assets, f"{name}.html"), _read(assets, "reveal.css")
    allowed = f"style-src '{_hash(style)}'; img-src data:"
    return Document(Template(page), style, "", f"default-src 'none'; {allowed}; {NOTHING}")


def _read(assets: Path, name: str) -> str:
    return _lean((assets / name).read_text(encoding="utf-8"))


def _lean(text: str) -> str:
    """Take out what only people read: indentation, empty lines, and comments of whole lines."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"
