"""Tests of the themes room."""
