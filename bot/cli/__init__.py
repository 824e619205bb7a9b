"""One module per subcommand: what it takes, what it does. `main` joins them in one list."""

import argparse
from typing import Final, TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # argparse has no public name for it
QUIET: Final = "error"
"""Log level of a command that a person types: its output is what it has to say."""
