"""What forms are called, and what their buttons say."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class FormWords:
    """A form's title, and its two buttons."""

    title: str
    submit: str
    close: str = "Cancel"


MOST: Final = 24
"""Characters of a title or a button, by Slack."""
FORMS: Final = {
    "approve": FormWords("Approve a request", "Approve"),
    "ask": FormWords("Ask the requester", "Send question"),
    "cancel": FormWords("Cancel a request", "Cancel request", "Keep it"),
    "delegate": FormWords("Choose a delegate", "Save delegate"),
    "deny": FormWords("Deny a request", "Deny"),
    "env show": FormWords("Show an environment", "Show environment"),
    "env tier": FormWords("Set a tier", "Set tier"),
    "key create": FormWords("Create a key", "Create key"),
    "key delete": FormWords("Delete a key", "Delete key"),
    "key disable": FormWords("Disable a key", "Disable key"),
    "key enable": FormWords("Enable a key", "Enable key"),
    "key rename": FormWords("Rename a key", "Rename key"),
    "key restore": FormWords("Restore a key", "Restore key"),
    "key show": FormWords("Show a key", "Show key"),
    "link": FormWords("Link a person", "Send request"),
    "renew": FormWords("Renew access", "Send request"),
    "request": FormWords("Request credentials", "Send request"),
    "review": FormWords("Review an emergency", "Mark reviewed"),
    "withdraw": FormWords("Withdraw your decision", "Withdraw"),
}
"""By the command's name."""


def form_words(name: str) -> FormWords:
    """Name the form of a command."""
    noun, _, verb = name.rpartition(" ")
    title, submit = f"{verb} a {noun}" if noun else verb, f"{verb} {noun}".strip()
    return FORMS.get(name) or FormWords(title.capitalize()[:MOST], submit.capitalize()[:MOST])
