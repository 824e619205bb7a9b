"""Commands about users and groups."""

from typing import Final

PLANNED: Final = (
    *("user list", "user show", "user add", "user role", "user disable", "user remove"),
    *("group list", "group show", "group add", "group remove"),
)
