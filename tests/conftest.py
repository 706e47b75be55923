"""Settings for the property tests, and what many tests ask for."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from support import PACK, ROOT

from grooming_detect import Detector
from grooming_detect.finders.cues import CueFinder

os.environ.setdefault("GROOMING_DETECT_CACHE", str(ROOT / ".cache"))
settings.register_profile("suite", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(scope="session")
def finder() -> CueFinder:
    """A cue finder with the small pack alone."""
    return CueFinder.of([PACK])


@pytest.fixture(scope="session")
def detector() -> Detector:
    """A detector with the small pack alone, whatever ships with the library."""
    return Detector([PACK], shipped=())
