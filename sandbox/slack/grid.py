"""Enterprise Grid: where a workspace of an organisation puts the ids, as Slack's samples show.

slackapi/java-slack-sdk has the places: at the top of a command, inside `team` or `enterprise` of an
interaction, in `authorizations` of an event; `user.team_id` may be the organisation's id
(docs.slack.dev, block_suggestion) or another workspace (bolt-js 1875).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox.company import COMPANY, TEAM_ID, Person
from sandbox.slack.acks import Kind
from sandbox.slack.payload import Payload

ENTERPRISE_ID: Final = "E0LUMEN01"
SISTER_TEAM_ID: Final = "T0LUMEN02"
"""Another workspace of the organisation."""


class Place(StrEnum):
    """Where an interaction has the organisation's id."""

    TEAM = "team"
    ENTERPRISE = "enterprise"
    NOWHERE = "nowhere"


@dataclass
class Grid:
    """How this organisation's payloads look; `home` is what `user.team_id` says."""

    press: Place = Place.TEAM
    home: str = TEAM_ID

    def placed(self, kind: Kind, payload: Payload) -> Payload:
        """Add the organisation to a payload."""
        match kind:
            case Kind.COMMAND:
                return payload | {"enterprise_id": ENTERPRISE_ID, "enterprise_name": COMPANY}
            case Kind.EVENT:
                first = payload["authorizations"][0] | {"enterprise_id": ENTERPRISE_ID}
                return payload | {"authorizations": [first]}
            case Kind.INTERACTION:
                return payload | self._of_interaction(payload)

    def _of_interaction(self, payload: Payload) -> Payload:
        user, team, enterprise = payload["user"], payload["team"], None
        if user["team_id"] == TEAM_ID:
            user = user | {"team_id": self.home}
        if self.press is not Place.NOWHERE:
            team = team | {"enterprise_id": ENTERPRISE_ID, "enterprise_name": COMPANY}
        if self.press is Place.ENTERPRISE:
            enterprise = {"id": ENTERPRISE_ID, "name": COMPANY}
        return {"user": user, "team": team, "enterprise": enterprise}


def as_member(person: Person, user: Payload) -> Payload:
    """The user object of a member of the organisation: without `team_id`, with a list of teams."""
    if person.team_id != TEAM_ID:
        return user
    teams = [SISTER_TEAM_ID, TEAM_ID]
    enterprise = {
        "id": person.id,
        "enterprise_id": ENTERPRISE_ID,
        "enterprise_name": COMPANY,
        "is_admin": False,
        "is_owner": False,
        "teams": teams,
    }
    shown = {name: value for name, value in user.items() if name != "team_id"}
    return shown | {"enterprise_user": enterprise, "teams": teams}
