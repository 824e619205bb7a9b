"""How much an environment is used: what stops when it is disabled."""

from bot.domain.environments import Environment
from bot.domain.outcomes.environment_changes import Uses
from bot.errors import Forbidden
from bot.flows.ports import AccountReader


async def uses_of(account: AccountReader, place: Environment) -> Uses:
    """Count the enabled keys, and find when one of them was created or changed last."""
    try:
        keys = await account.keys(place.id)
    except Forbidden:
        return Uses(None)
    times = [it for key in keys for it in (key.created_at, key.updated_at) if it]
    return Uses(sum(key.enabled for key in keys), max(times, default=None))
