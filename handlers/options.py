"""Menus of forms that search while a person types: Slack asks for the options of each text.

Slack waits three seconds. Where something fails, the menu offers what was typed, so that a person
can go on: the submission looks it up.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.form_words import written
from bot.cards.inputs import FIELD, MAX_VALUE, option
from bot.cards.kit import MAX_LABEL
from bot.domain.choices import Found, as_typed, unread
from bot.domain.commands.completing import completing
from bot.domain.commands.fields import Ask, Field
from bot.domain.commands.grammar import Incomplete
from bot.domain.languages import Language
from bot.domain.offers import Offer
from bot.domain.outcomes.general import Failed
from bot.domain.people import Actor
from bot.errors import KeysmithError
from handlers.gate import ACTOR
from handlers.origin import Body
from handlers.submit import Submitter

_log = structlog.get_logger("keysmith.options")

PATIENCE: Final = 2.2
"""Seconds for a menu's options; Slack shows nothing after three."""


class Choices(Protocol):
    """Finds what a person may choose. May raise `KeysmithError`."""

    async def choices(
        self, actor: Actor, form: Incomplete, field: Field, typed: str, language: Language
    ) -> Found:
        """Search the values of one field of a form, by their labels in a language."""


@dataclass(frozen=True)
class Options:
    """Listens to menus."""

    submitter: Submitter
    search: Choices
    language: Callable[[Actor], Language]

    async def suggest(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Answer with the options that match what the person typed."""
        typed = str(body.get("value") or "")
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._found(body, context[ACTOR], typed)
        except (KeysmithError, TimeoutError) as error:
            _log.warning("options_not_found", reason=type(error).__name__)
            found = unread(typed)
        language = self.language(context[ACTOR])
        fit = [each for each in found.choices if len(each.value) <= MAX_VALUE]
        options = [option(each, language) for each in fit]
        if hint := found.hint:  # the heading of a group: an option could be chosen
            heading = written(hint, language, MAX_LABEL)
            await ack(option_groups=[{"label": heading, "options": options}])
        else:
            await ack(options=options)

    async def _found(self, body: Body, actor: Actor, typed: str) -> Found:
        view = body.get("view")
        offer_id = view.get("private_metadata") if isinstance(view, Mapping) else None
        offer = await self.submitter.find_offer(str(offer_id or ""), actor)
        if isinstance(offer, Failed):
            return unread(typed)
        form = completing(offer.text) if isinstance(offer, Offer) else None
        field = _field(body, form) if form else None
        if form is None or field is None:
            return Found()
        found = await self.search.choices(actor, form, field, typed, self.language(actor))
        # An API key, or a key that was not read in time: the submission looks it up.
        if not found.choices and field.kind.ask in {Ask.KEY, Ask.KEYS}:
            return Found(as_typed(typed))
        return found


def _field(body: Body, form: Incomplete) -> Field | None:
    """Find the field of the menu."""
    return form.spec.fields.get(str(body.get("block_id", "")).removeprefix(FIELD))
