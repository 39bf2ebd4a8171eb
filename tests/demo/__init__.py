"""Tests of the demo: its text, its reference, its windows and its checkpoint."""
