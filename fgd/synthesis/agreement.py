"""Agreement told from disagreement: people sorted into camps, camps put into one sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from fgd.model import Agreement, Count, Stand
from fgd.synthesis.material import Passage
from fgd.synthesis.people import Person
from fgd.synthesis.scale import Scale, number

FAVOUR: frozenset[Stand] = frozenset({"supports", "proposes"})
DOUBT: frozenset[Stand] = frozenset({"questions", "opposes"})


@dataclass(frozen=True, slots=True)
class Camps:
    """Everybody who spoke to a point, each in one camp, as keys of people.

    Whoever is both for and against, or sets conditions, is in ``conditional``.
    """

    favour: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Everybody."""
        return (*self.favour, *self.conditional, *self.doubt, *self.open)

    @staticmethod
    def of(passages: Iterable[Passage], codes: Collection[str]) -> Camps:
        """Sort the speakers of the passages by the stands they took on a theme, by its codes.

        A stand that names no theme belongs to the themes of its passage.
        """
        stands: dict[str, set[Stand]] = defaultdict(set)
        for passage in passages:
            stands[passage.person.key] |= {
                each.stand for each in passage.stands if each.code in ("", *codes)
            }
        found: dict[str, list[str]] = {"favour": [], "conditional": [], "doubt": [], "open": []}
        for key, taken in stands.items():
            favour, doubt = bool(taken & FAVOUR), bool(taken & DOUBT)
            if "supports with conditions" in taken or (favour and doubt):
                found["conditional"].append(key)
            elif favour or doubt:
                found["favour" if favour else "doubt"].append(key)
            else:
                found["open"].append(key)
        return Camps(**{camp: tuple(keys) for camp, keys in found.items()})


def tally(people: Sequence[Person], of: Sequence[Person], scale: Scale, session: str) -> Count:
    """How many of whom, and from how many institutions; people appear under their brief's key."""
    return Count(
        len(people),
        len(of),
        scale(len(people), len(of)) if of else "",
        len(bodies(people)),
        len(bodies(of)),
        tuple(f"{session}/{each.key}" for each in people),
    )


def bodies(people: Iterable[Person]) -> set[str]:
    """The institutions of people, the first of each."""
    return {each.institutions[0] for each in people if each.institutions}


def judge(camps: Camps, known: dict[str, Person], scale: Scale) -> tuple[Agreement, str]:
    """The verdict on a theme and the sentence that says it."""
    limits = scale.settings
    of = len(camps.all)
    favour, conditional, doubt = len(camps.favour), len(camps.conditional), len(camps.doubt)
    if of == 1:
        return "lone view", (
            "One participant alone spoke to this; it is kept because it was said, "
            "not because it was shared."
        )
    if not favour and not conditional and not doubt:
        return "not tested", "What was said describes or reports; nobody spoke for or against."
    backing = bodies(known[key] for key in camps.favour)
    present = bodies(known[key] for key in camps.all)
    broad = (favour + conditional) / of > limits.most
    wide = not present or len(backing) >= limits.convergence_institutions * len(present)
    if favour / of > limits.most and not conditional and not doubt and wide:
        spread = f", from {len(backing)} of {len(present)} institutions" if present else ""
        return "convergence", (
            _sentence(f"{_many(scale, favour, of)} in favour of what was put forward{spread}.")
            + " No participant objected."
        )
    parts = _parts(camps)
    if not conditional and not doubt and favour / of < limits.half:
        return "not tested", _sentence(f"{parts}.")  # a voice or two, and no answer to them
    if broad and (conditional or doubt):
        return "broad but qualified", _sentence(f"{parts}.")
    if _strong(favour + conditional, of, scale) and _strong(doubt, of, scale):
        return "divergence", _sentence(f"{parts}.")
    return "several views", _sentence(f"{parts}.")


def _strong(people: int, of: int, scale: Scale) -> bool:
    limits = scale.settings
    return people >= limits.divergence_people or (
        people > 0 and people / of >= limits.divergence_share
    )


def _many(scale: Scale, people: int, of: int) -> str:
    """``most (5 of 7) were``, ``all four were``."""
    words = scale(people, of)
    verb = "was" if people == 1 else "were"
    if of < scale.settings.all_from:
        return f"{words} {verb}"
    return f"{words} ({people} of {of}) {verb}"


def _parts(camps: Camps) -> str:
    named = (
        (len(camps.favour), "in favour of what was put forward"),
        (len(camps.conditional), "in favour in part or on conditions"),
        (len(camps.doubt), "against it or in doubt"),
    )
    said = [f"{number(people)} {words}" for people, words in named if people]
    first = next(people for people, _ in named if people)
    said[0] = f"{number(first)} {'was' if first == 1 else 'were'}{said[0][len(number(first)) :]}"
    if camps.open:
        said.append(f"{number(len(camps.open))} took no stand")
    told = ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1]
    return f"of the {number(len(camps.all))} who spoke to it, {told}"


def _sentence(text: str) -> str:
    """With a capital; the verdict itself is printed before it."""
    return text[:1].upper() + text[1:]
