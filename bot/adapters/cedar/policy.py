"""Keysmith's own policy, decided by Cedar."""

import hashlib
import json
import re
from datetime import timedelta
from functools import lru_cache
from itertools import combinations, product
from pathlib import Path
from typing import Final, Self

from cedarpy import Diagnostics, Entities, Schema, is_authorized

from bot.adapters.cedar.facts import Facts, facts_of
from bot.adapters.cedar.rules import UNUSABLE, Rule, demand, disjoint, read_rules
from bot.adapters.cedar.text import policy_set
from bot.domain.environments import Environment, Tier
from bot.domain.link_rules import LEADS_TO_LINKS
from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import (
    EVERYWHERE,
    Action,
    Decision,
    Explanation,
    NeedsApproval,
    Question,
    RefusalReason,
    Refused,
)
from bot.domain.policy_lint import SOMEBODY, Permit, asking, imaginable
from bot.domain.policy_merge import LEAST, at_least, merge
from bot.domain.rotation_rules import NO_RULES, RotationRules
from bot.errors import ConfigurationError

SHIPPED: Final = Path(__file__).parents[3] / "policy"
GUARDS: Final = SHIPPED / "guards.cedar"
SCHEMA: Final = SHIPPED / "keysmith.cedarschema"
VERSION_DIGITS: Final = 12
"""Hex digits of the hash that identifies a set of rules."""
REMEMBERED: Final = 10_000
"""Cached answers, about 1 kB each; more than a day's questions."""
PEOPLE: Final = 8
"""Cached entities: a look at the policy asks for one person and place about each action."""

_ENVIRONMENT: Final = re.compile(r'Environment::"([^"\\]+)"')
_PERSON: Final = re.compile(r'Person::"([^"\\]+)"')
_TEXT: Final = re.compile(r'"([^"\\]+)"')
_ERRING: Final = re.compile(r"policy `([^`]+)`")

_GROUP: Final = "group:"


class CedarPolicy:
    """An immutable set of rules that answers questions."""

    def __init__(self, rules: dict[str, Rule], schema: Schema) -> None:
        self._decisions = {id_: rule.decision for id_, rule in rules.items()}
        self._policies = policy_set({id_: rule.policy for id_, rule in rules.items()})
        # The schema's entities are the actions with their groups.
        self._actions = Entities.from_json_str("[]", schema)
        found = {id_ for rule in rules.values() for id_ in _ENVIRONMENT.findall(rule.text)}
        self._environments = tuple(sorted(found))
        conditions = [rule.text for rule in rules.values() if ".groups" in rule.text]
        self._conditions = {name for text in conditions for name in _TEXT.findall(text)}
        self.permits = tuple(
            _permit(rule) for rule in rules.values() if not isinstance(rule.decision, Refused)
        )
        self._rotation = {id_: it.rotation for id_, it in rules.items() if it.rotation != NO_RULES}
        self._link_ttls = {id_: it.link_ttl for id_, it in rules.items() if it.link_ttl}
        self._leak_rules = frozenset(id_ for id_, rule in rules.items() if rule.leak)
        texts = json.dumps({id_: rule.text for id_, rule in rules.items()}, sort_keys=True)
        self.version = hashlib.sha256(texts.encode()).hexdigest()[:VERSION_DIGITS]
        self._answer = lru_cache(maxsize=REMEMBERED)(self._evaluate)
        self._rotating = lru_cache(maxsize=REMEMBERED)(self._rotate)
        self._linking = lru_cache(maxsize=REMEMBERED)(self._link)
        self._diagnosis = lru_cache(maxsize=REMEMBERED)(self._diagnose)
        self._entities = lru_cache(maxsize=PEOPLE)(self._actions.with_added_json_str)

    @classmethod
    def load(cls, path: Path, *, signs_in: bool = True) -> Self:
        """Read a policy from one `.cedar` file, or from all in a directory.

        `signs_in` is whether people can sign in with Slack, which a rule may demand.
        The guards and the schema are always the shipped ones. Raises `ConfigurationError`, which
        names each faulty rule by file and line.
        """
        try:
            schema = Schema.from_str(SCHEMA.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            fault = f"The policy's schema is not usable: {SCHEMA}: {error}"
            raise ConfigurationError(fault) from error
        files = sorted(path.glob("*.cedar")) if path.is_dir() else [path]
        own = [file for file in files if file.resolve() != GUARDS.resolve()]
        if not own:
            raise ConfigurationError(f"POLICY_FILE: no .cedar file in {path}")
        rules = read_rules([GUARDS, *own], schema)
        demanding = next((it for it in rules.values() if it.signs_in and not signs_in), None)
        if demanding:
            raise ConfigurationError(
                f'POLICY_FILE: {demanding.place}: @id("{demanding.id}") demands @signin, so links'
                " may not open without it. Set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, or remove"
                " @signin."
            )
        policy = cls(rules, schema)
        if not policy.permits:
            raise ConfigurationError(f"POLICY_FILE: no rule in {path} permits anything")
        policy.require_mergeable()
        return policy

    def require_mergeable(self) -> None:
        """Raise `ConfigurationError` for two rules that match together and share no approver.

        Only for fixed roles is it certain that no person has two of them.
        """
        rules = [it for it in self.permits if isinstance(it.decision, NeedsApproval)]
        apart = [pair for pair in combinations(rules, 2) if disjoint(*pair)]
        for first, second in apart:
            both = {first.id, second.id}
            if any(both <= self.applying(question) for question in imaginable(first)):
                raise ConfigurationError(
                    f'{UNUSABLE}@id("{first.id}") and @id("{second.id}") match'
                    " together, and no person is among the approvers of both. Name approvers that"
                    " both share, or let the rules match different things."
                )

    @property
    def approvers(self) -> frozenset[str]:
        """Every name in the rules, and of what no rule can lower."""
        decisions = (*LEAST.values(), *(it.decision for it in self.permits))
        approvals = [it.approval for it in decisions if isinstance(it, NeedsApproval)]
        every = (names for it in approvals for names in it.open_to(timedelta.max))
        return frozenset[str]().union(*every)

    @property
    def groups(self) -> frozenset[str]:
        """Names of Cloudinary groups in the rules, of approvers and in conditions."""
        approvals = [
            it.decision.approval for it in self.permits if isinstance(it.decision, NeedsApproval)
        ]
        parts = [part for approval in approvals for part in approval.parts]
        names = {name for it in parts for name in (*it.open_to(timedelta.max), *it.emergency)}
        named = {name.removeprefix(_GROUP) for name in names if name.startswith(_GROUP)}
        return frozenset(named | self._conditions)

    def decide(self, question: Question) -> Decision:
        """Answer one question; the answer is a refusal unless a rule permits."""
        return min(map(self._answer, facts_of(question, self._environments)), key=demand)

    def applying(self, question: Question) -> frozenset[str]:
        """Ids of the rules behind the answer: permits, or the forbids that override them."""
        facts = facts_of(question, self._environments)
        return frozenset(id_ for each in facts for id_ in self._diagnosis(each).reasons)

    def disables_leaked(self, environment: Environment) -> bool:
        """Whether a rule with @leak("disable") lets some role disable keys there."""
        if not self._leak_rules:
            return False
        nobody, action = Actor("", ""), Action.KEY_DISABLE
        anyone = (Person(nobody, "", "", it, f"any {it}", environments=None) for it in Role)
        asked = (Question(person, action, environment) for person in anyone)
        return any(self.applying(each) & self._leak_rules for each in asked)

    @property
    def says_rotation(self) -> bool:
        """Whether any rule says how often keys are rotated, or in which hours."""
        return bool(self._rotation)

    def rotation_rules(self, environment: Environment) -> RotationRules:
        """How often keys there are to be rotated, and in which hours Keysmith does it by itself.

        A rule counts for every key of an environment in which it lets any person rotate one.
        """
        return self._rotating(*self._kind(environment)) if self._rotation else NO_RULES

    def _rotate(self, id_: str, tier: Tier) -> RotationRules:
        applying = self._for_anyone(Action.KEY_ROTATE, id_, tier)
        return RotationRules.strictest(
            it for rule, it in self._rotation.items() if rule in applying
        )

    @property
    def says_link_ttl(self) -> bool:
        """Whether any rule says how long a link may live."""
        return bool(self._link_ttls)

    def link_ttl(self, environment: Environment) -> timedelta | None:
        """How long a link to a key there may live at most; None where the rules leave it open.

        A rule counts for every link of an environment in which it lets any person get one.
        """
        return self._linking(*self._kind(environment)) if self._link_ttls else None

    def _link(self, id_: str, tier: Tier) -> timedelta | None:
        found = (self._for_anyone(action, id_, tier) for action in LEADS_TO_LINKS)
        applying = frozenset[str]().union(*found)
        return min((it for rule, it in self._link_ttls.items() if rule in applying), default=None)

    def _kind(self, environment: Environment) -> tuple[str, Tier]:
        """What the rules can tell environments apart by."""
        known = environment.id in self._environments
        return environment.id if known else SOMEBODY, environment.tier

    def _for_anyone(self, action: Action, id_: str, tier: Tier) -> frozenset[str]:
        """Ids of the rules that apply to any person who does this there."""
        place = Environment(id_, tier.capitalize(), tier)
        where = None if action in EVERYWHERE else place
        ids = (SOMEBODY, *sorted({one for permit in self.permits for one in permit.people}))
        groups = frozenset[str]().union(*(permit.groups for permit in self.permits))
        kinds = product((None, *Role), ids, {frozenset[str](), groups}, (None, *KeyRight))
        asked = (Question(asking(*kind, place), action, where) for kind in kinds)
        return frozenset[str]().union(*map(self.applying, asked))

    def explain(self, question: Question) -> Explanation:
        """Answer for the person, and for each role with access to every environment."""
        actor, action, place = question.person.actor, question.action, question.environment
        anyone = (Person(actor, "", "", role, f"any {role}", environments=None) for role in Role)
        roles = tuple((str(it.role), self.decide(Question(it, action, place))) for it in anyone)
        rotation = self.rotation_rules(place) if place and action is Action.KEY_ROTATE else NO_RULES
        return Explanation(action, place, self.decide(question), roles, rotation)

    def _diagnose(self, facts: Facts) -> Diagnostics:
        entities = self._entities(facts.entities())
        return is_authorized(dict(facts.request()), self._policies, entities).diagnostics

    def _evaluate(self, facts: Facts) -> Decision:
        found = self._diagnosis(facts)
        if found.errors:
            # Cedar skips a rule that fails to evaluate; it could be the one that forbids.
            erring = _ERRING.search(found.errors[0])
            return Refused(RefusalReason.FORBIDDEN, erring[1] if erring else None)
        decision = _merged([self._decisions[id_] for id_ in sorted(found.reasons)])
        return at_least(facts.action, facts.role, decision)


def _merged(matched: list[Decision]) -> Decision:
    """Add the decisions of all rules that match up; forbids come without permits."""
    strictest = max(matched, key=demand, default=Refused(RefusalReason.ROLE))
    permits = [it for it in matched if not isinstance(it, Refused)]
    if isinstance(strictest, Refused):
        return strictest
    return merge(permits, strictest.policy)


def _permit(rule: Rule) -> Permit:
    return Permit(
        rule.id,
        rule.decision,
        people=frozenset(_PERSON.findall(rule.text)),
        environments=frozenset(_ENVIRONMENT.findall(rule.text)),
        groups=frozenset(_TEXT.findall(rule.text) if ".groups" in rule.text else ()),
    )
