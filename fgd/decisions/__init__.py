"""Record what people decide: its vocabulary, its log, how it is applied and told."""
