import pytest
import structlog
from structlog import processors


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Log in plain text: a developer's coloured tracebacks take seconds each."""
    structlog.configure([processors.format_exc_info, processors.KeyValueRenderer()])
