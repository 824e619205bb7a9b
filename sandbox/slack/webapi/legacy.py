"""Arguments of chat.* from older kinds of apps: `as_user`, authorship, `parse`, `link_names`.

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


def normalized(twin: Twin, via: str, arguments: Payload) -> Payload:
    """Give the arguments as Slack understands them from a new app, or refuse them.

    `author` is the name and the icon that the message shows instead of the app's own.
    """
    if arguments.get("as_user"):
        raise Refusal("as_user_not_supported")
    if arguments.get("parse") not in _PARSE:
        raise Refusal("invalid_arguments", ["[ERROR] must be none or full: parse"])
    kept = {name: value for name, value in arguments.items() if name not in _AUTHORSHIP}
    authorship = {name: arguments[name] for name in _AUTHORSHIP if arguments.get(name)}
    if authorship and _CUSTOMIZE in twin.config.scopes:
        kept["author"] = _author(authorship)
    elif authorship:
        advice = f"{', '.join(sorted(authorship))} without {_CUSTOMIZE}"
        twin.journal.violated(via, "authorship_ignored", [advice], arguments)
    if arguments.get("text") and (arguments.get("link_names") or arguments.get("parse") == "full"):
        kept["text"] = link_groups(arguments["text"], twin.workspace)
    return kept


def _author(authorship: Payload) -> Payload:
    author: Payload = {"username": authorship["username"]} if "username" in authorship else {}
    if "icon_emoji" in authorship:  # it overrides an image
        return author | {"icons": {"emoji": authorship["icon_emoji"]}}
    if "icon_url" in authorship:
        return author | {"icons": {"image_48": authorship["icon_url"]}}
    return author
