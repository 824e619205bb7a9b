"""Failing assertions in helper modules show the values that they compare, as in tests."""

import pytest

pytest.register_assert_rewrite("tests.faults.final_state", "tests.faults.story")
