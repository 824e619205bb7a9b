"""Reads a user object of Slack's."""

from typing import Final

from bot.domain.people import Profile

SLACKBOT: Final = "USLACKBOT"
"""Slack's own bot; its user object has no flag for it."""

DAY: Final = 86_400
"""Seconds; no time zone is further from UTC."""


def read_profile(user: dict[str, object]) -> Profile:
    """Read a user object; an absent flag has the value that grants less."""
    found = user.get("profile")
    profile = found if isinstance(found, dict) else {}
    grid = user.get("enterprise_user")
    enterprise = grid if isinstance(grid, dict) else {}
    offset = user.get("tz_offset")
    return Profile(
        user_id=str(user.get("id", "")),
        team_id=str(user.get("team_id") or ""),
        name=str(user.get("real_name") or profile.get("real_name") or user.get("name") or ""),
        email=str(profile.get("email") or ""),
        email_confirmed=user.get("is_email_confirmed") is True,
        enterprise_id=str(enterprise.get("enterprise_id") or "") or None,
        deleted=user.get("deleted") is not False,
        bot=_any(user, "is_bot", "is_app_user", "is_workflow_bot", "is_connector_bot")
        or user.get("id") == SLACKBOT,
        guest=_any(user, "is_restricted", "is_ultra_restricted"),
        stranger=_any(user, "is_stranger"),
        invited=_any(user, "is_invited_user"),
        teams=_ids(enterprise.get("teams")) | _ids(user.get("teams")),
        locale=str(user.get("locale") or ""),
        zone=str(user.get("tz") or ""),
        offset=offset if isinstance(offset, int) and abs(offset) < DAY else None,
    )


def _ids(listed: object) -> frozenset[str]:
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def _any(user: dict[str, object], *flags: str) -> bool:
    return any(user.get(flag) for flag in flags)
