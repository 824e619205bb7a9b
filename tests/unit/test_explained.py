"""What explains a command says each thing once."""

from bot.cards.explained import NAMED, explained
from bot.cards.kit import plain
from bot.domain.environments import Environment
from bot.domain.outcomes.access import Explained
from bot.domain.policy import (
    Action,
    Allowed,
    Approval,
    Decision,
    Explanation,
    NeedsApproval,
    RefusalReason,
    Refused,
)
from tests.unit.outcomes_made import person

ALLOWED = Allowed("rule-1")
VOTED = NeedsApproval("rule-2", Approval(1, ("admins",)))
REFUSED = Refused(RefusalReason.ROLE)


def of(name: str, own: Decision = VOTED) -> Explanation:
    """The answer for one environment, whose tier is that of its name."""
    place = Environment(name, name, name)
    return Explanation(Action.KEY_DELETE, place, own, (("admin", ALLOWED), ("billing", REFUSED)))


def drawn(*explanations: Explanation) -> list[str]:
    """The lines of the card, without its title."""
    asked = Explained("key delete x", explanations, person("Ann"))
    return plain(explained(asked)).splitlines()[1:]


def test_environments_of_a_tier_are_explained_together() -> None:
    """In the order of their tiers, each with its name"""
    lines = drawn(of("Shop"), of("Staging", ALLOWED), of("Media"))
    assert lines == [
        "Staging",
        "- You: no approval needed. Rule: rule-1",
        "- Admin: no approval needed. Rule: rule-1",
        "- Billing: not allowed. No rule permits it.",
        "Production (2 environments): Shop and Media",
        "- You: needs 1 approval from an Admin or Master admin (not you). Rule: rule-2",
        "- Admin: no approval needed. Rule: rule-1",
        "- Billing: not allowed. No rule permits it.",
    ]


def test_an_environment_with_a_rule_of_its_own_is_apart() -> None:
    """Whatever its tier is"""
    titles = [
        each for each in drawn(of("Shop"), of("Vault", REFUSED), of("Media")) if each[0] != "-"
    ]
    assert titles == ["Production (2 environments): Shop and Media", "Vault (Production)"]


def test_many_environments_are_counted() -> None:
    """A line names a few"""
    title = drawn(*(of(f"Shop {number}") for number in range(NAMED + 3)))[0]
    assert title.startswith("Production (8 environments): Shop 0, Shop 1,")
    assert title.endswith("Shop 4 and 3 more")
