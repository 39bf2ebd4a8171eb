"""One module per measure; each runs the product's own code and prints one JSON line last."""
