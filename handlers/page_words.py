"""What the page of a link says. The script gets its messages from the page, with their names."""

import html
import json
from collections.abc import Mapping
from typing import Final, assert_never

from bot.domain.languages import Language
from bot.domain.phrases import Anchor, Mention, Moment, Phrase, Plain, Text, msg, spread
from bot.domain.sign_in import Unproven

PAGE: Final = {
    "page_title": msg("Keysmith: credentials"),
    "waiting": msg("Your credentials are ready"),
    "waiting_how": msg(
        "You can reveal them one time. Revealing also enables the key."
        " Have a safe place ready to save them."
    ),
    "waiting_press": msg("Reveal credentials (one time)"),
    "waiting_more": msg("Opening or reloading this page doesn't use up the link."),
    "ask": msg("Passphrase"),
    "ask_how": msg("You chose it in Slack. This link ends after five wrong ones."),
    "shut": msg("This link has ended"),
    "shut_reason": msg(
        "Too many wrong passphrases ended it. Nothing was revealed, and the key stays disabled."
    ),
    "needs_script": msg(
        "This page needs JavaScript. Your browser decrypts the credentials, so the server never has"
        " the key to this link."
    ),
    "shown": msg("Credentials"),
    "shown_once": msg("Save them now. You can't reveal them again."),
    "shown_clear": msg("Clear this page"),
    "longer": msg("Keep for 5 more minutes"),
    "download": msg("Download .env"),
    "use": msg("Use the credentials"),
    "use_how": msg(
        "Each example reads the credentials from environment variables, so no secret is in your"
        " code or your shell history."
    ),
    "use_where": msg("Where"),
    "use_copy": msg("Copy example"),
    "try_how": msg(
        "To try the credentials, run the test command and enter the API secret when it asks."
        " The secret stays out of your shell history."
    ),
    "opened": msg("This link has been used"),
    "opened_next": msg(
        "If that wasn't you, disable the key now with `/cld key disable` in Slack, then create a"
        " new one."
    ),
    "gone": msg("This link is no longer valid"),
    "gone_reason": msg(
        "Nothing was revealed. The link expired or was revoked, a newer link replaced it, or the"
        " address is wrong."
    ),
    "gone_next": msg("To get a new link, type `/cld claim` in Slack."),
    "gone_check": msg(
        "A used link also ends here after a few hours. If you never saw the credentials, check the"
        " key with `/cld key show`. If it's enabled, disable it."
    ),
    "broken": msg("Something went wrong"),
    "broken_reason": msg(
        "Keysmith can't check this link right now. Nothing was revealed. Reload this page in a"
        " minute."
    ),
    "broken_next": msg("If this keeps happening, give your admin this error id: {id}"),
    "foreign": msg("This link isn't for you"),
    "foreign_reason": msg(
        "You signed in with Slack as another person. Nothing was revealed, and the link still works"
        " for the person it was created for. Keysmith told them and your security team."
    ),
    "foreign_next": msg(
        "If it's yours, go back to the link and sign in with the Slack account that received it."
        " For credentials of your own, type `/cld request` in Slack."
    ),
    "unsigned": msg("You aren't signed in"),
    "unsigned_reason": msg("Slack didn't confirm who you are."),
    "unsigned_next": msg(
        "Nothing was revealed, and the link still works. Open it again to sign in: go back, or use"
        " your Slack message."
    ),
    "back": msg("Back to the link"),
    "who_opens": msg(
        "Anyone who has this complete link can open it: Keysmith doesn't ask who you are."
    ),
    "cut": msg("This link is incomplete"),
    "cut_next": msg(
        "The part after `#` is missing or cut off. A page that revealed its credentials removes it"
        " too. To see if the link still works, open it from your Slack message again."
    ),
    "cleared": msg("This page is cleared"),
    "cleared_next": msg("The credentials are no longer on this page. You can close it."),
}
"""By the names in `reveal.html`."""

STOPPED: Final = msg(
    "Keysmith has stopped because its data went back to an earlier state. Nothing was revealed."
    " After your admin recovers it, type `/cld claim` in Slack to get a new link. If nothing is"
    " ready to collect then, request credentials again."
)
"""A halt lasts until a person ends it, so a minute helps nothing."""

UNDECIDED: Final = msg(
    "Keysmith can't check your sign-in right now. Try again in a minute. If this keeps happening,"
    " give your admin this error id: {id}"
)
ONLY_OWNER: Final = msg("Only the person this link was created for can open it.")
BOTH: Final = msg("Only the person this link was created for can open it, with its passphrase.")
NOT_SIGNED_IN: Final[Mapping[Unproven, Phrase]] = {
    Unproven.CANCELLED: msg("You cancelled the sign-in, or Slack refused it."),
    Unproven.ELSEWHERE: msg(
        "This sign-in began in another browser, took too long, or was used already, or your browser"
        " blocks cookies."
    ),
    Unproven.REFUSED: PAGE["unsigned_reason"],
    Unproven.NONCE: PAGE["unsigned_reason"],
    Unproven.TIME: msg(
        "Slack's answer is too old or from the future. Ask your admin to check the server's clock."
    ),
}

SCRIPT: Final = {
    "cloud_name": msg("Cloud name"),
    "api_key": msg("API key"),
    "api_secret": msg("API secret"),
    "try": msg("Test command"),
    "whose": msg(
        "For {owner} of {workspace}: key {key} in {environment}, fingerprint {terms}."
        " If that isn't you, close this page."
    ),
    "whose_role": msg(
        "For {owner} of {workspace}: key {key} in {environment} with the role {role}, fingerprint"
        " {terms}. If that isn't you, close this page."
    ),
    "reveal_as": msg("Reveal credentials as {owner}"),
    "sign_in": msg("Sign in with Slack as {owner}"),
    "sign_in_over": msg("Your sign-in is over. Nothing was revealed. Sign in again."),
    "no_storage": msg(
        "Your browser blocks this page's storage, which signing in needs. Nothing was revealed."
        " Allow it, or open the link in another browser."
    ),
    "passphrase": msg("This link opens only with its passphrase."),
    "checking": msg("Checking the passphrase…"),
    "wrong": msg("Wrong passphrase. Nothing was revealed. Tries left: {left}"),
    "enabling": msg("Enabling the key…"),
    "title": msg("Credentials for {name} in {environment}"),
    "fingerprint": msg("Fingerprint {fingerprint}. It matches the one in your Slack message."),
    "show": msg("Show"),
    "show_field": msg("Show {field}"),
    "hide": msg("Hide"),
    "hide_field": msg("Hide {field}"),
    "copy": msg("Copy"),
    "copy_field": msg("Copy {field}"),
    "copied": msg("{field} copied."),
    "copied_secret": msg(
        "{field} copied. In a minute, this page clears your clipboard if your browser allows it."
    ),
    "clipboard_cleared": msg("Your clipboard is cleared."),
    "downloaded": msg(
        "{file} downloaded. It contains the secret: keep it out of your repository, and delete it"
        " when you no longer need it."
    ),
    "forgets_in": msg("This page forgets the credentials in {time}."),
    "forgets_soon": msg("This page forgets the credentials in a minute."),
    "not_copied": msg("Your browser blocked copying. Select the {field} shown above and copy it."),
    "opened_at": msg(
        "The credentials were revealed on {time} (your time). They can't be revealed again."
    ),
    "again": msg("Keysmith isn't responding. Trying again…"),
    "offline": msg("You're offline. Nothing was revealed yet. Trying again…"),
    "no_https": msg(
        "Your browser can't decrypt credentials on this page: it needs https. Nothing was revealed."
    ),
    "unread": msg(
        "Keysmith didn't respond, or its response couldn't be read. Reload this page to see if the"
        " link still works."
    ),
    "unknown": msg("Something went wrong. Reload this page to see if the link still works."),
    "not_enabled": msg("{happened} Nothing was revealed. Error id: {id}"),
    "refused": msg(
        "Keysmith refused this request. Nothing was revealed. Open the link from Slack again."
    ),
    "limited": msg(
        "Keysmith receives too many visits to links that don't open, from your network or in all."
        " Nothing was revealed. Reload this page in a minute."
    ),
    "being_opened": msg(
        "This link is being used right now, here or in another window. Try again in a minute."
    ),
    "no_longer_allowed": msg(
        "You no longer have access to these credentials. Nothing was revealed, and the key stays"
        " disabled."
    ),
    "moves_signer": msg(
        "Enabling this key would change which key signs webhook notifications. Nothing was"
        " revealed, and the key stays disabled. Ask an admin to pin the present signer with"
        " /cld key webhook, then press again."
    ),
    "signs": msg(
        "No other key of this environment is enabled, so this key signs its webhook notifications."
    ),
}
"""By the names in `reveal.js`, which gives the placeholders their values."""


def texts(
    language: Language,
    error_id: str,
    reason: Phrase | None,
    *,
    signs_in: bool = False,
) -> dict[str, str]:
    """Put the page in a language, as HTML; `reason` tells why it is broken, or no one signed in."""
    replaced = {"broken_reason": reason, "unsigned_reason": reason} if reason else {}
    replaced |= {"who_opens": ONLY_OWNER} if signs_in else {}
    page = {
        name: each.fill(id=Text(error_id, code=True)) for name, each in (PAGE | replaced).items()
    }
    said = SCRIPT | ({"passphrase": BOTH} if signs_in else {})
    script = {name: language.one(each.one) for name, each in said.items()}
    return {name: markup(each, language) for name, each in page.items()} | {
        # In a data block: `<` could end it, and nothing else means anything there.
        "script": json.dumps(script, ensure_ascii=False).replace("<", "\\u003c"),
        "language": language.code,
        "direction": language.direction,
    }


def markup(phrase: Phrase, language: Language) -> str:
    """Write a phrase as HTML."""
    return "".join(_span(each, language) for each in spread(phrase, language))


def _span(span: Plain, language: Language) -> str:
    match span:
        case Text(text, code=True):
            return f'<code dir="ltr">{html.escape(text)}</code>'
        case Text(text):
            return html.escape(text)
        case Moment(at):
            words = html.escape(language.moment(at))
            return f'<time datetime="{at.isoformat()}">{words}</time>'
        case Mention(user_id):
            return html.escape(user_id)
        case Anchor(label):
            return markup(label, language)
        case _:
            assert_never(span)
