"""Whether browsers and Slack reach this process by PUBLIC_URL."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bot.domain.checks.findings import Finding, Level, Rule


class Web(Rule):
    """What the probe of addresses and ports says."""

    REACHED = (Level.OK, "PUBLIC_URL leads to this process's PORT.")
    RUNNING = (Level.OK, "PUBLIC_URL leads to a running Keysmith.")
    PORT_TAKEN = (
        Level.FAULT,
        "Port {port} ({name}) is used by another program.",
        "Stop that program, or choose another port.",
    )
    PORT_REFUSED = (
        Level.FAULT,
        "This machine does not let Keysmith listen on port {port} ({name}): {reason}.",
        "Choose another port; those below 1024 are for root.",
    )
    OTHER_PROGRAM = (
        Level.FAULT,
        "PUBLIC_URL leads to another program, which answers with status {status}.",
        "Let the proxy pass every path below PUBLIC_URL on to PORT.",
    )
    REDIRECTED = (
        Level.FAULT,
        "PUBLIC_URL redirects browsers to another address (status {status}).",
        "Set PUBLIC_URL to the final address, and put no sign-in in front of Keysmith.",
    )
    NO_ADDRESS = (
        Level.FAULT,
        "The host of PUBLIC_URL has no address.",
        "Correct the host, or add its DNS record.",
    )
    CERTIFICATE = (
        Level.FAULT,
        "The certificate at PUBLIC_URL is not valid for its host.",
        "Renew the proxy's certificate, with the whole chain.",
    )
    UNREACHABLE = (
        Level.WARNING,
        (
            "PUBLIC_URL can't be reached from this machine. Many networks do not lead a machine's"
            " own public address back to it, so this proves no fault."
        ),
        "Open PUBLIC_URL in a browser outside your network: Keysmith must answer.",
    )
    PATH_UNPROVEN = (
        Level.WARNING,
        "PUBLIC_URL has the path {path}, and it is not proven that the proxy passes it on.",
        "Leave the path out, or let the proxy pass every path below it on to PORT.",
    )


class Answer(Enum):
    """Who answers at an address."""

    THIS = auto()
    KEYSMITH = auto()
    OTHER = auto()
    REDIRECT = auto()
    NO_ADDRESS = auto()
    CERTIFICATE = auto()
    UNREACHABLE = auto()


@dataclass(frozen=True)
class PortFacts:
    """A port that Keysmith listens on; `free` if nothing does, `ours` if a Keysmith does.

    `reason` is the system's reason for a refusal other than that it is in use.
    """

    name: str
    port: int
    free: bool = True
    ours: bool = False
    reason: str = ""


@dataclass(frozen=True)
class WebFacts:
    """The ports, and the answer at PUBLIC_URL with its HTTP status."""

    answer: Answer
    status: int = 0
    path: str = ""
    ports: tuple[PortFacts, ...] = ()


_RULES = {
    Answer.THIS: Web.REACHED,
    Answer.KEYSMITH: Web.RUNNING,
    Answer.OTHER: Web.OTHER_PROGRAM,
    Answer.REDIRECT: Web.REDIRECTED,
    Answer.NO_ADDRESS: Web.NO_ADDRESS,
    Answer.CERTIFICATE: Web.CERTIFICATE,
    Answer.UNREACHABLE: Web.UNREACHABLE,
}


def examine_web(facts: WebFacts) -> list[Finding]:
    """Say what is wrong with the ports and with PUBLIC_URL."""
    found = [*_ports(facts), _RULES[facts.answer].found(status=facts.status)]
    if facts.path and facts.answer not in {Answer.THIS, Answer.KEYSMITH}:
        found.append(Web.PATH_UNPROVEN.found(path=facts.path))
    return found


def _ports(facts: WebFacts) -> Iterator[Finding]:
    for each in facts.ports:
        if each.reason:
            yield Web.PORT_REFUSED.found(name=each.name, port=each.port, reason=each.reason)
        elif not each.free and not each.ours:
            yield Web.PORT_TAKEN.found(name=each.name, port=each.port)
