"""Modals: a form for what a command lacks, and the answer that takes the form's place."""

from typing import Final

from bot.cards.kit import Block, Message, card, render
from bot.cards.requests import about
from bot.domain.decided import WordWanted
from bot.domain.forms import PROSE, Form
from bot.domain.grammar import Incomplete

FORM: Final = "form"
"""The callback id of every form."""
FIELD: Final = "field:"
"""A field's block id is this and the argument's name."""
VALUE: Final = "value"
TITLE: Final = "Keysmith"

_LABELS = {
    "name": ("Name", "ci-bot"),
    "old": ("Name now", "ci-bot"),
    "new": ("New name", "ci-bot-2027"),
    "env": ("Product environment", "Left out where only one matches"),
    "confirm": ("The key's name, typed", "As it stands, letter by letter"),
    "key": ("Name of the new key", "Left out: Keysmith names it"),
    "reason": ("Why", "INC-42: rotate after leak"),
    "expires": ("For how long", "7d; left out: until somebody ends it"),
    "for": ("For a teammate", "Their Slack user id; left out: for you"),
    "comment": ("Comment", "Why you agree"),
    "question": ("Your question", "Which pipeline is it for?"),
}

HIDDEN: Final = frozenset({"id"})
"""What a form was opened for, and nobody types again."""


def form_view(incomplete: Incomplete, offer: str) -> Block:
    """Ask for a command's arguments and options; `offer` is what the answer completes."""
    form, given = incomplete.form, dict(incomplete.given)
    fields = [
        _field(form, name, given.get(name, ""), wanted=name in form.required)
        for name in (*form.arguments, *form.options)
        if name not in HIDDEN
    ]
    intro: Block = {"type": "section", "text": _plain(f"{form.summary}.")}
    return _form([intro, *fields], form, offer)


def word_view(wanted: WordWanted, form: Form, offer: str) -> Block:
    """Ask an approver for more than a press, beneath what they decide about."""
    fields = [_field(form, name, "", wanted=True) for name in wanted.wanted]
    return _form([*render(card(*about(wanted.request))).blocks, *fields], form, offer)


def _form(blocks: list[Block], form: Form, offer: str) -> Block:
    return _view(blocks) | {
        "callback_id": FORM,
        "private_metadata": offer,
        "submit": _plain(form.words[-1].capitalize()),
        "close": _plain("Cancel"),
    }


def _field(form: Form, name: str, initial: str, *, wanted: bool) -> Block:
    label, hint = _LABELS.get(name, (name.capitalize(), ""))
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "max_length": form.limit(name),
        "multiline": name in PROSE,
        "placeholder": _plain(hint or label),
    }
    if initial:
        element["initial_value"] = initial
    return {
        "type": "input",
        "block_id": f"{FIELD}{name}",
        "optional": not wanted,
        "label": _plain(label),
        "element": element,
    }


def working_view() -> Block:
    """What stands in the modal until the answer is there."""
    return _view([{"type": "section", "text": _plain("Working on it …")}])


def result_view(message: Message) -> Block:
    """The answer, in the modal's place."""
    return _view(list(message.blocks)) | {"close": _plain("Close")}


def _view(blocks: list[Block]) -> Block:
    return {"type": "modal", "title": _plain(TITLE), "blocks": blocks}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def ephemeral(message: Message) -> Block:
    """A message that one person sees, and whose links Slack does not fetch."""
    return {
        "response_type": "ephemeral",
        "text": message.text,
        "blocks": list(message.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
    }
