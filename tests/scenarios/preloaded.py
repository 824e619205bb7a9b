"""What the process that bots are forked from has done for all of them."""

import gc

from bot.adapters.languages import Languages

Languages()  # reads what Babel knows about each of them
gc.collect()
gc.freeze()  # else each bot looks through all modules again, and copies their memory
