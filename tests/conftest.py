"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("house")

SHARED = Path(os.environ.get("GONEQUIET_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real mail, streams and labelled text; a clone without it skips, and says so."""
    if not SHARED.is_dir():
        pytest.skip(f"no evaluation data at {SHARED}: set GONEQUIET_SHARED_DATA to run this test")
    return SHARED
