"""Codebooks to start from; they hold data only."""
