"""From sound to a transcript that never lies about what it heard."""
