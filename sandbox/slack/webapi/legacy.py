"""What came down to chat.* from older kinds of app: `as_user`, authorship, `parse`, `link_names`.

docs.slack.dev/reference/methods/chat.postMessage, reference/scopes/chat.write.customize.
"""

from typing import Final

from sandbox.slack.escaping import link_groups
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin

_CUSTOMIZE: Final = "chat:write.customize"
_AUTHORSHIP: Final = ("username", "icon_emoji", "icon_url")
_PARSE: Final = frozenset({None, "none", "full"})


def settled(twin: Twin, via: str, arguments: Payload) -> Payload:
    """Give the arguments as a new app's call is understood, or refuse them.

    `author` is the name and the icon that the message shows instead of the app's own.
    """
    if arguments.get("as_user"):
        raise Refusal("as_user_not_supported")
    if arguments.get("parse") not in _PARSE:
        raise Refusal("invalid_arguments", ["[ERROR] must be none or full: parse"])
    kept = {name: value for name, value in arguments.items() if name not in _AUTHORSHIP}
    wanted = {name: arguments[name] for name in _AUTHORSHIP if arguments.get(name)}
    if wanted and _CUSTOMIZE in twin.config.scopes:
        kept["author"] = _author(wanted)
    elif wanted:
        advice = f"{', '.join(sorted(wanted))} without {_CUSTOMIZE}"
        twin.journal.violated(via, "authorship_ignored", [advice], arguments)
    if arguments.get("text") and (arguments.get("link_names") or arguments.get("parse") == "full"):
        kept["text"] = link_groups(arguments["text"], twin.workspace)
    return kept


def _author(wanted: Payload) -> Payload:
    author: Payload = {"username": wanted["username"]} if "username" in wanted else {}
    if "icon_emoji" in wanted:  # which overrides an image
        return author | {"icons": {"emoji": wanted["icon_emoji"]}}
    if "icon_url" in wanted:
        return author | {"icons": {"image_48": wanted["icon_url"]}}
    return author
