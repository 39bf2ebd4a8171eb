"""Decode many windows at a time with openai-whisper, with every guard it has for one."""
