"""Both servers, for as long as a block lasts: used by `make run` and by the scenario tests."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox import company
from sandbox.cloudinary.app import create_app as create_cloudinary
from sandbox.slack.app import create_app as create_slack
from sandbox.slack.config import SlackConfig
from sandbox.slack.workspace import Workspace
from sandbox.variables import Addresses

HOST: Final = "127.0.0.1"
"""The sandbox listens to this machine alone."""


def free_port(wanted: int = 0) -> int:
    """The wanted port where it is free, else any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
