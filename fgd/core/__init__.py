"""Hold what every room shares: errors, settings, files, caches, language, sentence vectors."""
