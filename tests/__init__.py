"""Tests of ``fgd``; how long an example takes on a busy machine is no finding of any of them."""

from hypothesis import settings

settings.register_profile("fgd", deadline=None)
settings.load_profile("fgd")
