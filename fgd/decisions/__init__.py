"""What people decided: its vocabulary, its log, how it is applied and told."""
