"""Sessions without a browser, for tests: those the load benchmark opens."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.visitor import Session, session

__all__ = ["Session", "session"]
