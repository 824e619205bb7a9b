"""Modals: a form for what a command lacks, and the answer that takes the form's place."""

from typing import Final

from bot.cards.kit import Block, Message, card, render
from bot.cards.requests import about
from bot.domain.commands.fields import Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import Spec
from bot.domain.outcomes.decisions import MoreNeeded

FORM: Final = "form"
"""The callback id of every form."""
FIELD: Final = "field:"
"""A field's block id is this and the field's name."""
VALUE: Final = "value"
TITLE: Final = "Keysmith"


def form_view(incomplete: Incomplete, offer: str) -> Block:
    """Ask for a command's arguments and options; `offer` is what the answer completes."""
    spec, given = incomplete.spec, dict(incomplete.given)
    fields = [
        block
        for field in (*spec.arguments, *spec.options)
        for block in _field(field, given.get(field.name, ""), required=field.name in spec.required)
    ]
    intro: Block = {"type": "section", "text": _plain(f"{spec.summary}.")}
    return _form([intro, *fields], spec, offer)


def more_needed_view(required: MoreNeeded, spec: Spec, offer: str) -> Block:
    """Ask an approver for more than a press, beneath what they decide about."""
    fields = [
        block for name in required.missing for block in _field(spec.fields[name], "", required=True)
    ]
    return _form([*render(card(*about(required.request))).blocks, *fields], spec, offer)


def _form(blocks: list[Block], spec: Spec, offer: str) -> Block:
    return _view(blocks) | {
        "callback_id": FORM,
        "private_metadata": offer,
        "submit": _plain(spec.words[-1].capitalize()),
        "close": _plain("Cancel"),
    }


def _field(field: Field, initial: str, *, required: bool) -> list[Block]:
    """Draw the input of a field; nothing if modals do not ask for its kind."""
    label = field.label or field.name.capitalize()
    if not field.kind.asked:
        return []
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "max_length": field.kind.limit,
        "multiline": field.kind.multiline,
        "placeholder": _plain(field.hint or label),
    }
    if initial:
        element["initial_value"] = initial
    block: Block = {
        "type": "input",
        "block_id": f"{FIELD}{field.name}",
        "optional": not required,
        "label": _plain(label),
        "element": element,
    }
    return [block]


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
