"""Assertions of the modules beside the tests say what they compared, as a test's own do."""

import pytest

pytest.register_assert_rewrite("tests.faults.verdict", "tests.faults.story")
