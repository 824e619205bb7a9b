"""One example, at least, of everything that can come of a command; every name is the caller's."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain import decided as d
from bot.domain import outcomes as o
from bot.domain.approvals import Unfit, Vote
from bot.domain.claims import Claim
from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned
from bot.domain.commands.keys import CreateKey, ListKeys, ShowKey
from bot.domain.commands.registry import COMMANDS
from bot.domain.commands.requests import WHICH
from bot.domain.environments import Environment
from bot.domain.keys import Bar, Key, Located
from bot.domain.people import Actor, Doubt, KeyRight, Mismatch, Person, Role, TurnedAway
from bot.domain.policy import (
    Action,
    Allowed,
    Approval,
    Decision,
    Explanation,
    NeedsApproval,
    Refused,
    Why,
)
from bot.domain.requests import Event, Request, State
from bot.domain.terms import Asker, Evidence, Terms

AT: Final = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ACTOR: Final = Actor("T1", "U1")
URL: Final = "https://keysmith.example/s/abc#k=the-key-of-the-link"
COMMAND: Final = ListKeys("Staging", 90)
DECISIONS: Final[tuple[Decision, ...]] = (
    Allowed("rule-1"),
    Allowed("rule-1", notify=True),
    NeedsApproval("rule-2", Approval(1, ("key_roles",))),
    NeedsApproval("rule-3", Approval(2, ("key_roles", "admins"), ("admins",))),
    Refused(Why.ROLE),
    Refused(Why.FORBIDDEN, "rule-4"),
)


def place(name: str) -> Environment:
    """An environment that is called that, and is off."""
    return Environment("e1", name, "lumen-staging", enabled=False)


def located(name: str, *, root: bool = False) -> Located:
    """A key that is called that, in an environment that is called that."""
    key = Key("814", name, enabled=True, root=root, created_at=AT, updated_at=AT)
    return Located(key, place(name))


def person(name: str) -> Person:
    """Somebody of that name, e-mail address and group."""
    rights = (("e1", KeyRight.VIEW),)
    return Person(ACTOR, name, name, Role.ADMIN, "u1", None, frozenset({name}), rights)


def claim(name: str) -> Claim:
    """Credentials of that name that wait."""
    return Claim("c1", ACTOR, "e1", name, "lumen-staging", "814", name, AT)


def outcomes(name: str) -> list[o.Outcome]:
    """Everything that can come of a command."""
    return [*_answers(name), *_changes(name), *_questions(name), *_refusals(name), *_requests(name)]


def _answers(name: str) -> Iterable[o.Outcome]:
    who, where, here = person(name), place(name), located(name)
    last = o.LastChange("disabled", name, AT, "c1")
    nameless = Located(Key("815", "", False, True, None, None, ("webhooks",)), where)  # noqa: FBT003  # as they stand
    yield o.MenuOffered(who, ("request", "key list"))
    yield from (o.HelpGiven(None), o.HelpGiven("key"), o.HelpGiven(f"no noun {name}"))
    yield o.Introduced(who, (where, where), None)
    yield from (o.Introduced(who, (), mismatch) for mismatch in Mismatch)
    yield from (o.EnvironmentsListed(()), o.EnvironmentsListed((where,)))
    yield o.EnvironmentShown(where, (here,) * 21)
    yield o.KeysListed((here, nameless), 1, 3, 17, COMMAND)
    yield o.KeysListed((), 0, 1, 0, COMMAND)
    yield from (
        o.KeyShown(here, webhooks=True, last=last),
        o.KeyShown(nameless, webhooks=False, last=None),
    )
    every = tuple((str(role), decision) for role, decision in zip(Role, DECISIONS, strict=False))
    yield o.Explained(
        f"key show {name}", tuple(_explained(where, own, every) for own in DECISIONS), who
    )


def _explained(
    where: Environment, own: Decision, every: tuple[tuple[str, Decision], ...]
) -> Explanation:
    return Explanation(Action.KEY_SHOW, where, own, every)


def _changes(name: str) -> Iterable[o.Outcome]:
    here, last = located(name), o.LastChange("disabled", name, AT, "c1")
    yield from (o.KeyChanged(here, change, name, told_security=True) for change in o.Change)
    yield from (o.NothingToChange(here, change, last) for change in o.Change)
    yield o.LinkReady(claim(name), AT, URL)
    yield o.NothingToClaim()
    yield o.SecretWithheld(claim(name))
    yield from (o.Failed(fault, "1a2b3c4d", name) for fault in o.Fault)


def _questions(name: str) -> Iterable[o.Outcome]:
    here, where = located(name), place(name)
    yield o.WhichClaim((claim(name), claim(name)))
    yield o.NoSuchKey(name, name, (where, where))
    yield o.WhichKey(name, ((here, ShowKey(name, name)), (here, ShowKey(name, "b"))))
    yield o.NoSuchEnvironment(name, name, (where,))
    yield o.WhichEnvironment(((where, CreateKey(name, name)), (where, CreateKey(name))))
    yield from (Incomplete(spec, ()) for spec in COMMANDS if spec.required)
    yield Misunderstood("That is one word too many, `so`.", name)
    yield Misunderstood("That holds control characters.")
    yield Planned("key rotate")
    yield o.NotOffered()


def _refusals(name: str) -> Iterable[o.Outcome]:
    who, where, here = person(name), place(name), located(name)
    yield o.NameTaken(here)
    yield from (o.Barred(here, bar, f"key disable {name}") for bar in Bar)
    yield from (o.Denied(Action.KEY_CREATE, who, Refused(why, name), where) for why in Why)
    yield o.Denied(Action.KEY_CREATE, who, Refused(Why.ROLE))
    yield from (o.Unknown(mismatch, name) for mismatch in Mismatch)
    yield from (TurnedAway(ACTOR, doubt) for doubt in Doubt)


def _requests(name: str) -> Iterable[o.Outcome]:
    asked = [request_of(name, state) for state in State]
    yield from (d.Requested(each) for each in asked)
    yield from (d.NotAskable(why, each.approval, 1) for why in d.Unaskable for each in asked[:1])
    yield from (d.Voted(each, event) for event in Event for each in asked[:2])
    yield from (d.TooLate(each) for each in asked)
    yield from (d.MayNotDecide(asked[0], why) for why in Unfit)
    yield d.WordWanted(asked[1], ("comment", "confirm"))
    yield d.Voided(asked[1])
    yield d.Passed(asked[1])
    yield d.NoSuchRequest(name)
    yield from (d.RequestsListed(which, tuple(asked), more=True) for which in WHICH)
    yield d.RequestsListed("mine", (), more=False)
    yield o.MadeToClaim(claim(name))
    yield d.Renewed(asked[-2])
    yield from (d.RequestShown(each) for each in asked)
    yield o.Several((d.Requested(asked[1]), o.NoSuchEnvironment(name, name, (place(name),))))
    yield from (d.Delegated(None, None), d.Delegated(Actor("T1", "U2"), AT))


def request_of(name: str, state: State) -> Request:
    """A request whose every text is this one."""
    terms = Terms(
        Action.KEY_REQUEST,
        f"request x --reason {name}",
        "e1",
        name,
        name,
        "production",
        "814",
        name,
        ACTOR,
        Actor("T1", "U2"),
        name,
        timedelta(days=7),
    )
    said = Vote(
        ACTOR,
        name,
        "u1",
        frozenset({"admins"}),
        agrees=True,
        at=AT,
        fingerprint=terms.fingerprint,
        comment=name,
    )
    approval = Approval(2, ("key_roles",), ("admins",), reason=name, longest=timedelta(days=7))
    return Request(
        "c1r",
        terms,
        Asker(name, name, "admin"),
        approval,
        "rule-1",
        "v1",
        AT,
        AT,
        AT,
        Evidence((name,), 3, AT, True, name, 2, 1),  # noqa: FBT003  # as they stand
        state,
        (said, replace(said, by=Actor("T1", "U3"), cloudinary_id="u3", agrees=False)),
        outcome=name,
        ends_at=AT,
    )


def crowded(count: int) -> list[o.Outcome]:
    """What asks or tells of as many things as that."""
    here, where = located("ci-bot"), place("Staging")
    explanations = (_explained(where, DECISIONS[0], ()),) * count
    return [
        o.EnvironmentsListed((where,) * count),
        o.EnvironmentShown(where, (here,) * count),
        o.WhichClaim((claim("ci-bot"),) * count),
        o.WhichKey("ci-bot", ((here, ShowKey("ci-bot")),) * count),
        o.WhichEnvironment(((where, CreateKey("ci-bot")),) * count),
        o.NoSuchKey("ci-bot", None, (where,) * count),
        o.NoSuchEnvironment("Staging", None, (where,) * count),
        o.Explained("key show", explanations, person("Ann")),
    ]
