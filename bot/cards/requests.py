"""Cards of requests: pure functions of the stored request, never of the press that changed it.

Before a decision a card has at most five lines, after it three; the rest is behind Details. One
more warns of a change of the webhook signer.
"""

from typing import Final

from bot.cards import brownouts, co_owners, kit
from bot.cards.collect import collect
from bot.cards.deletions import restoring
from bot.cards.group_requests import asks, group_terms, notes
from bot.cards.kit import (
    Button,
    Card,
    Line,
    Mention,
    Moment,
    Phrase,
    Text,
    bold,
    card,
    code,
    context,
    line,
    msg,
    plural,
)
from bot.cards.people import approval
from bot.cards.place_terms import place_terms, stopping
from bot.cards.request_past import past
from bot.cards.request_states import VOID, result_of, votes_of
from bot.cards.request_words import FOR_OTHERS, HEADLINES, WHAT, named_as
from bot.cards.role_names import described, taken
from bot.cards.rotations import (
    rotated_beside,
    rotation_buttons,
    rotation_state,
    rotation_terms,
)
from bot.cards.signer_moves import moves
from bot.cards.user_terms import user_terms
from bot.domain.commands.grammar import read
from bot.domain.commands.key_fields import REMOVE
from bot.domain.commands.key_records import NoteKey
from bot.domain.commands.keys import RenameKey, RolesOfKey
from bot.domain.commands.text import escape
from bot.domain.phrases import Lasting, Span
from bot.domain.policy import ON_USERS, Action
from bot.domain.recovery import LOST
from bot.domain.requests.deletions import is_restore
from bot.domain.requests.machine import Request, State

_TYPED: Final = msg("Needs {approval}. Expires {expires}. High risk: to approve, type {name}.")
_SIGNED: Final = msg(
    "Needs {approval}. Expires {expires}. High risk: to approve, sign in with Slack or type {name}."
)


def posted(request: Request) -> Card:
    """Draw the card of the approvals channel."""
    return card(*brief(request), buttons=buttons_of(request))


def brief(request: Request) -> list[Line | None]:
    """Describe a request in a few lines: what a decision needs, or what became of it."""
    if request.state is not State.PENDING or request.outcome in {LOST, VOID}:
        review = [line(purpose(request)), *moves(request.terms)] if request.unreviewed else []
        over = [line(result_of(request)), _beside(request)]
        return [line(summarized(request)), *review, *over]
    required = approval(request.approval, requester=False)
    expires = Moment(request.expires_at, exact=True)
    needs = msg("Needs {approval}. Expires {expires}.")
    if request.approval.high_risk:
        needs = _SIGNED if request.signs_in else _TYPED
    needs = needs.fill(approval=required, expires=expires, name=bold(request.terms.name))
    votes = votes_of(request)
    return [
        *asked_for(request),
        context(*_evidence(request)),
        line(needs),
        line(votes) if votes else None,
    ]


def _beside(request: Request) -> Line | None:
    """Say in one more line what goes on after the result."""
    if request.rotation:
        return line(rotation_state(request)) if request.made else None
    return brownouts.reported(request) or _deletion(request)


def asked_for(request: Request) -> list[Line | None]:
    """Say all that a person approves, wherever they can press Approve."""
    return [
        line(headline(request)),
        line(purpose(request)),
        line(role) if (role := role_of(request)) else None,
        *rotation_terms(request.terms),
        *rotated_beside(request.evidence),
        *map(line, stopping(request.terms, request.evidence)),
        *moves(request.terms),
        *notes(request.terms),
    ]


def headline(request: Request) -> Phrase:
    """Say who wants what."""
    terms = request.terms
    who, owner = asker(request), Mention(terms.owner.user_id)
    if terms.group:
        return asks(terms).fill(who=who)
    if is_restore(terms):
        return msg("{who} asks to restore a key", who=who)
    if is_renewal(request):
        return msg("{who} requests longer access", who=who)
    if beside := co_owners.asks(terms, who):
        return beside
    shared = FOR_OTHERS.get(terms.action) if terms.owner != terms.requester else None
    if said := shared or HEADLINES.get(named_as(terms)):
        return said.fill(who=who, owner=owner)
    return msg("{who} asks to run {command}", who=who, command=_command(request))


def asker(request: Request) -> Span:
    """Name the requester, and mark one whom Cloudinary does not know."""
    name = bold(request.asker.name)
    known = request.asker.role or request.asker.cloudinary_id
    return name if known else msg("{name} (not a Cloudinary user)", name=name)


def is_renewal(request: Request) -> bool:
    """Whether a request is for longer access, not for a new key."""
    return request.terms.command.startswith("renew ")


def _command(request: Request) -> Text:
    return code(f"/cld {request.terms.command}")


def what(request: Request) -> Phrase:
    """Name the requested action, in a list or after a colon."""
    if is_restore(request.terms):
        return msg("restore a key")
    if is_renewal(request):
        return msg("longer access")
    fixed = co_owners.what(request.terms) or WHAT.get(named_as(request.terms))
    return fixed or msg("run {command}", command=_command(request))


def target(request: Request) -> Phrase:
    """Name what the request is about, and where."""
    terms = request.terms
    place = bold(terms.environment_name)
    if terms.action is Action.LINK:
        return msg("Cloudinary user {change}", change=bold(terms.name))
    if terms.group:
        return group_terms(terms)
    if terms.action in ON_USERS:
        change = msg("{user}: {command}", user=bold(terms.name), command=_command(request))
        return user_terms(terms) or change
    if not terms.action.startswith("key:"):
        return place_terms(terms) or msg("{place}", place=place)
    command = read(escape(terms.command))
    if isinstance(command, RenameKey):
        said = msg("{name} ({key}) in {place}, new name: {new}", new=bold(command.new))
        return said.fill(name=code(terms.name), key=code(terms.key), place=place)
    if isinstance(command, NoteKey):
        said = msg("{name} ({key}) in {place}, note: {note}", note=Text(command.note))
        return said.fill(name=code(terms.name), key=code(terms.key), place=place)
    if terms.key and not is_renewal(request):
        key = (code(terms.name), code(terms.key))
        return msg("{name} ({key}) in {place}", name=key[0], key=key[1], place=place)
    return msg("{name} in {place}", name=code(terms.name), place=place)


def named(request: Request) -> Phrase:
    """Name the requested key, for a button among others."""
    terms = request.terms
    if not terms.action.startswith("key:"):
        return msg("{name}", name=Text(terms.name))
    return msg("{name} in {place}", name=Text(terms.name), place=Text(terms.environment_name))


def role_of(request: Request) -> Phrase | None:
    """Say which role a key gets or loses, and what it allows."""
    terms = request.terms
    if terms.role is None or is_renewal(request):
        return None
    command = read(escape(terms.command))
    takes = isinstance(command, RolesOfKey) and command.change == REMOVE
    if takes:
        return taken(terms.role, terms.loss)
    return msg("Role: {role}", role=described(terms.role))


def summarized(request: Request) -> Phrase:
    """Say who wanted what, and where, in one line."""
    return msg("{headline}: {target}", headline=headline(request), target=target(request))


def purpose(request: Request) -> Phrase:
    """Say where, for how long and why."""
    terms, what_for = request.terms, target(request)
    reason, time = Text(terms.reason), terms.lasts
    lasts = Lasting(time) if time else brownouts.lasting(request)
    if terms.action is Action.LINK:
        return msg(
            "{change}. Check with the person by another way than Slack: the address may be an"
            " attacker's. Reason: {reason}",
            change=what_for,
            reason=reason if terms.reason else msg("none given"),
        )
    if terms.reason and lasts:
        return msg("{target} for {time}: {reason}", target=what_for, time=lasts, reason=reason)
    if terms.reason:
        return msg("{target}: {reason}", target=what_for, reason=reason)
    if lasts:
        return msg("{target} for {time}, no reason given", target=what_for, time=lasts)
    return msg("{target}, no reason given", target=what_for)


def _evidence(request: Request) -> list[Span]:
    terms, found = request.terms, request.evidence
    facts: list[Span] = [past(request)]
    if terms.environment_id:
        facts.append(msg("Tier: {tier}", tier=Text(terms.tier)))
        facts.append(
            plural("{count} enabled key there", "{count} enabled keys there", found.siblings)
            if not found.unread
            else msg("Its keys can't be read")
        )
    facts.append(msg("Fingerprint: {fingerprint}", fingerprint=Text(terms.fingerprint)))
    between = [Text(" · ")] * len(facts)
    return [span for pair in zip(between, facts, strict=True) for span in pair][1:]


def _deletion(request: Request) -> Line | None:
    if request.delete_at is None:
        return None
    date = Moment(request.delete_at, exact=True)
    undo = restoring(request)
    return line(msg("Deletes on {date}. To restore it: {command}", date=date, command=undo))


def press(label: kit.Span, verb: str, request: Request, style: str | None = None) -> Button:
    """Make a button that everybody may press, for as long as the card exists."""
    return Button(label, verb, request_id=request.id, style=style)


def details_button(request: Request) -> Button:
    """Make the button that shows everything about a request."""
    return press(msg("Details"), "details", request)


def buttons_of(request: Request) -> list[Button]:
    """Make the buttons of a request's card."""
    dark = [press(label, verb, request) for label, verb in brownouts.presses(request)]
    return [*_steps(request), *dark, *_review(request), details_button(request)]


def _steps(request: Request) -> list[Button]:
    match request.state:
        case State.PENDING:
            return [
                *deciding(request),
                press(msg("Ask…"), "ask", request),
                press(msg("Cancel request"), "cancel", request),
            ]
        case State.CLAIMABLE if request.rotation:
            first = press(collect(request), "claim", request, "primary")
            return [first, *rotation_buttons(request)]
        case State.CLAIMED if request.rotation:
            return rotation_buttons(request)
        case State.CLAIMABLE:
            return [press(collect(request), "claim", request, "primary"), _stop(request)]
        case State.CLAIMED:
            renew = [press(msg("Renew…"), "renew", request)] if request.ends_at else []
            return [*renew, *([] if request.ended else [_stop(request)])]
        case _:
            return []


def deciding(request: Request) -> list[Button]:
    """Make the buttons that decide on a pending request."""
    typed = request.approval.high_risk or request.approval.comment
    approve = msg("Approve…") if typed else msg("Approve")
    return [
        press(approve, "approve", request, "primary"),
        press(msg("Deny…"), "deny", request, "danger"),
    ]


def _stop(request: Request) -> Button:
    return press(msg("Disable key"), "cancel", request, "danger")


def _review(request: Request) -> list[Button]:
    return [press(msg("Mark reviewed…"), "review", request)] if request.unreviewed else []
