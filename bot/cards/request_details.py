"""Everything about a request, for those who may see it: the modal behind Details, or a card."""

from typing import Final

from bot.cards import co_owners
from bot.cards.brownouts import lasting, reports
from bot.cards.group_requests import group_terms, notes
from bot.cards.kit import (
    Block,
    Card,
    Line,
    Mention,
    Moment,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
    plain_text,
    render,
)
from bot.cards.people import ROLES, approval
from bot.cards.place_terms import place_terms, stopping
from bot.cards.request_past import past
from bot.cards.request_states import result_of, voter
from bot.cards.requests import headline, role_of, target
from bot.cards.rotations import rotated_beside, rotation_state, rotation_terms
from bot.cards.signer_moves import moves
from bot.cards.user_terms import user_terms
from bot.domain.bulk import MOST
from bot.domain.languages import Language
from bot.domain.phrases import Lasting, Listed, Phrase, worded
from bot.domain.policy import ON_USERS, Action
from bot.domain.requests.machine import Request, State
from bot.domain.requests.votes import Vote

_TITLE: Final = msg("Request details")
_CLOSE: Final = msg("Close")


def details(request: Request) -> Card:
    """Draw everything about a request."""
    return card(*about(request), *_decision(request))


def details_view(request: Request, language: Language) -> Block:
    """Draw the modal that has everything about a request."""
    return {
        "type": "modal",
        "title": plain_text(worded(_TITLE, language)),
        "close": plain_text(worded(_CLOSE, language)),
        "blocks": list(render(details(request), language=language).blocks),
    }


def about(request: Request) -> list[Line | None]:
    """Describe who requests what, where, for how long and why, with the evidence in full."""
    terms = request.terms
    on_user = terms.action is Action.LINK or terms.action in ON_USERS
    shared = terms.owner != terms.requester and not on_user
    owner = msg("For: {owner}, who alone can collect", owner=Mention(terms.owner.user_id))
    if co_owners.asks(terms, Text("")):
        shared = False  # the headline names them
    if terms.action is Action.KEY_OWNER:
        owner = msg("New owner: {owner}", owner=Mention(terms.owner.user_id))
    reason = Text(terms.reason) if terms.reason else msg("none given")
    return [
        line(headline(request)),
        item(_requester(request)),
        *_subject(request),
        item(owner) if shared else None,
        item(msg("Duration: {time}, from the approval", time=Lasting(terms.lasts)))
        if terms.lasts
        else None,
        item(msg("Disabled for: {time}", time=time)) if (time := lasting(request)) else None,
        item(role) if (role := role_of(request)) else None,
        item(msg("Reason: {reason}", reason=reason)),
        *moves(request.terms),
        *rotation_terms(request.terms),
        *rotated_beside(request.evidence),
        *notes(request.terms, MOST),
        *_evidence(request),
        item(msg("Command: {command}", command=code(f"/cld {terms.command}"))),
        item(msg("Fingerprint: {fingerprint}", fingerprint=code(terms.fingerprint))),
    ]


def _requester(request: Request) -> Phrase:
    asker, person = request.asker, Mention(request.terms.requester.user_id)
    email = code(asker.email)
    if not asker.role and not asker.cloudinary_id:
        return msg(
            "Requester: {person}, {email} (confirmed), not a Cloudinary user",
            person=person,
            email=email,
        )
    names = {str(role): name for role, name in ROLES.items()}
    role = Text(str(names.get(asker.role, asker.role)))
    return msg(
        "Requester: {person}, {email} (confirmed), Cloudinary role: {role}",
        person=person,
        email=email,
        role=role if asker.role else msg("unknown"),
    )


def _subject(request: Request) -> list[Line | None]:
    if request.terms.group:
        return [item(msg("Group: {group}", group=group_terms(request.terms)))]
    if request.terms.action is Action.LINK:
        return [*_linked(request)]
    if request.terms.action in ON_USERS:
        return [item(user_terms(request.terms, MOST) or target(request))]
    change = place_terms(request.terms)
    return [_place(request), item(change) if change else None, _key(request)]


def _place(request: Request) -> Line:
    terms = request.terms
    return item(
        msg(
            "Environment: {place} ({cloud}), tier: {tier}",
            place=bold(terms.environment_name),
            cloud=code(terms.cloud_name),
            tier=Text(terms.tier),
        )
    )


def _key(request: Request) -> Line | None:
    terms = request.terms
    if not terms.action.startswith("key:"):
        return None
    if terms.key:
        return item(msg("Key: {name} ({key})", name=bold(terms.name), key=code(terms.key)))
    return item(msg("Key: {name} (new)", name=bold(terms.name)))


def _linked(request: Request) -> list[Line | None]:
    terms = request.terms
    return [
        item(msg("Person: {person}", person=Mention(terms.owner.user_id))),
        item(msg("Cloudinary user, before → after: {change}", change=bold(terms.name))),
        item(
            msg(
                "Check with the person by another way than Slack: the address may be an attacker's."
            )
        ),
    ]


def _evidence(request: Request) -> list[Line | None]:
    found, place = request.evidence, request.terms.environment_id
    approvers = Listed(tuple(map(Text, found.approvers)))
    counted = place and not found.unread
    return [
        item(past(request)),
        item(_target(request)) if found.created_at else None,
        item(msg("Enabled keys in that environment: {count}", count=Text(str(found.siblings))))
        if counted
        else None,
        *map(item, stopping(request.terms, found)),
        item(msg("Can approve: {people}", people=approvers)) if found.approvers else None,
    ]


def _target(request: Request) -> Phrase:
    found = request.evidence
    created = Moment(found.created_at) if found.created_at else Text("")
    works = msg("enabled") if found.enabled else msg("disabled")
    if not found.last:
        return msg("The key: created {created}, {state}", created=created, state=works)
    return msg(
        "The key: created {created}, {state}. Last change: {change}",
        created=created,
        state=works,
        change=Text(found.last),
    )


def _decision(request: Request) -> list[Line | None]:
    policy, pending = code(request.policy), request.state is State.PENDING
    expires, required = Moment(request.expires_at, exact=True), request.approval
    needs = msg(
        "Needs {approval}, by policy {policy}. Expires {expires}.",
        approval=approval(required, requester=False),
        policy=policy,
        expires=expires,
    )
    return [
        line(result_of(request)),
        line(rotation_state(request)) if request.made and request.rotation else None,
        *reports(request),
        item(needs) if pending else None,
        item(_risk(request)) if pending and required.high_risk else None,
        item(msg("Policy: {policy}", policy=policy)) if request.waived else None,
        *(item(_vote(vote)) for vote in request.current_votes),
    ]


def _risk(request: Request) -> Phrase:
    """Say what an approver does beside the press."""
    typed = msg("High risk: an approver types {name}.")
    signed = msg("High risk: an approver signs in with Slack or types {name}.")
    return (signed if request.signs_in else typed).fill(name=bold(request.terms.name))


def _vote(vote: Vote) -> Phrase:
    who, when, comment = voter(vote), Moment(vote.at), Text(vote.comment)
    if vote.approves and vote.comment:
        return msg("{who} approved {when}: {comment}", who=who, when=when, comment=comment)
    if vote.approves:
        return msg("{who} approved {when}.", who=who, when=when)
    if vote.comment:
        return msg("{who} denied {when}: {comment}", who=who, when=when, comment=comment)
    return msg("{who} denied {when}.", who=who, when=when)
