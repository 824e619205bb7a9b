from pathlib import Path

import pytest
from cedarpy import Entities, Schema

from bot.adapters.cedar.facts import Facts, Place
from bot.adapters.cedar.policy import SCHEMA, SHIPPED, CedarPolicy
from bot.domain.environments import Tier
from bot.domain.people import KeyRight, Role
from bot.domain.policy import Action, Allowed, Question, RefusalReason, Refused
from tests.unit.policy_cases import DEV, person

PLACES = [
    Place("e1", tier, has_access=True, key_right=right)
    for tier in Tier
    for right in [*KeyRight, None]
]


def written(directory: Path, text: str) -> CedarPolicy:
    """The policy of this text beside the guards."""
    (directory / "own.cedar").write_text(text, encoding="utf-8")
    return CedarPolicy.load(directory)


def test_an_answer_is_remembered_for_equal_facts_only(tmp_path: Path) -> None:
    """Another policy, person, access, right or action has its own answer."""
    mine = '@id("mine") permit (principal == Person::"u1", action == Action::"key:list", resource);'
    own, shipped = written(tmp_path, mine), CedarPolicy.load(SHIPPED)
    far = person(environments=frozenset())
    protected = person(rights={})
    for _ in range(2):
        assert Allowed("mine") == own.decide(Question(person(), Action.KEY_LIST, DEV))
        assert Refused(RefusalReason.ROLE) == shipped.decide(
            Question(person(), Action.KEY_LIST, DEV)
        )
        assert Refused(RefusalReason.ROLE) == own.decide(Question(person(), Action.KEY_SHOW, DEV))
        you = person(cloudinary_id="u2")
        assert Refused(RefusalReason.ROLE) == own.decide(Question(you, Action.KEY_LIST, DEV))
        assert isinstance(own.decide(Question(far, Action.KEY_LIST, DEV)), Refused)
        assert isinstance(own.decide(Question(protected, Action.KEY_LIST, DEV)), Refused)
    remembered = own._answer.cache_info()
    assert remembered.hits == remembered.misses


@pytest.mark.parametrize("place", [*PLACES, None])
@pytest.mark.parametrize("role", [*Role, None])
def test_the_facts_fit_the_schema(place: Place | None, role: Role | None) -> None:
    """The adapter's entities fit the schema by which rules are validated."""
    schema = Schema.from_str(SCHEMA.read_text(encoding="utf-8"))
    action = Action.KEY_LIST if place else Action.HELP
    facts = Facts(action, "u1", role, frozenset({"g"}), at_cloudinary=True, place=place)
    plain = Entities.from_json_str("[]", schema)
    assert len(plain) + 2 == len(Entities.from_json_str(facts.entities(), schema))


@pytest.mark.parametrize("action", Action)
def test_the_schema_knows_every_action(tmp_path: Path, action: Action) -> None:
    """A rule can name each action."""
    text = f'@id("x") permit (principal, action == Action::"{action}", resource);'
    decision = written(tmp_path, text).decide(Question(person(Role.ADMIN), action, DEV))
    assert not isinstance(decision, Refused)
    assert "x" == decision.policy
