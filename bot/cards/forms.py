"""Modals: a form for the missing fields of a command, and the answer that replaces the form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.emergency import emergency
from bot.cards.form_words import FormWords, form_words
from bot.cards.inputs import inputs
from bot.cards.keys import protection
from bot.cards.kit import Block, Line, Message, bold, card, line, plain_text, render
from bot.cards.request_details import about
from bot.cards.requests import posted
from bot.domain.commands.completing import completing, without
from bot.domain.commands.fields import Ask
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.registry import Spec
from bot.domain.commands.requests import APPROVE
from bot.domain.commands.text import escape
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.requests import RequestNeeded
from bot.domain.outcomes.union import Outcome
from bot.domain.policy import Action
from bot.domain.requests.machine import Request

FORM: Final = "form"
"""The callback id of every form."""
TITLE: Final = "Keysmith"
PLACES: Final = (Ask.KEY, Ask.ENVIRONMENTS, Ask.ENVIRONMENT)
"""Fields that say where a command acts."""
AT_ONCE: Final = frozenset({Action.KEY_SHOW, Action.ENV_SHOW})
"""Actions that need no approval anywhere."""
PREVIEW: Final = "preview"
"""The block id of what will happen."""


@dataclass(frozen=True)
class Form:
    """A form: the command that it completes, what stands above, and the fields it asks for.

    Without `only`, it asks for every field that forms ask for.
    """

    incomplete: Incomplete
    above: tuple[Line | None, ...] = ()
    only: frozenset[str] = frozenset()


def form_of(outcome: Outcome) -> Form | None:
    """Give the form that an outcome asks a person to fill in, if it does."""
    match outcome:
        case Incomplete():
            return Form(outcome)
        case RequestNeeded():
            return _about_request(outcome)
        case MoreNeeded(request, missing):
            approve = Incomplete(APPROVE, (("id", request.id),))
            return Form(approve, tuple(about(request)), frozenset(missing))
        case KeyProtected(_, _, str(retry)):
            return _confirmation(outcome, retry)
        case _:
            return None


def _confirmation(outcome: KeyProtected, retry: str) -> Form | None:
    """Ask for the name of a protected key, typed."""
    command = completing(escape(retry))
    if command is None:
        return None
    typed = line("To go on, type its name: ", bold(outcome.located.key.label))
    return Form(without(command, "confirm"), (protection(outcome), typed), frozenset({"confirm"}))


def _about_request(outcome: RequestNeeded) -> Form | None:
    incomplete, requests = outcome.incomplete, outcome.requests
    if len(requests) == 1:
        given = dict(incomplete.given) | {"id": requests[0].id}
        filled = Incomplete(incomplete.spec, tuple(sorted(given.items())))
        return Form(filled, posted(requests[0]).lines, _typed(incomplete.spec, requests[0]))
    return Form(incomplete) if requests else None


def _typed(spec: Spec, request: Request) -> frozenset[str]:
    """Name what an approval of this request needs beside a press; nothing for other commands."""
    needs = {"comment": request.approval.comment, "confirm": request.approval.high_risk}
    typed = [name for name, needed in needs.items() if needed and spec.name == APPROVE.name]
    return frozenset(typed)


def form_view(form: Form, offer: str) -> Block:
    """Draw a form; `offer` is the id of the offer of the command that it completes."""
    spec, given = form.incomplete.spec, dict(form.incomplete.given)
    asked = [
        block
        for field in spec.fields.values()
        if _asks(form, field.name)
        for block in inputs(
            field,
            given.get(field.name, ""),
            required=field.name in spec.required | form.only,
            command=spec.name,
        )
    ]
    words = form_words(spec.name)
    above = list(render(card(*form.above)).blocks) if form.above else []
    intro = above or [_section(f"{spec.summary}.")]
    return emergency(_form([*intro, *asked, *_preview(form)], words, offer), form.incomplete)


def _asks(form: Form, name: str) -> bool:
    """Whether a form asks for a field: not for the request that it shows, nor a name to confirm."""
    if form.only:
        return name in form.only
    ask = form.incomplete.spec.fields[name].kind.ask
    given = dict(form.incomplete.given)
    return ask is not Ask.TYPED_NAME and not (ask is Ask.REQUEST and name in given)


def _preview(form: Form) -> list[Block]:
    """Say where the form will tell who approves; each choice of a place redraws it."""
    spec, given = form.incomplete.spec, dict(form.incomplete.given)
    asks = {field.kind.ask: field for field in spec.fields.values()}
    field = next((asks[ask] for ask in PLACES if ask in asks), None)
    if form.only or field is None or field.name in given or spec.action in AT_ONCE:
        return []
    return [preview_block(f"{field.hint} to see who has to approve.")]


def preview_block(text: str) -> Block:
    """Draw what will happen, and who will be asked."""
    return {"type": "context", "block_id": PREVIEW, "elements": [plain_text(text)]}


def _form(blocks: Sequence[Block], words: FormWords, offer: str) -> Block:
    return _view(blocks, words.title) | {
        "callback_id": FORM,
        "private_metadata": offer,
        "submit": plain_text(words.submit),
        "close": plain_text(words.close),
    }


def working_view() -> Block:
    """Fill the modal until the answer arrives."""
    return _view([_section("Working on it …")])


def result_view(message: Message) -> Block:
    """Show the answer in the modal."""
    return _view(list(message.blocks)) | {"close": plain_text("Close")}


def _view(blocks: Sequence[Block], title: str = TITLE) -> Block:
    return {"type": "modal", "title": plain_text(title), "blocks": list(blocks)}


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
