"""The seed of the sandbox: a company's people and channels at Slack.

What it has at Cloudinary is in `sandbox.at_cloudinary`: an email address belongs to the same
person in both. Everything is made up; ids have the formats of the real services.
"""

from dataclasses import dataclass

COMPANY = "Lumen Goods"
TEAM_ID = "T0LUMEN01"
TEAM_DOMAIN = "lumen-goods"
PARTNER_TEAM_ID = "T0PARTNER"
BOT_USER_ID = "U0KEYSMITH"
BOT_ID = "B0KEYSMITH"
APP_ID = "A0KEYSMITH"


@dataclass(frozen=True)
class Person:
    """A person at Slack; the flags are those of Slack's user object."""

    id: str
    handle: str
    name: str
    email: str
    title: str = ""
    team_id: str = TEAM_ID
    deleted: bool = False
    is_bot: bool = False
    is_app_user: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_invited_user: bool = False
    is_email_confirmed: bool = True
    tz: str = ""  # as in `sandbox.slack.zones`: where it is day, if empty
    locale: str = "en-US"


@dataclass(frozen=True)
class Channel:
    """A conversation and its members, of which the bot may be one."""

    id: str
    name: str
    purpose: str
    members: tuple[str, ...]
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False


@dataclass(frozen=True)
class UserGroup:
    """A user group at Slack, which is mentioned by its handle; `created` is in Unix seconds."""

    id: str
    handle: str
    name: str
    description: str
    users: tuple[str, ...]
    created: int = 1_609_459_200
    disabled: bool = False


DOMAIN = "lumen-goods.example"

PEOPLE: tuple[Person, ...] = (
    Person("U0TOM0001", "tom", "Tom Berg", f"tom@{DOMAIN}", "Platform engineer"),
    Person("U0MIA0001", "mia", "Mia Lindqvist", f"mia@{DOMAIN}", "Content editor"),
    Person("U0ADA0001", "ada", "Ada Okafor", f"Ada@{DOMAIN}", "Head of platform"),
    Person("U0SAM0001", "sam", "Sam Reyes", f"sam@{DOMAIN}", "Engineering manager"),
    Person("W0NIA0001", "nia", "Nia Patel", f"nia@{DOMAIN}", "On-call engineer"),
    Person(
        "U0BEN0001",
        "ben",
        "Ben Fischer",
        f"ben@{DOMAIN}",
        "Accounts payable, reads German",
        locale="de-DE",
    ),
    Person(
        "U0RUI0001", "rui", "Rui Costa", f"rui@{DOMAIN}", "Analyst, reads Spanish", locale="es-ES"
    ),
    Person(
        "U0LEA0001",
        "lea",
        "Lea Moreau",
        f"lea@{DOMAIN}",
        "Library manager, reads French",
        locale="fr-FR",
    ),
    Person("U0IVO0001", "ivo", "Ivo Petrov", f"ivo@{DOMAIN}", "Developer, no Cloudinary user"),
    Person("U0GUS0001", "gus", "Gus Holm", f"gus@{DOMAIN}", "Agency, guest", is_restricted=True),
    Person(
        "U0KAI0001",
        "kai",
        "Kai Tanaka",
        f"kai@{DOMAIN}",
        "Contractor, single-channel guest, reads Japanese",
        is_restricted=True,
        is_ultra_restricted=True,
        locale="ja-JP",
    ),
    Person("U0ZOE0001", "zoe", "Zoe Hart", f"zoe@{DOMAIN}", "Left the company", deleted=True),
    Person(
        "U0UNA0001",
        "una",
        "Una Dahl",
        f"una@{DOMAIN}",
        "Email not confirmed",
        is_email_confirmed=False,
    ),
    Person("U0PIA0001", "pia", "Pia Novak", f"pia@{DOMAIN}", "Invitation pending at Cloudinary"),
    Person(
        "U0ELI0001",
        "eli",
        "Eli Stone",
        f"eli@{DOMAIN}",
        "Disabled at Cloudinary, reads Hebrew",
        locale="he-IL",
    ),
    Person("U0MAX0001", "max", "Max Weber", f"max@{DOMAIN}", "Two Cloudinary users"),
    Person(
        "U0OTTO001",
        "otto",
        "Otto Krause",
        f"tom@{DOMAIN}",  # a foreign workspace controls what it says about its people
        "Partner, Slack Connect",
        team_id=PARTNER_TEAM_ID,
        is_stranger=True,
    ),
    Person("U0NOA0001", "noa", "Noa Haddad", f"noa@{DOMAIN}", "Head of security"),
    Person("U0JON0001", "jon", "Jon Vega", f"jon@{DOMAIN}", "IT manager"),
    Person("U0DEPLOYB", "deploybot", "Deploy Bot", "", "Another app", is_bot=True),
    Person(BOT_USER_ID, "keysmith", "Keysmith", "", "Cloudinary credentials", is_bot=True),
)

_MEMBERS = tuple(
    p.id
    for p in PEOPLE
    if not p.deleted and p.team_id == TEAM_ID and not p.is_ultra_restricted and not p.is_bot
)

CHANNELS: tuple[Channel, ...] = (
    Channel("C0GENERAL", "general", "Company-wide announcements", _MEMBERS),
    Channel(
        "C0PLATFRM",
        "platform",
        "Builds, keys, incidents",
        (*_MEMBERS, "U0DEPLOYB", BOT_USER_ID),
    ),
    Channel(
        "C0APPROVE",
        "key-approvals",
        "Requests for keys and credentials",
        ("U0TOM0001", "U0ADA0001", "U0SAM0001", "W0NIA0001", BOT_USER_ID),
    ),
    Channel(
        "C0SECURTY",
        "security",
        "Alerts for the security team",
        ("U0ADA0001", "U0SAM0001", BOT_USER_ID),
    ),
    Channel(
        "C0PARTNER",
        "partner-campaign",
        "Shared with the agency",
        ("U0TOM0001", "U0MIA0001", "U0OTTO001", "U0KAI0001", BOT_USER_ID),
        is_ext_shared=True,
    ),
    # The name contains a word that some parsers mistake for a field.
    Channel("C0PAYLOAD", "payload-team", "Rockets", ("U0TOM0001", "U0MIA0001", BOT_USER_ID)),
)

USER_GROUPS: tuple[UserGroup, ...] = (
    UserGroup("S0ONCALL01", "on-call", "On call", "The engineer on call", ("W0NIA0001",)),
    UserGroup(
        "S0PLATFRM1",
        "platform-team",
        "Platform team",
        "Builds and keys",
        ("U0TOM0001", "U0ADA0001"),
    ),
    UserGroup(
        "S0LAUNCH01",
        "launch-crew",
        "Launch crew",
        "Last year's launch",
        ("U0TOM0001", "U0MIA0001"),
        disabled=True,
    ),
)
