"""Reads a table of policy cases; an entry that would test nothing is a fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from yaml.nodes import Node, ScalarNode

from bot.adapters.cedar.annotations import decision_of
from bot.adapters.cedar.yaml_text import Fault, fields, flag, items, line, many, one_of, text, texts
from bot.domain.commands.grammar import Incomplete, Misunderstood, read_typed
from bot.domain.commands.registry import action_of
from bot.domain.commands.text import escape
from bot.domain.environments import Environment, Tier
from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import EVERYWHERE, GROUPS, Action, Question, RefusalReason, Refused
from bot.domain.policy_cases import AT_ONCE, AT_ONCE_TOLD, REFUSED, Case, described
from bot.errors import ConfigurationError

CASE: Final = ("who", "action", "command", "environment", "expect", "rule")
WHO: Final = ("role", "groups", "reaches", "key_right", "at_cloudinary", "id")
PLACE: Final = ("name", "tier", "id")
ALL: Final = "all"
DEFAULT_ID: Final = "somebody"
"""The Cloudinary user id of a person for whom the case gives none."""


@dataclass(frozen=True)
class _Who:
    """A person as a case describes them; `reaches` is None for access to every environment."""

    about: str
    role: Role | None
    groups: frozenset[str] = frozenset()
    reaches: tuple[str, ...] | None = None
    right: KeyRight | None = None
    id: str | None = DEFAULT_ID

    def person(self, place: Environment | None) -> Person:
        """This person, with access and right in this environment only."""
        reached = {place.id} if place and any(map(place.answers_to, self.reaches or ())) else set()
        environments = None if self.reaches is None else frozenset(reached)
        rights = ((place.id, self.right),) if place and self.right else None
        actor = Actor("", "")
        return Person(actor, self.about, "", self.role, self.id, environments, self.groups, rights)


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read the cases of a file; raises `ConfigurationError`, which names every fault by line."""
    cases, faults = list[Case](), list[str]()
    for node in items(path):
        try:
            cases += _cases(node)
        except Fault as fault:
            faults.append(f"{path}:{fault.line}: {fault}")
    if faults:
        raise ConfigurationError("\n".join(faults))
    return tuple(cases)


def _cases(node: Node) -> Iterator[Case]:
    """Read one entry: each combination of its people, actions and environments is a case."""
    given = fields(node, CASE, required=("who", "expect"))
    people = [who for each in many(given["who"]) for who in _people(each)]
    actions = _actions(node, given)
    expected = _expected(given["expect"])
    rule = text(given["rule"]) if "rule" in given else ""
    places = _places(node, given.get("environment"), actions)
    for who, action, place in product(people, actions, places):
        about = ", ".join([who.about, action, *([place.name] if place else [])])
        question = Question(who.person(place), action, place)
        yield Case(line(node), about, question, expected, rule)


def _people(node: Node) -> list[_Who]:
    """Read a role, a group of roles, or a person described by fields."""
    if isinstance(node, ScalarNode):
        roles = GROUPS.get(text(node)) or {one_of(Role, node)}
        return [_Who(role, role) for role in Role if role in roles]
    given = fields(node, WHO)
    if not flag(given.get("at_cloudinary"), default=True):
        if len(given) > 1:
            raise Fault(node, "whom Cloudinary does not know has nothing else there")
        return [_Who("not at Cloudinary", None, reaches=(), id=None)]
    role = one_of(Role, given["role"]) if "role" in given else None
    named = [text(given[name]) for name in ("role", "id") if name in given]
    groups = texts(given.get("groups"))
    right = one_of(KeyRight, given["key_right"]) if "key_right" in given else None
    id_ = text(given["id"]) if "id" in given else DEFAULT_ID
    about = " ".join([*(named or ["no role"]), *groups, *([f"may {right}"] if right else [])])
    reaches = texts(given["reaches"]) if "reaches" in given else (ALL,)
    reached = None if reaches == (ALL,) else reaches
    return [_Who(about, role, frozenset(groups), reached, right, id_)]


def _actions(node: Node, given: dict[str, Node]) -> list[Action]:
    if ("action" in given) == ("command" in given):
        raise Fault(node, "needs an action or a command, and not both")
    if "action" in given:
        return [one_of(Action, each) for each in many(given["action"])]
    return [_action_of(each) for each in many(given["command"])]


def _action_of(node: Node) -> Action:
    """The action of a command as a person types it."""
    reading = read_typed(escape(text(node).strip().removeprefix("/cld")))
    if isinstance(reading, Misunderstood):
        raise Fault(node, f"no command: {reading.problem}")
    return reading.spec.action if isinstance(reading, Incomplete) else action_of(reading)


def _places(node: Node, given: Node | None, actions: list[Action]) -> list[Environment | None]:
    concerned = {action not in EVERYWHERE for action in actions}
    if concerned == {True} and given is not None:
        return [_place(each) for each in many(given)]
    if concerned == {False} and given is None:
        return [None]
    names = ", ".join(sorted(EVERYWHERE))
    raise Fault(node, f"{names} concern no environment, everything else needs one")


def _place(node: Node) -> Environment:
    """Read a tier, the name of an environment, or an environment described by fields."""
    if isinstance(node, ScalarNode):
        name = text(node)
        return _of_tier(Tier(name)) if name in set(Tier) else Environment(name, name, name)
    given = fields(node, PLACE)
    tier = one_of(Tier, given["tier"]) if "tier" in given else None
    if "name" not in given:
        if tier is None:
            raise Fault(node, "needs a name or a tier")
        return _of_tier(tier, text(given["id"]) if "id" in given else "")
    name = text(given["name"])
    place = Environment(text(given.get("id", given["name"])), name, name)
    if tier not in {None, place.tier}:
        raise Fault(node, f"“{name}” is treated as {place.tier}, not as {tier}")
    return place


def _of_tier(tier: Tier, id_: str = "") -> Environment:
    return Environment(id_ or tier, tier.capitalize(), tier)


def _expected(node: Node) -> str:
    """Read the expected decision, written as `described` writes it."""
    if isinstance(node, ScalarNode):
        expected = text(node)
        if expected not in {AT_ONCE, AT_ONCE_TOLD, REFUSED}:
            known = f"“{AT_ONCE}”, “{AT_ONCE_TOLD}”, “{REFUSED}”"
            raise Fault(node, f"expect needs {known}, {{refused: …}} or {{approvals: …}}")
        return expected
    given = fields(node)
    if REFUSED in given:
        fields(node, (REFUSED,))
        return described(Refused(one_of(RefusalReason, given[REFUSED])))
    if "id" in given:
        raise Fault(node, "the @id that is expected stands beside, as rule: …")
    notes = {name: ", ".join(texts(value)) for name, value in given.items()}
    try:
        return described(decision_of("", "permit", notes))
    except ValueError as error:
        raise Fault(node, f"expect: {error}") from error
