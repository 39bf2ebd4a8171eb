"""openai-whisper, decoding many windows at a time with every guard it has for one."""
