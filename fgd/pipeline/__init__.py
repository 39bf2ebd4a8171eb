"""The one pass from recordings to briefs, as plain Python."""
