"""Reads the command line: a wrong one prints the usage of the subcommand that it names."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

USAGE: Final = 64
"""Exit code of a command line that is not understood: EX_USAGE of sysexits.h."""
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells give it."""
CODES: Final = (
    f"{USAGE} the command line is wrong and nothing changed, {INTERRUPTED} interrupted (Ctrl-C)."
)
CHECKED: Final = f"Exit codes: 0 no fault, 1 at least one fault, 2 warnings only, {CODES}"
"""Those of `check`."""
EPILOG: Final = f"Exit codes: 0 all is well, 1 it failed or something is wrong, {CODES}"


class Parser(argparse.ArgumentParser):
    """A parser that is in its own result, so that the innermost one reports what is left over."""

    def __init__(
        self, prog: str | None = None, description: str | None = None, epilog: str = EPILOG
    ) -> None:
        super().__init__(prog=prog, description=description, epilog=epilog, allow_abbrev=False)
        self.set_defaults(parser=self)

    def read(self, words: Sequence[str] | None = None) -> argparse.Namespace:
        """Read a command line, by default that of this process; a wrong one ends the process."""
        arguments, unknown = self.parse_known_args(words)
        if unknown:
            innermost: Parser = arguments.parser
            innermost.error(f"unrecognized arguments: {' '.join(unknown)}")
        return arguments

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n{self.prog} --help explains it.\n")
