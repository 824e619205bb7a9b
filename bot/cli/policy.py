"""`policy test|explain`: tries a policy out, without Slack and Cloudinary."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.adapters.cedar.cases import read_cases
from bot.adapters.cedar.policy import CedarPolicy
from bot.cards.explained import explained
from bot.cards.kit import plain
from bot.cards.people import ROLES
from bot.cli import Subparsers
from bot.domain.commands.grammar import Misunderstood, read_typed, render
from bot.domain.commands.registry import Command, Explain, action_of
from bot.domain.commands.text import escape, quote
from bot.domain.environments import Environment, Tier
from bot.domain.outcomes.access import Explained
from bot.domain.people import Actor, Person, Role
from bot.domain.policy import EVERYWHERE, Decision, Question
from bot.domain.policy_cases import REFUSED, Case, described
from bot.errors import ConfigurationError
from bot.settings import PolicySettings, read_settings

STRANGER = "none"
"""The role of a person who has no user at Cloudinary."""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command and its verbs."""
    policy = subparsers.add_parser("policy", help="try the policy out, offline")
    policy.set_defaults(run=run)
    policy.add_argument("--policy", type=Path, help="a policy to use in place of POLICY_FILE")
    verbs = policy.add_subparsers(dest="verb", required=True, metavar="test|explain")
    test = verbs.add_parser("test", help="compare the policy with a table of cases")
    test.add_argument("file", type=Path, help="the table, such as policy/cases.yaml")
    about = "who could run a command, and who would have to approve"
    explain = verbs.add_parser("explain", help=about)
    explain.add_argument("role", help="whose view: a fixed role, or none for no user at Cloudinary")
    explain.add_argument("words", nargs=argparse.REMAINDER, help="the command, without /cld")


async def run(arguments: argparse.Namespace) -> int:
    """Run one of the verbs; neither calls a service."""
    policy: Path = arguments.policy or read_settings(PolicySettings).policy_file
    if arguments.verb == "test":
        return try_cases(policy, arguments.file)
    return explain(policy, arguments.role, arguments.words)


def try_cases(policy_file: Path, path: Path) -> int:
    """Test a policy with a table of cases; the exit code is 0 if all of them hold.

    Raises `ConfigurationError` if the policy or the table is not usable.
    """
    policy = CedarPolicy.load(policy_file)
    answers = [(case, policy.decide(case.question)) for case in read_cases(path)]
    missed = [(case, got) for case, got in answers if not case.met_by(got)]
    sys.stdout.writelines(_miss(path, case, got) for case, got in missed)
    sys.stdout.write(f"{len(answers) - len(missed)} of {len(answers)} cases hold.\n")
    return 1 if missed else 0


def _miss(path: Path, case: Case, got: Decision) -> str:
    required = f", by rule {case.rule}" if case.rule else ""
    by = f"by rule {got.policy}" if got.policy else "no rule permits it"
    expected = case.expected if case.expected != REFUSED else "refused, for whatever reason"
    return (
        f"FAILED  {path}:{case.line}: {case.about}\n"
        f"        expected {expected}{required}\n"
        f"        got      {described(got)}, {by}\n"
    )


def explain(policy_file: Path, role: str, words: Sequence[str]) -> int:
    """Print who may run a command and who approves it, as `/cld explain` does, from the rules.

    Raises `ConfigurationError` if the policy is not usable, or there is no such role or command.
    """
    policy = CedarPolicy.load(policy_file)
    person, command = _person(role), _command(words)
    questions = [Question(person, action_of(command), place) for place in _places(command)]
    outcome = Explained(render(command), tuple(map(policy.explain, questions)), person)
    sys.stdout.write(f"You are: {person.name}.\n{plain(explained(outcome))}\n")
    return 0


def _person(role: str) -> Person:
    actor = Actor("", "")
    if role == STRANGER:
        return Person(actor, "a member of the workspace, not at Cloudinary", "")
    if role not in set(Role):
        raise ConfigurationError(f"There is no role “{role}”; there are {', '.join(Role)}, none.")
    known = Role(role)
    return Person(actor, f"any {ROLES[known]}", "", known, f"any {known}", environments=None)


def _command(words: Sequence[str]) -> Command:
    text = words[0] if len(words) == 1 else " ".join(map(_word, words))
    reading = read_typed(f"explain {escape(text.removeprefix('/cld'))}")
    if isinstance(reading, Explain):
        return reading.command
    if isinstance(reading, Misunderstood):
        right = reading.hint or reading.usage
        raise ConfigurationError(" ".join(filter(None, [str(reading.problem), right])))
    raise ConfigurationError(f"`{text}` is not a command.")


def _word(word: str) -> str:
    """Quote one argument of the shell for the grammar; an option stays an option."""
    option, equals, value = word.partition("=")
    if not option.startswith("--"):
        return quote(word)
    return f"{option}={quote(value)}" if equals else option


def _places(command: Command) -> list[Environment] | list[None]:
    """The environment that the command names; without a name, one of each tier."""
    if action_of(command) in EVERYWHERE:
        return [None]
    named = str(getattr(command, "env", None) or "")
    if named:
        return [Environment(named, named, named)]
    return [Environment(tier, tier.capitalize(), tier) for tier in Tier]
