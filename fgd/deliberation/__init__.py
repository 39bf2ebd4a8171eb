"""What was put to the room, and who answered what."""
