"""Who sent a delivery and where from: the one reading of every place where Slack puts the ids.

On Enterprise Grid the enterprise's id stands at the top of a command, inside `team` or
`enterprise` of a press, in `authorizations` of an event, or nowhere, and `user.team_id` may be the
enterprise or another of its workspaces. The workspace that the bot serves and the user's id are
the same in all of them, and they are the actor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.people import Actor, Workspace

Body = dict[str, object]
Place = tuple[str, ...]

TEAMS: Final[tuple[Place, ...]] = (
    ("team", "id"),
    ("team_id",),
    ("view", "team_id"),
    ("user", "team_id"),
)
"""Places of the workspace that a delivery belongs to; the first that is filled counts."""
USERS: Final[tuple[Place, ...]] = (
    ("user", "id"),
    ("user_id",),
    ("event", "user", "id"),
    ("event", "user"),
)
"""Places of the person's id; a command has no object `user`."""
HOMES: Final[tuple[Place, ...]] = (
    ("user", "team_id"),
    ("event", "user", "team_id"),
    ("event", "user_team"),
    ("event", "source_team"),
)
"""Places of the person's own team; a message in a shared channel has it beside the user's id."""
CHANNELS: Final[tuple[Place, ...]] = (
    ("channel", "id"),
    ("channel_id",),
    ("container", "channel_id"),
)
"""Places of the channel where the person is; a modal and App Home have none."""
ENTERPRISES: Final[tuple[Place, ...]] = (
    ("enterprise_id",),
    ("enterprise", "id"),
    ("team", "enterprise_id"),
)
"""Places of the enterprise; `authorizations` of an event have it too."""


@dataclass(frozen=True)
class Origin:
    """The ids of one delivery; `home` is the person's own team, where Slack names it."""

    teams: frozenset[str]
    user_id: str
    home: str
    enterprise_id: str

    def actor(self, workspace: Workspace) -> Actor:
        """Give the actor of a delivery to this workspace.

        A person of another team is another actor, unless an enterprise has both teams: then its
        user ids are unique, and the profile tells whether they are a member here.
        """
        same = {"", workspace.id, workspace.enterprise_id}
        foreign = self.home not in same and not (workspace.enterprise_id or self.enterprise_id)
        team = self.home if foreign else workspace.id
        return Actor(team, self.user_id, workspace.enterprise_id)


def origin_of(body: Body) -> Origin:
    """Read a delivery of any type."""
    listed = body.get("authorizations")
    granted = (
        [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    )
    teams = {_first(body, TEAMS), *(_at(each, ("team_id",)) for each in granted)}
    enterprises = [_first(body, ENTERPRISES), *(_at(each, ("enterprise_id",)) for each in granted)]
    return Origin(
        teams=frozenset(filter(None, teams)),
        user_id=_first(body, USERS),
        home=_first(body, HOMES),
        enterprise_id=next(filter(None, enterprises), ""),
    )


def channel_of(body: Body) -> str:
    """Read where the person is; empty where Slack does not say."""
    return _first(body, CHANNELS)


def bot_of(body: Body) -> str:
    """Read the bot's own user id, which an event has in its authorizations."""
    listed = body.get("authorizations")
    granted = listed if isinstance(listed, list) else []
    bots = [each for each in granted if isinstance(each, Mapping) and each.get("is_bot")]
    return _at(bots[0], ("user_id",)) if bots else ""


def _first(body: Body, places: tuple[Place, ...]) -> str:
    return next(filter(None, (_at(body, place) for place in places)), "")


def _at(body: Mapping[str, object], place: Place) -> str:
    value: object = body
    for name in place:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
