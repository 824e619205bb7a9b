"""Modals: a form for the missing fields of a command, and the answer that replaces the form."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.cards.confirming import no_match
from bot.cards.emergency import confirmation, emergency_words, is_emergency, warning
from bot.cards.environment_changes import stopping
from bot.cards.form_words import NAME_OF_FORMS, SEND, FormWords, words_of, written
from bot.cards.groups import unconfirmed
from bot.cards.inputs import in_order, inputs
from bot.cards.key_refusals import moving, protection
from bot.cards.kit import MAX_TEXT, Block, Line, Message, bold, card, line, msg, render
from bot.cards.links import asks_for_passphrase
from bot.cards.offboard import shown
from bot.cards.previews import preview_block, previewed
from bot.cards.request_details import about
from bot.cards.requests import posted
from bot.cards.signing_in import signing_in
from bot.cards.users import losing
from bot.domain.commands.completing import completing, without
from bot.domain.commands.fields import Ask
from bot.domain.commands.general import Claim
from bot.domain.commands.grammar import Incomplete
from bot.domain.commands.keys import CreateKey
from bot.domain.commands.registry import BY_CLASS, Plain, Spec
from bot.domain.commands.requests import APPROVE, RequestKey
from bot.domain.commands.text import escape
from bot.domain.languages import Language
from bot.domain.offboarding import pieces_of
from bot.domain.outcomes.bulk import OffboardPreviewed
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.environment_changes import EnvironmentProtected
from bot.domain.outcomes.groups import GroupUnconfirmed
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.links import PassphraseNeeded
from bot.domain.outcomes.requests import RequestNeeded
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserToConfirm
from bot.domain.phrases import Phrase, Span, worded
from bot.domain.policy import ON_USERS, Action, Decision, Explanation, Refused
from bot.domain.requests.machine import Request

FORM: Final = "form"
"""The callback id of every form."""
PLACES: Final = (Ask.KEY, Ask.ENVIRONMENTS, Ask.ENVIRONMENT)
"""Fields that say where a command acts."""
AT_ONCE: Final = frozenset({Action.KEY_SHOW, Action.ENV_SHOW})
"""Actions that need no approval anywhere."""
_CHOOSE_KEY: Final = msg("Choose a key to see who has to approve.")
_CHOOSE_PLACE: Final = msg("Choose an environment to see who has to approve.")
_UNCLEAR: Final = msg(
    "Is this right? It is not clear where the name ends and your text begins. Nothing changed yet."
)


@dataclass(frozen=True)
class Form:
    """A form: the command that it completes, what stands above, and the fields it asks for.

    Without `only`, it asks for every field that forms ask for.
    """

    incomplete: Incomplete
    above: tuple[Line | None, ...] = ()
    only: frozenset[str] = frozenset()
    submit: Phrase | None = None
    """The button, where it does another thing than the form of the command alone."""
    confirms: Request | None = None
    """The request that it asks to approve with its target's name, typed."""
    sign_in: str = ""
    """Where the person can sign in with Slack in place of typing it."""


def form_of(outcome: Outcome) -> Form | None:
    """Give the form that an outcome asks a person to fill in, if it does."""
    match outcome:
        case Incomplete():
            return Form(outcome, (line(_UNCLEAR),) if _is_unclear(outcome) else ())
        case RequestNeeded():
            return _about_request(outcome)
        case MoreNeeded(request, missing):
            approve = Incomplete(APPROVE, (("id", request.id),))
            confirms = request if "confirm" in missing else None
            above = (*no_match(outcome), *about(request))
            return Form(approve, above, frozenset(missing), confirms=confirms)
        case GroupUnconfirmed():
            return _retried(outcome.retry, unconfirmed(outcome))
        case OffboardPreviewed(bulk) if bulk.parts:
            return _offboarding(outcome)
        case PassphraseNeeded(pending):
            claim = Claim(pending.id, passphrase=True)
            return Form(_whole(claim), tuple(asks_for_passphrase(pending)))
        case KeyProtected(_, _, str(retry)):
            return _confirmation(outcome, retry)
        case EnvironmentProtected(place):
            typed = line(msg("To go on, type its name: {name}", name=bold(place.name)))
            return _typing(_whole(outcome.retry), (*stopping(outcome), typed))
        case UserToConfirm(shown, change):
            return _typing(_whole(change, person=shown.user.email), tuple(losing(outcome)))
        case _:
            return None


def _is_unclear(incomplete: Incomplete) -> bool:
    """Whether nothing is missing and nothing is wrong: a person has to look at what is meant."""
    typed = incomplete.unclear and not incomplete.protects
    return typed and not incomplete.spec.problems(dict(incomplete.given))


def _confirmation(outcome: KeyProtected, retry: str) -> Form | None:
    """Ask for the name of a protected key, typed."""
    command = completing(escape(retry))
    if command is None:
        return None
    name, label = dict(command.given).get("confirm", ""), outcome.located.key.label
    ask = msg("To go on, type its name: {name}", name=bold(label))
    if name and name != label:
        ask = msg("To go on, type the name of the key that is rotated: {name}", name=bold(name))
    above = (*no_match(outcome), protection(outcome), *moving(outcome), line(ask))
    return _typing(command, above)


def _whole(command: Plain, **texts: str) -> Incomplete:
    """Give a command with all that it says, and these texts in place of its own."""
    spec = BY_CLASS[type(command)]
    return Incomplete(spec, tuple(sorted((spec.texts(command) | texts).items())))


def _retried(retry: str, above: tuple[Line | None, ...]) -> Form | None:
    command = completing(escape(retry))
    return _typing(command, above) if command else None


def _typing(command: Incomplete, above: tuple[Line | None, ...]) -> Form:
    return Form(without(command, "confirm"), above, frozenset({"confirm"}))


def _offboarding(outcome: OffboardPreviewed) -> Form:
    """Let the person choose what ends, and say the reason for those who approve."""
    whole = _whole(replace(outcome.command, parts=pieces_of(outcome.bulk.parts)))
    return Form(whole, tuple(shown(outcome)), frozenset({"parts", "reason"}), SEND)


def _about_request(outcome: RequestNeeded) -> Form | None:
    incomplete, requests = outcome.incomplete, outcome.requests
    if len(requests) == 1:
        given = dict(incomplete.given) | {"id": requests[0].id}
        filled = Incomplete(incomplete.spec, tuple(sorted(given.items())))
        typed = _typed(incomplete.spec, requests[0])
        confirms = requests[0] if "confirm" in typed else None
        return Form(filled, posted(requests[0]).lines, typed, confirms=confirms)
    return Form(incomplete) if requests else None


def _typed(spec: Spec, request: Request) -> frozenset[str]:
    """Name what an approval of this request needs beside a press; nothing for other commands."""
    needs = {"comment": request.approval.comment, "confirm": request.approval.high_risk}
    typed = [name for name, needed in needs.items() if needed and spec.name == APPROVE.name]
    return frozenset(typed)


def form_view(
    form: Form,
    offer: str,
    language: Language,
    explained: Sequence[Explanation] = (),
    hidden: Container[Ask] = (),
) -> Block:
    """Draw a form; `offer` is the id of the offer of the command that it completes.

    `explained` is what the command would lead to as it is; `hidden` is what the account lacks.
    """
    incomplete = form.incomplete
    urgent = is_emergency(incomplete)
    words = emergency_words(incomplete) if urgent else words_of(incomplete, form.only)
    signing = signing_in(form.sign_in, language) if form.sign_in else []
    asked = _asked(form, language, explained, hidden)
    blocks = [*_intro(form, words, language), *signing, *asked]
    if urgent:
        blocks.append(confirmation(language))
    else:
        blocks += _preview(form, explained, language)
    return _view(blocks, words.title, language) | {
        "callback_id": FORM,
        "private_metadata": offer,
        "submit": written(form.submit or words.submit, language),
        "close": written(words.close, language),
    }


def _intro(form: Form, words: FormWords, language: Language) -> list[Block]:
    """Say what the form does, and what it is about."""
    above = list(render(card(*form.above), (), language).blocks) if form.above else []
    if is_emergency(form.incomplete):
        return [*warning(words, language), *above]
    return above or [_section(words.does, language)]


def _asked(
    form: Form, language: Language, explained: Sequence[Explanation], hidden: Container[Ask]
) -> list[Block]:
    spec, given = form.incomplete.spec, dict(form.incomplete.given)
    optional = {"confirm"} if form.sign_in else set[str]()
    needed = {"passphrase"} if form.incomplete.protects else set[str]()
    asked = spec.required | form.only | needed | _role_needed(form, explained)
    required = asked - optional
    return [
        block
        for field in in_order(spec.fields.values())
        if _asks(form, field.name) and field.kind.ask not in hidden
        for block in inputs(
            field,
            given.get(field.name, ""),
            language,
            required=field.name in required,
            command=spec.name,
        )
    ]


def _role_needed(form: Form, explained: Sequence[Explanation]) -> frozenset[str]:
    """The role of a new key, unless the policy has a default wherever the key would be."""
    if form.incomplete.spec.build not in {CreateKey, RequestKey}:
        return frozenset()
    default = explained and all(_default_role(each.own) for each in explained)
    return frozenset() if default else frozenset({"role"})


def _default_role(decision: Decision) -> str:
    return "" if isinstance(decision, Refused) else decision.default_role


def _asks(form: Form, name: str) -> bool:
    """Whether a form asks for a field: not for the request that it shows, nor a name to confirm."""
    if form.only:
        return name in form.only or (name == "passphrase" and form.incomplete.protects)
    ask = form.incomplete.spec.fields[name].kind.ask
    given = dict(form.incomplete.given)
    return ask is not Ask.TYPED_NAME and not (ask is Ask.REQUEST and name in given)


def is_previewed(form: Form) -> bool:
    """Whether a form tells who has to approve; for users that depends on no environment."""
    action = form.incomplete.spec.action
    return not form.only and action not in AT_ONCE and action not in ON_USERS


def _preview(form: Form, explained: Sequence[Explanation], language: Language) -> list[Block]:
    """Tell who approves, or where the form will tell it; each choice of a place redraws it."""
    spec, given = form.incomplete.spec, dict(form.incomplete.given)
    asks = {field.kind.ask: field for field in spec.fields.values()}
    field = next((asks[ask] for ask in PLACES if ask in asks), None)
    if spec.action is Action.ENV_CREATE:  # its form names only what is copied
        field = spec.fields["name"]
    if field is None or not is_previewed(form):
        return []
    if explained:
        return [preview_block(previewed(explained, language))]
    if field.name in given or field.kind.ask is Ask.TEXT:
        return []
    choose = _CHOOSE_KEY if field.kind.ask is Ask.KEY else _CHOOSE_PLACE
    return [preview_block(worded(choose, language))]


def working_view(language: Language) -> Block:
    """Fill the modal until the answer arrives."""
    return _view([_section(msg("Working on it…"), language)], NAME_OF_FORMS, language)


def result_view(message: Message, language: Language, *, ends: bool = True) -> Block:
    """Show the answer in the modal; closing it closes a form beneath that is done with."""
    view = _view(list(message.blocks), NAME_OF_FORMS, language)
    return view | {"close": written(msg("Close"), language), "clear_on_close": ends}


def checking_view(message: Message, language: Language) -> Block:
    """Show a question about what was typed, on top of its form."""
    view = _view(list(message.blocks), NAME_OF_FORMS, language)
    return view | {"close": written(msg("Back"), language)}


def _view(blocks: Sequence[Block], title: Span, language: Language) -> Block:
    return {"type": "modal", "title": written(title, language), "blocks": list(blocks)}


def _section(phrase: Phrase, language: Language) -> Block:
    return {"type": "section", "text": written(phrase, language, MAX_TEXT)}


def ephemeral(message: Message) -> Block:
    """Make a message that one person sees; Slack does not fetch its links."""
    return {
        "response_type": "ephemeral",
        "text": message.text,
        "blocks": list(message.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
    }
