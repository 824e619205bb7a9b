"""What a name that leads nowhere may mean: commands to offer, of which none runs by itself.

And whether a name that was typed to confirm a change is another one.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.commands.environments import CreateEnvironment, OfPlace, ShowEnvironment
from bot.domain.commands.grammar import Incomplete, Misunderstood, Reading
from bot.domain.commands.keys import CreateKey, EnableKey, KeyCommand, ListKeys
from bot.domain.commands.readings import write
from bot.domain.commands.registry import BY_CLASS, Command, Explain, name_of
from bot.domain.commands.requests import RequestKey
from bot.domain.environments import TIER_WORDS, Environment
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.environment_changes import EnvironmentProtected
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.groups import GroupUnconfirmed
from bot.domain.outcomes.keys import KeyProtected, NoSuchKey
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserToConfirm
from bot.domain.requests.limits import NotAskableReason

MOST: Final = 5
"""Suggestions in one answer."""
_NO_EMERGENCY: Final = {NotAskableReason.EMERGENCY, NotAskableReason.NO_ACCESS}
"""Reasons against an emergency that say nothing against a request."""
_InEnvironment = ListKeys | KeyCommand | RequestKey | OfPlace
_MaybeEmergency = RequestKey | CreateKey | EnableKey
_Unconfirmed = KeyProtected | EnvironmentProtected | GroupUnconfirmed


def suggesting(reading: Reading, outcome: Outcome) -> Outcome:
    """Add the command with the names that may be meant, and to a refusal the one that was typed."""
    if isinstance(outcome, Denied):
        return replace(outcome, command=typed(reading))
    if isinstance(outcome, _Unconfirmed):
        return replace(outcome, mistyped=_confirms(reading) and outcome.retry is not None)
    if isinstance(outcome, UserToConfirm):
        return replace(outcome, mistyped=_confirms(reading))
    instead: list[Command] = []
    if isinstance(outcome, NoSuchEnvironment):
        if isinstance(reading, ShowEnvironment):
            instead = [replace(reading, name=each) for each in _likely(outcome)]
        elif isinstance(reading, CreateEnvironment):
            instead = [replace(reading, copy_from=each) for each in _likely(outcome)]
        elif isinstance(reading, _InEnvironment) and reading.env == outcome.name:
            instead = [replace(reading, env=each) for each in _likely(outcome)]
        return replace(outcome, instead=tuple(instead))
    if isinstance(outcome, NoSuchKey) and outcome.nearest and isinstance(reading, KeyCommand):
        return replace(outcome, instead=(replace(reading, name=outcome.nearest),))
    if isinstance(outcome, NotAskable) and isinstance(reading, _MaybeEmergency):
        refused = outcome.reason in _NO_EMERGENCY
        normal = write(replace(reading, emergency=False)) if refused else ""
        return replace(outcome, normal=normal)
    return outcome


def _confirms(reading: Reading) -> bool:
    """Whether a command has a name to confirm it."""
    if isinstance(reading, Misunderstood | Incomplete | Explain):
        return False
    return "confirm" in BY_CLASS[type(reading)].texts(reading)


def typed(reading: Reading) -> str:
    """Name the command that was typed; empty where there is none."""
    if isinstance(reading, Misunderstood):
        return ""
    return reading.spec.name if isinstance(reading, Incomplete) else name_of(reading)


def _likely(outcome: NoSuchEnvironment) -> Sequence[str]:
    """Cloud names of environments that begin so, have the tier that is typed, or are alike."""
    name, known = outcome.name.casefold(), outcome.known
    begin = [each for each in known if name and _begins(each, name)]
    of_tier = [each for each in known if TIER_WORDS.get(name) is each.tier]
    alike = [each for each in known if outcome.nearest in {each.name, each.cloud_name}]
    return [*dict.fromkeys(each.cloud_name for each in (*begin, *of_tier, *alike))][:MOST]


def _begins(place: Environment, name: str) -> bool:
    return any(each.casefold().startswith(name) for each in (place.name, place.cloud_name))
