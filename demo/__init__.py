"""How the demo was made, reproducibly. Nothing here is imported by the product.

``script`` (what is said), ``voices`` (how it sounds) and ``room`` meet in ``stage``, which records
the first session; ``session_two`` writes the second, a platform's transcript.
"""
