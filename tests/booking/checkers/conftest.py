"""The same fixtures as for the engine's checkers."""

from tests.checkers.conftest import ask  # noqa: F401 - a fixture
