"""Reference pages that the copied collection lacks, from docs.slack.dev/reference/methods.

A page has the arguments with their types and whether they are required, the bot's scopes (any one
of them is enough), and the tier.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sandbox.slack.payload import Payload

_CALLS: Final = {2: 20, 3: 50, 4: 100}
"""Calls per minute of a tier (docs.slack.dev/apis/web-api/rate-limits)."""
_PAGED: Final = {"cursor": "string", "limit": "number"}
_HISTORY: Final = {
    **_PAGED,
    "include_all_metadata": "boolean",
    "inclusive": "boolean",
    "latest": "",
    "oldest": "",
}
_CONVERSATIONS: Final = {
    **_PAGED,
    "exclude_archived": "boolean",
    "types": "string",
    "team_id": "string",
}
_CONVERSATION_SCOPES: Final = ("channels:read", "groups:read", "im:read", "mpim:read")
_REACTED: Final = {
    "channel": "string",
    "timestamp": "string",
    "file": "string",
    "file_comment": "string",
}
_STRING: Final = "string"


def _page(
    required: Mapping[str, str] | None = None,
    optional: Mapping[str, str] | None = None,
    scopes: tuple[str, ...] = (),
    tier: int | None = None,
) -> Payload:
    """Build a page in the collection's format."""
    args = {name: {"type": kind, "required": True} for name, kind in (required or {}).items()}
    args |= {name: {"type": kind, "required": False} for name, kind in (optional or {}).items()}
    page: Payload = {"args": args, "scopes": {"bot": [{"name": scope} for scope in scopes]}}
    if tier is not None:
        page["rate_limit"] = {"label": f"Tier {tier}: {_CALLS[tier]}+ per minute"}
    return page


PAGES: Final[Mapping[str, Payload]] = MappingProxyType(
    {
        "api.test": _page(optional={"error": "", "foo": ""}),
        "apps.manifest.export": _page({"app_id": _STRING}, tier=3),
        "auth.revoke": _page(optional={"test": "boolean"}, tier=3),
        "bots.info": _page(
            optional={"bot": _STRING, "team_id": _STRING}, scopes=("users:read",), tier=3
        ),
        "chat.delete": _page(
            {"channel": _STRING, "ts": _STRING},
            {"as_user": "boolean"},
            ("chat:write",),
            3,
        ),
        "chat.getPermalink": _page({"channel": _STRING, "message_ts": _STRING}),
        "conversations.history": _page({"channel": ""}, _HISTORY, tier=3),
        "conversations.replies": _page({"channel": "", "ts": ""}, _HISTORY, tier=3),
        "conversations.list": _page(
            optional=_CONVERSATIONS,
            scopes=_CONVERSATION_SCOPES,
            tier=2,
        ),
        "files.completeUploadExternal": _page(
            {"files": ""},
            {
                "blocks": "",
                "channel_id": "",
                "channels": _STRING,
                "icon_emoji": _STRING,
                "icon_url": _STRING,
                "initial_comment": _STRING,
                "thread_ts": _STRING,
                "username": "",
            },
            ("files:write",),
            4,
        ),
        "files.getUploadURLExternal": _page(
            {"filename": _STRING, "length": "number"},
            {"alt_txt": _STRING, "snippet_type": _STRING},
            ("files:write",),
            4,
        ),
        "files.info": _page(
            {"file": _STRING},
            {**_PAGED, "count": "number", "page": "number"},
            ("files:read",),
            4,
        ),
        "reactions.add": _page(
            {"channel": _STRING, "name": _STRING, "timestamp": _STRING},
            scopes=("reactions:write",),
            tier=3,
        ),
        "reactions.get": _page(
            optional={**_REACTED, "full": "boolean"},
            scopes=("reactions:read",),
            tier=3,
        ),
        "reactions.remove": _page({"name": _STRING}, _REACTED, ("reactions:write",), 2),
        "team.info": _page(
            optional={"team": _STRING, "domain": _STRING},
            scopes=("team:read",),
            tier=3,
        ),
        "usergroups.list": _page(
            optional={
                "include_count": "boolean",
                "include_disabled": "boolean",
                "include_users": "boolean",
                "team_id": _STRING,
            },
            scopes=("usergroups:read",),
            tier=2,
        ),
        "usergroups.users.list": _page(
            {"usergroup": _STRING},
            {"include_disabled": "boolean", "team_id": _STRING},
            ("usergroups:read",),
            2,
        ),
        "users.conversations": _page(
            optional={**_CONVERSATIONS, "exclude_muted": "boolean", "user": _STRING},
            scopes=_CONVERSATION_SCOPES,
            tier=3,
        ),
        "users.list": _page(
            optional={**_PAGED, "include_locale": "boolean", "team_id": _STRING},
            scopes=("users:read",),
            tier=2,
        ),
    }
)
