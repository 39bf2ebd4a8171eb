"""What a session was about: the guide's questions, the codebook's themes, and the unexpected."""
