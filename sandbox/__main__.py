"""`python -m sandbox [-- COMMAND …]`: both servers, and a bot in front of them if one is named.

With a command, it is run with the variables that lead it to the sandbox, and the page's address is
printed once it is ready. Without one, the variables are printed for a bot of your own.
"""

import argparse
import asyncio
import base64
import contextlib
import os
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox import company
