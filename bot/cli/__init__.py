"""One module per subcommand; `main` joins them."""

import argparse
from typing import Final, TypeAlias

from bot.cli.usage import Parser

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001  # argparse has no public name for it
QUIET: Final = "error"
"""Log level of a subcommand that people run by hand: its result is its output."""
