"""Tests read with the narrow networks, which need nothing that was fetched; see
``tests/deliberation/test_cross_encoder.py`` for the wide one.
"""

from __future__ import annotations

import os

os.environ["FGD_MPNET"] = os.devnull
