"""Keysmith's own policy, decided by Cedar."""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from cedarpy import Diagnostics, Entities, PolicySet, Schema, is_authorized

from bot.adapters.cedar.facts import Facts, facts_of
from bot.adapters.cedar.rules import Rule, demand, read_rules
from bot.adapters.cedar.text import policy_set
from bot.domain.people import Person, Role
from bot.domain.policy import Decision, Explanation, Question, RefusalReason, Refused
from bot.domain.policy_lint import Permit
from bot.errors import ConfigurationError

SHIPPED: Final = Path(__file__).parents[3] / "policy"
GUARDS: Final = SHIPPED / "guards.cedar"
SCHEMA: Final = SHIPPED / "keysmith.cedarschema"
VERSION_DIGITS: Final = 12
"""Hex digits that tell one set of rules from another."""
REMEMBERED: Final = 10_000
"""Answers kept in memory; about 1 kB each, and far more than are asked for in a day."""

_NAMED: Final = re.compile(r'Environment::"([^"\\]+)"')
GROUPS: Final = ".groups"
"""How a rule speaks of somebody's groups."""
_PERSON: Final = re.compile(r'Person::"([^"\\]+)"')
_TEXT: Final = re.compile(r'"([^"\\]+)"')
_ERRING: Final = re.compile(r"policy `([^`]+)`")


class CedarPolicy:
    """The rules of one policy; they do not change while it lives."""

    def __init__(self, rules: dict[str, Rule], schema: Schema) -> None:
        policies = policy_set({id_: rule.policy for id_, rule in rules.items()})
        self._decisions = {id_: rule.decision for id_, rule in rules.items()}
        self._policies = PolicySet.from_json_str(policies)
        # The schema puts the actions into their groups.
        self._actions = Entities.from_json_str("[]", schema)
        named = {id_ for rule in rules.values() for id_ in _NAMED.findall(rule.text)}
        self._named = tuple(sorted(named))
        self.permits = tuple(_permit(rule) for rule in rules.values() if not _forbids(rule))
        texts = json.dumps({id_: rule.text for id_, rule in rules.items()}, sort_keys=True)
        self.version = hashlib.sha256(texts.encode()).hexdigest()[:VERSION_DIGITS]
        self._answer = lru_cache(maxsize=REMEMBERED)(self._evaluate)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a policy: one `.cedar` file, or every one in a directory.

        The guards and the schema are always the shipped ones.

        Raises:
            ConfigurationError: names each faulty rule by file and line, with the reason.

        """
        schema = _schema()
        files = sorted(path.glob("*.cedar")) if path.is_dir() else [path]
        own = [file for file in files if file.resolve() != GUARDS.resolve()]
        if not own:
            raise ConfigurationError(f"POLICY_FILE: no .cedar file in {path}")
        rules = read_rules([GUARDS, *own], schema)
        if all(map(_forbids, rules.values())):
            raise ConfigurationError(f"POLICY_FILE: no rule in {path} permits anything")
        return cls(rules, schema)

    def decide(self, question: Question) -> Decision:
        """Answer one question; what no rule permits is refused."""
        return min(map(self._answer, facts_of(question, self._named)), key=demand)

    def applying(self, question: Question) -> frozenset[str]:
        """Every rule that has a say in the answer: permits, or the forbids that beat them."""
        facts = facts_of(question, self._named)
        return frozenset(id_ for each in facts for id_ in self._found(each).reasons)

    def explain(self, question: Question) -> Explanation:
        """Answer for every role, reaching every environment, beside the asker's own answer."""
        asker, action, place = question.person, question.action, question.environment
        roles = tuple(
            (str(role), self.decide(Question(_any(role, asker), action, place))) for role in Role
        )
        return Explanation(action, place, self.decide(question), roles)

    def _found(self, facts: Facts) -> Diagnostics:
        entities = self._actions.with_added_json_str(facts.entities())
        return is_authorized(dict(facts.request()), self._policies, entities).diagnostics

    def _evaluate(self, facts: Facts) -> Decision:
        found = self._found(facts)
        if found.errors:
            # Cedar would pass over the rule; it could be the one that forbids.
            erring = _ERRING.search(found.errors[0])
            return Refused(RefusalReason.FORBIDDEN, erring[1] if erring else None)
        matched = [self._decisions[id_] for id_ in sorted(found.reasons)]
        return max(matched, key=demand, default=Refused(RefusalReason.ROLE))


def _schema() -> Schema:
    try:
        return Schema.from_str(SCHEMA.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The policy's schema is not usable: {SCHEMA}: {error}") from error


def _forbids(rule: Rule) -> bool:
    return isinstance(rule.decision, Refused)


def _permit(rule: Rule) -> Permit:
    return Permit(
        rule.id,
        rule.decision,
        people=frozenset(_PERSON.findall(rule.text)),
        environments=frozenset(_NAMED.findall(rule.text)),
        groups=frozenset(_TEXT.findall(rule.text) if GROUPS in rule.text else ()),
    )


def _any(role: Role, asker: Person) -> Person:
    """Somebody of this role who reaches everything."""
    return Person(asker.actor, "", "", role, f"any {role}", environments=None)
