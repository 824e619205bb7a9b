"""Submitted forms."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.cards.field_errors import errors_of, expired, problems_of
from bot.cards.forms import checking_view, result_view, working_view
from bot.domain.commands.completing import completing
from bot.domain.commands.grammar import Misunderstood, holds_secret, write
from bot.domain.commands.registry import Command, Spec
from bot.domain.jobs import Reply
from bot.domain.languages import Language
from bot.domain.offers import Offer
from bot.domain.outcomes.general import Failed, NotOffered
from bot.domain.outcomes.union import Outcome
from bot.domain.passphrases import OWN_ONLY, problem_of
from bot.domain.people import Actor
from bot.domain.phrases import msg, worded
from bot.errors import KeysmithError, StoreError
from bot.flows.intake import Delivery
from bot.flows.passphrases import for_another
from bot.flows.precheck import Precheck
from handlers.answers import QUEUED_WITHIN, Answers
from handlers.form_values import PASSPHRASE, View, blocks_of, filled, passphrase_in
from handlers.gate import ACTOR, DELIVERY
from handlers.ports import Passphrases
from handlers.submit import Submitter

_log = structlog.get_logger("keysmith.views")

CHECKED_WITHIN: Final = 1.2
"""Seconds from a submission in which its fields are looked up; two steps of Redis follow."""
NOT_KEPT: Final = msg(
    "Keysmith can't keep the passphrase right now. Nothing changed. Try again in a minute."
)


@dataclass(frozen=True)
class Filled:
    """A form as its person left it: the texts of its command's fields, by name.

    `checked` where nothing that may be a secret was added to what the form was opened with, which
    passed the search for secrets, or its person said that it is none.
    """

    spec: Spec
    texts: dict[str, str] = field(repr=False)
    checked: bool


@dataclass(frozen=True)
class Views:
    """Listens to forms."""

    submitter: Submitter
    answers: Answers
    precheck: Precheck
    passphrases: Passphrases

    async def submit(self, ack: AsyncAck, view: View, context: AsyncBoltContext) -> None:
        """Complete the form's command and submit it, or show what is wrong with the fields."""
        actor, reply = context[ACTOR], Reply(view_id=str(view.get("id", "")))
        began = asyncio.get_running_loop().time()
        form, language = await self._filled(actor, view), self.answers.ways.language(actor)
        if not isinstance(form, Filled):
            errors = expired(form, blocks_of(view), language)
            if errors:
                await ack(response_action="errors", errors=errors)
            else:
                await self._answer(ack, actor, reply, form)
            return
        checked = await self._checked(actor, form, view, began)
        if not isinstance(checked, str):
            await ack(response_action="errors", errors=checked)
            return
        text, passed = write(form.spec.make(form.texts)), form.checked
        delivery = Delivery(actor, text, reply, context[DELIVERY], canonical=True, checked=passed)
        outcome = await self.submitter.submit(replace(delivery, passphrase=checked))
        if isinstance(outcome, Misunderstood) and outcome.suspect:
            message = await self.answers.message(actor, outcome, within=QUEUED_WITHIN)
            await ack(response_action="push", view=checking_view(message, language))
        elif isinstance(outcome, Failed):
            await self._uncertain(ack, actor, reply, outcome)
        else:
            await self._answer(ack, actor, reply, outcome)

    async def _checked(
        self, actor: Actor, form: Filled, view: View, began: float
    ) -> dict[str, str] | str:
        """Give what is wrong, by block; else the sealed passphrase, empty without one."""
        language, blocks = self.answers.ways.language(actor), blocks_of(view)
        errors = problems_of(form.spec, form.texts, blocks, language)
        errors = errors or _of_passphrase(form, view, actor, language)
        if form.checked and not errors:
            errors = await self._unresolved(actor, form.spec.make(form.texts), view, began)
        if errors or PASSPHRASE not in form.texts:
            return errors or ""
        block, typed = passphrase_in(view)
        try:
            return self.passphrases.seal(typed)
        except StoreError as error:
            _log.warning("passphrase_not_kept", reason=type(error).__name__)
            return {block: worded(NOT_KEPT, language)}

    async def _answer(
        self, ack: AsyncAck, actor: Actor, reply: Reply, outcome: Outcome | None
    ) -> None:
        """Queue what is known by now: an ack shows nothing in a form that was closed meanwhile."""
        await self.answers.later(actor, reply, outcome)
        await ack(response_action="update", view=working_view(self.answers.ways.language(actor)))

    async def _uncertain(self, ack: AsyncAck, actor: Actor, reply: Reply, outcome: Failed) -> None:
        """Tell a failure in the ack and directly: the command may run, and answers in the modal."""
        await self.answers.later(actor, replace(reply, view_id=""), outcome)
        message = await self.answers.message(actor, outcome)
        view = result_view(message, self.answers.ways.language(actor))
        await ack(response_action="update", view=view)

    async def _filled(self, actor: Actor, view: View) -> Filled | Outcome:
        """Fill in the command that the form completes, which the offer behind the form has."""
        offer = await self.submitter.find_offer(str(view.get("private_metadata", "")), actor)
        if not isinstance(offer, Offer):
            return offer
        opened = completing(offer.text)
        texts = filled(view, opened, self.answers.clock.now()) if opened else {}
        if opened is None or not opened.spec.required <= texts.keys():
            return NotOffered()  # a modal that another version opened
        known = {*dict(opened.given).values()}
        checked = not any(holds_secret(text) for text in texts.values() if text not in known)
        return Filled(opened.spec, texts, checked)

    async def _unresolved(
        self, actor: Actor, command: Command, view: View, began: float
    ) -> dict[str, str]:
        """Find what the fields name and does not exist; what is not known in time is no error."""
        left = CHECKED_WITHIN - (asyncio.get_running_loop().time() - began)
        try:
            async with asyncio.timeout(max(left, 0)):
                problem = await self.precheck.problem(actor, command)
        except (KeysmithError, TimeoutError) as error:
            _log.info("form_not_checked", reason=type(error).__name__)
            return {}
        language = self.answers.ways.language(actor)
        return errors_of(problem, blocks_of(view), language) if problem else {}

    async def close(self, ack: AsyncAck) -> None:
        """Do nothing: a closed form submits no command."""
        await ack()


def _of_passphrase(form: Filled, view: View, actor: Actor, language: Language) -> dict[str, str]:
    """Say what is wrong with the passphrase, beside its field."""
    if PASSPHRASE not in form.texts:
        return {}
    block, typed = passphrase_in(view)
    for_other = for_another(form.spec.make(form.texts), actor)
    wrong = OWN_ONLY if for_other else problem_of(typed)
    return {block: worded(wrong, language)} if wrong else {}
