"""Modals: a form for the missing fields of a command, and the answer that replaces the form."""

from typing import Final

from bot.cards.emergency import emergency
from bot.cards.kit import Block, Message, card, plain_text, render
from bot.cards.requests import about
from bot.domain.commands.fields import Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import Spec
from bot.domain.outcomes.decisions import MoreNeeded

FORM: Final = "form"
"""The callback id of every form."""
FIELD: Final = "field:"
"""The prefix of a field's block id; the field's name follows."""
VALUE: Final = "value"
TITLE: Final = "Keysmith"


def form_view(incomplete: Incomplete, offer: str) -> Block:
    """Ask for a command's arguments and options; `offer` is the id of the offer to complete."""
    spec, given = incomplete.spec, dict(incomplete.given)
    inputs = [
        block
        for field in (*spec.arguments, *spec.options)
        for block in _input(field, given.get(field.name, ""), required=field.name in spec.required)
    ]
    form = _form([_section(f"{spec.summary}."), *inputs], spec, offer)
    return emergency(form, incomplete)


def more_needed_view(outcome: MoreNeeded, spec: Spec, offer: str) -> Block:
    """Ask an approver for a comment or a typed name, below the request that they decide on."""
    inputs = [
        block for name in outcome.missing for block in _input(spec.fields[name], "", required=True)
    ]
    return _form([*render(card(*about(outcome.request))).blocks, *inputs], spec, offer)


def _form(blocks: list[Block], spec: Spec, offer: str) -> Block:
    return _view(blocks) | {
        "callback_id": FORM,
        "private_metadata": offer,
        "submit": plain_text(spec.words[-1].capitalize()),
        "close": plain_text("Cancel"),
    }


def _input(field: Field, initial: str, *, required: bool) -> list[Block]:
    """Draw the input of a field; nothing if modals do not ask for its kind."""
    label = field.label or field.name.capitalize()
    if not field.kind.asked:
        return []
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "max_length": field.kind.limit,
        "multiline": field.kind.multiline,
        "placeholder": plain_text(field.hint or label),
    }
    block: Block = {
        "type": "input",
        "block_id": f"{FIELD}{field.name}",
        "optional": not required,
        "label": plain_text(label),
        "element": element | ({"initial_value": initial} if initial else {}),
    }
    return [block]


def working_view() -> Block:
    """Fill the modal until the answer arrives."""
    return _view([_section("Working on it …")])


def result_view(message: Message) -> Block:
    """Show the answer in the modal."""
    return _view(list(message.blocks)) | {"close": plain_text("Close")}


def _view(blocks: list[Block]) -> Block:
    return {"type": "modal", "title": plain_text(TITLE), "blocks": blocks}


def _section(text: str) -> Block:
    return {"type": "section", "text": plain_text(text)}


def ephemeral(message: Message) -> Block:
    """Make a message that one person sees; Slack does not fetch its links."""
    return {
        "response_type": "ephemeral",
        "text": message.text,
        "blocks": list(message.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
    }
