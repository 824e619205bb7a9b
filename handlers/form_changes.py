"""A form that changes while it is filled in: a date appears below, and what will happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bot.cards.explained import previewed
from bot.cards.forms import PREVIEW, preview_block
from bot.cards.inputs import DATE, FIELD, ON_DATE, VALUE, date_input
from bot.cards.kit import Block
from bot.domain.commands.completing import completing
from bot.domain.commands.fields import Ask
from bot.domain.commands.grammar import Incomplete
from bot.domain.offers import Offer
from bot.domain.people import Actor
from bot.domain.policy import Explanation
from bot.errors import KeysmithError, SlackError
from bot.flows.ports import Clock
from handlers.background import Background
from handlers.form_values import View, blocks_of, filled
from handlers.origin import Body
from handlers.ports import AnswerApi
from handlers.submit import Submitter

_log = structlog.get_logger("keysmith.forms")
KEPT: Final = ("type", "title", "callback_id", "private_metadata", "submit", "close")
"""What a redrawn view keeps."""


class Previews(Protocol):
    """Tells what a command would lead to. May raise `KeysmithError`."""

    async def of(self, actor: Actor, form: Incomplete) -> tuple[Explanation, ...]:
        """Explain the command where the form says that it acts; nothing where that is unknown."""


def is_field(action: Mapping[str, object]) -> bool:
    """Whether a press is a choice in a form, and no button."""
    return str(action.get("block_id", "")).startswith(FIELD)


@dataclass(frozen=True)
class FormChanges:
    """Redraws forms after their ack."""

    submitter: Submitter
    slack: AnswerApi
    previews: Previews
    clock: Clock
    background: Background

    def changed(self, body: Body, actor: Actor) -> None:
        """Redraw the form in which a person chose something."""
        view = body.get("view")
        if isinstance(view, Mapping):
            self.background.run(self._redraw(view, actor))

    async def _redraw(self, view: View, actor: Actor) -> None:
        offer = await self.submitter.find_offer(str(view.get("private_metadata", "")), actor)
        form = completing(offer.text) if isinstance(offer, Offer) else None
        blocks = view.get("blocks")
        if form is None or not isinstance(blocks, Sequence):
            return
        texts = filled(view, form, self.clock.now())
        try:
            explained = await self.previews.of(actor, Incomplete(form.spec, tuple(texts.items())))
        except KeysmithError as error:
            _log.info("no_preview", reason=type(error).__name__)
            explained = ()
        drawn = _drawn(blocks, view, form, previewed(explained))
        if drawn == list(blocks):
            return
        new = {name: view[name] for name in KEPT if name in view} | {"blocks": drawn}
        try:
            await self.slack.update_view(str(view.get("id", "")), new, hash_=str(view.get("hash")))
        except SlackError as error:  # closed, or changed again meanwhile: that change redraws it
            _log.info("form_not_redrawn", code=error.code)


def _drawn(blocks: Sequence[Block], view: View, form: Incomplete, preview: str) -> list[Block]:
    """Put the date below its duration, and the preview at the end; all else stays."""
    drawn, values = list[Block](), blocks_of(view)
    dates = {str(it.get("block_id")): it for it in blocks if _is_date(it)}
    for block in blocks:
        id_ = str(block.get("block_id", ""))
        if id_ in dates or (id_ == PREVIEW and preview):
            continue
        drawn.append(block)
        field = form.spec.fields.get(id_.removeprefix(FIELD))
        if field and field.kind.ask is Ask.DURATION and _on_date(values.get(id_)):
            drawn.append(dates.get(f"{id_}{DATE}") or date_input(field))
    return [*drawn, preview_block(preview)] if preview else drawn


def _is_date(block: Block) -> bool:
    id_ = str(block.get("block_id", ""))
    return id_.startswith(FIELD) and id_.endswith(DATE)


def _on_date(block: object) -> bool:
    entry = block.get(VALUE) if isinstance(block, Mapping) else None
    chosen = entry.get("selected_option") if isinstance(entry, Mapping) else None
    return isinstance(chosen, Mapping) and chosen.get("value") == ON_DATE
