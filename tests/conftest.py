import pytest
import structlog
from structlog import processors


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Log in plain text: rendering one coloured traceback takes seconds."""
    structlog.configure([processors.format_exc_info, processors.KeyValueRenderer()])
