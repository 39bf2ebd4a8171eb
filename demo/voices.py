"""The voices of the demo: eight of the session and a few dozen others that make the encoder
robust.

A voice is a Debian synthesiser's voice plus a *scale*: playing it faster by that factor (while
the engine is told to speak slower by the same) raises pitch and formants together, as a smaller
speaker would.

The eight were chosen from some fifty candidates so that a speaker-embedding network (GE2E) sees
eight clearly different people: highest similarity of two voices 0.69, lowest similarity of a
voice with itself 0.90.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Voice:
    """One synthetic speaker.

    ``stretch`` > 1 is slower (flite, festival), ``words_per_minute`` and ``spread`` (pitch
    range, 0-100) are espeak-ng's; ``pitch`` is Hz for flite (0: its own) and 0-100 for espeak-
    ng.
    """

    name: str
    engine: str
    source: str
    scale: float = 1.0
    stretch: float = 1.0
    words_per_minute: int = 155
    pitch: float = 0.0
    spread: int = 50


KED, KAL, HTS = "voice_ked_diphone", "voice_kal_diphone", "voice_cmu_us_slt_arctic_hts"

SESSION = (
    Voice("ratna", "flite", "slt", stretch=1.06),
    Voice("somchai", "flite", "rms", scale=0.95, stretch=0.95),
    Voice("maria", "espeak", "en-029+linda", words_per_minute=160, pitch=50),
    Voice("hafiz", "flite", "kal16", stretch=1.04, pitch=105),
    Voice("khamla", "festival", KED, scale=0.9),
    Voice("minh", "espeak", "en-us+victor", words_per_minute=160, pitch=50, spread=45),
    Voice("arun", "espeak", "en+benjamin", words_per_minute=160, pitch=50, spread=45),
    # awb is a man; played faster and with the pitch of a woman he is the woman whom nobody names
    Voice("guest", "flite", "awb", scale=1.17, pitch=158),
)

_ACCENTS = (
    "en",
    "en-us",
    "en-029",
    "en-gb-scotland",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-us-nyc",
)
_VARIANTS = (
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "linda", "victor",
    "benjamin", "Annie", "Andrea", "Alicia", "belinda", "steph", "shelby", "Michael", "Diogo",
    "Lee", "Gene", "michel", "Alex", "Andy", "anika", "klatt3", "klatt4", "Hugo", "Jacky", "Marco",
    "rob",
)  # fmt: skip


def _espeak_voices() -> tuple[Voice, ...]:
    """Every variant with one accent, rates and pitches spread over the list."""
    return tuple(
        Voice(
            name=f"{accent}+{variant}",
            engine="espeak",
            source=f"{accent}+{variant}",
            words_per_minute=138 + 11 * (index % 6),
            pitch=42 + 4 * (index % 5),
            spread=35 + 8 * (index % 4),
        )
        for index, variant in enumerate(_VARIANTS)
        for accent in (_ACCENTS[index % 8],)
    )


def _sampled_voices() -> tuple[Voice, ...]:
    """Flite and festival at several scales, so that no session voice is only known at its own."""
    flite = [
        Voice(f"flite-{source}-{scale}-{pitch:.0f}", "flite", source, scale, stretch, pitch=pitch)
        for source, pitches in (
            ("slt", (0, 145)),
            ("rms", (0,)),
            ("awb", (0, 150)),
            ("kal16", (0, 120)),
        )
        for pitch in pitches
        for scale, stretch in ((0.92, 0.95), (1.0, 1.1), (1.1, 0.9))
    ]
    festival = [
        Voice(f"festival-{source}-{scale}", "festival", source, scale, stretch)
        for source in (KED, KAL, HTS)
        for scale, stretch in ((0.87, 1.0), (1.0, 0.95), (1.13, 1.05))
    ]
    return (*flite, *festival)


OTHERS = (*_espeak_voices(), *_sampled_voices())
"""The voices that are only trained on."""
