"""The seed of the sandbox: a company's environments, access keys and users at Cloudinary.

Everything is made up; ids have the formats of the real service.
"""

from dataclasses import dataclass
from typing import Literal

from sandbox.company import DOMAIN

ACCOUNT_ID = "16a8ff3b-736b-49a6-85c0-03b69d5a357b"

Role = Literal[
    "master_admin",
    "admin",
    "technical_admin",
    "billing",
    "reports",
    "media_library_admin",
    "media_library_user",
]


@dataclass(frozen=True)
class Environment:
    """A product environment (`sub_account`) in the seed."""

    id: str
    name: str
    cloud_name: str
    created_days_ago: int


@dataclass(frozen=True)
class Key:
    """An access key in the seed; a root key has no name (None), as in the Console."""

    environment: str
    name: str | None
    age_days: int
    enabled: bool = True
    root: bool = False
    dedicated_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class User:
    """A Cloudinary user in the seed; `environments` is None for access to every environment.

    `providers` are the identity providers through which the user signs in; empty for a password.
    """

    id: str
    name: str
    email: str
    role: Role
    environments: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()
    enabled: bool = True
    pending: bool = False
    providers: tuple[str, ...] = ()


ENVIRONMENTS: tuple[Environment, ...] = (
    Environment("2607aa1695167a96b92a8f2a2e0f01", "Production", "lumen-production", 1460),
    Environment("3718bb2706278ba7ca3b903b3f1f02", "Staging", "lumen-staging", 1400),
    Environment("4829cc3817389cb8db4ca14c402f03", "Development", "lumen-dev", 1390),
    Environment("593add4928490dc9ec5db25d513f04", "Brand archive", "lumen-archive", 700),
)

CLOUDS_ELSEWHERE: tuple[str, ...] = ("demo", "lumen")
"""Cloud names of other customers' environments: they are taken."""

_PROD, _STAG, _DEV, _ARCHIVE = (environment.id for environment in ENVIRONMENTS)

KEYS: tuple[Key, ...] = (
    Key(_PROD, None, 1460, root=True),
    Key(_PROD, "storefront-web", 812),
    Key(_PROD, "ci-bot", 403),
    Key(_PROD, "image-proxy", 390),
    Key(_PROD, "mobile-app", 210),
    Key(_PROD, "order-mailer", 96),
    Key(_PROD, "webhooks", 640, dedicated_for=("webhooks",)),
    Key(_PROD, "old-importer", 1200, enabled=False),
    Key(_STAG, None, 1400, root=True),
    Key(_STAG, "storefront-web", 730),
    Key(_STAG, "e2e-tests", 355),
    Key(_STAG, "load-test", 41, enabled=False),
    Key(_STAG, "preview-builds", 12),
    Key(_DEV, None, 1390, root=True),
    Key(_DEV, "storefront-web", 725),
    Key(_DEV, "tom-laptop", 88),
    Key(_DEV, "sandbox-seeder", 2),
    Key(_ARCHIVE, None, 700, root=True, enabled=False),
    Key(_ARCHIVE, "archive-sync", 650),
    Key(_ARCHIVE, "press-kit export", 30, enabled=False),
)

USERS: tuple[User, ...] = (
    User("0abed8dfcc039ea05e2a1d494fd401", "Tom Berg", f"tom@{DOMAIN}", "technical_admin"),
    User("0abed8dfcc039ea05e2a1d494fd402", "Mia Lindqvist", f"mia@{DOMAIN}", "media_library_user"),
    User(
        "0abed8dfcc039ea05e2a1d494fd403",
        "Ada Okafor",
        f"ada@{DOMAIN}",
        "master_admin",
        groups=("Security",),
    ),
    User("0abed8dfcc039ea05e2a1d494fd404", "Sam Reyes", f"sam@{DOMAIN}", "admin"),
    User(
        "0abed8dfcc039ea05e2a1d494fd405",
        "Nia Patel",
        f"nia@{DOMAIN}",
        "technical_admin",
        environments=(_STAG, _DEV),
        groups=("On call",),
    ),
    User("0abed8dfcc039ea05e2a1d494fd406", "Ben Fischer", f"ben@{DOMAIN}", "billing"),
    User("0abed8dfcc039ea05e2a1d494fd407", "Rui Costa", f"rui@{DOMAIN}", "reports"),
    User(
        "0abed8dfcc039ea05e2a1d494fd408",
        "Lea Moreau",
        f"lea@{DOMAIN}",
        "media_library_admin",
        providers=("saml",),
    ),
    User("0abed8dfcc039ea05e2a1d494fd409", "Gus Holm", f"gus@{DOMAIN}", "technical_admin"),
    User("0abed8dfcc039ea05e2a1d494fd410", "Kai Tanaka", f"kai@{DOMAIN}", "technical_admin"),
    User("0abed8dfcc039ea05e2a1d494fd411", "Zoe Hart", f"zoe@{DOMAIN}", "admin"),
    User("0abed8dfcc039ea05e2a1d494fd412", "Una Dahl", f"una@{DOMAIN}", "admin"),
    User(
        "0abed8dfcc039ea05e2a1d494fd413",
        "Pia Novak",
        f"pia@{DOMAIN}",
        "technical_admin",
        pending=True,
    ),
    User(
        "0abed8dfcc039ea05e2a1d494fd414",
        "Eli Stone",
        f"eli@{DOMAIN}",
        "technical_admin",
        enabled=False,
    ),
    User("0abed8dfcc039ea05e2a1d494fd415", "Max Weber", f"max@{DOMAIN}", "technical_admin"),
    User("0abed8dfcc039ea05e2a1d494fd416", "Max Weber", f"MAX@{DOMAIN}", "billing"),
    User("0abed8dfcc039ea05e2a1d494fd417", "Noa Haddad", f"noa@{DOMAIN}", "master_admin"),
    User(
        "0abed8dfcc039ea05e2a1d494fd418",
        "Jon Vega",
        f"jon@{DOMAIN}",
        "admin",
        environments=(_PROD, _ARCHIVE),
    ),
)

GROUPS: tuple[str, ...] = ("Security", "On call", "Content")
