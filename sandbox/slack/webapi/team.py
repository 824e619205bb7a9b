"""team.info and bots.info: the workspace and the app in it."""

from sandbox.company import APP_ID, BOT_ID, BOT_USER_ID, COMPANY, DOMAIN, TEAM_DOMAIN, TEAM_ID
from sandbox.slack.payload import Payload
from sandbox.slack.refusals import Refusal
from sandbox.slack.twin import Twin


def team_info(twin: Twin, arguments: Payload) -> Payload:
    """team.info, only for this workspace."""
    del twin
    if arguments.get("domain"):
        raise Refusal("team_not_on_enterprise")
    if arguments.get("team", TEAM_ID) != TEAM_ID:
        raise Refusal("team_not_found")
    team = {"id": TEAM_ID, "name": COMPANY, "domain": TEAM_DOMAIN, "email_domain": DOMAIN}
    return {"team": {**team, "url": f"https://{TEAM_DOMAIN}.slack.com/"}}


def bots_info(twin: Twin, arguments: Payload) -> Payload:
    """bots.info, only for the app's own bot."""
    if not arguments.get("bot"):
        raise Refusal("missing_argument")
    if arguments["bot"] != BOT_ID:
        raise Refusal("bot_not_found")
    bot = twin.workspace.people[BOT_USER_ID]
    about = {"id": BOT_ID, "deleted": bot.deleted, "name": bot.name, "app_id": APP_ID}
    return {"bot": {**about, "user_id": BOT_USER_ID, "updated": int(twin.config.clock())}}
