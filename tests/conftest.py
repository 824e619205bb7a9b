import pytest
import structlog
from hypothesis import settings
from structlog import processors

settings.register_profile("keysmith", deadline=None)  # a busy machine is no failure
settings.load_profile("keysmith")


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Log in plain text: rendering one coloured traceback takes seconds."""
    structlog.configure([processors.format_exc_info, processors.KeyValueRenderer()])
