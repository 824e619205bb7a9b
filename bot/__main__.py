"""`python -m bot`, which is the console script `keysmith` from a checkout."""

import sys

from bot.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
