import pytest

from tests.flows.harness import Harness, staffed


@pytest.fixture
def harness() -> Harness:
    """Create a harness with environments, keys and people."""
    return staffed()
