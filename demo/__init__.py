"""How the demo recording and its small Whisper checkpoint were made, reproducibly.

Nothing here is imported by the product. The pipeline reads left to right:

``lexicon`` and ``language`` (what is said) -> ``voices``, ``engines`` and ``synthesis`` (how it
sounds) -> ``corpus`` (a bank of sentences) -> ``windows`` (what the network sees) -> ``network``
and ``training`` -> ``export`` (openai-whisper's own file format) -> ``evaluate``.

``session_one`` and ``session_two`` are the scripts of the two demo sessions, ``stage`` records
the first.
"""
