"""Where things lie and what is fresh: project, store, steps, locks, outcomes."""
