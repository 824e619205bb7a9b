import pytest

from tests.flows.office import Office, staffed


@pytest.fixture
def office() -> Office:
    """Bring an office with environments, keys and people."""
    return staffed()
