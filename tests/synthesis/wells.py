"""A session of two tables and a plenary, written for tests: who shares the wells of a dry valley.

Nothing in it is taken from anywhere. Table 1 is asked all three questions of the guide, table 2 the
first two. Both want a pump levy, each in its own words; only table 1 wants the council of elders
kept out; only table 2 wants meters; table 2's rapporteur says a thing that her table never put.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

Said = Sequence[tuple[str, str]]

GUIDE = """# The wells of the valley

## 1. Sharing in dry months (question, 15 min)
Who should decide how the water of the old wells is shared in dry months?

## 2. Paying for the pumps (question, 15 min)
How should the repair of the pumps be paid for?

## 3. Telling people early (question, 10 min)
How should people hear early that a well is running low?
"""

PEOPLE = """name,role,institution,acronym,table
Ines Okafor,facilitator,Valley Water Forum,VWF,
Pavel Brandt,facilitator,Valley Water Forum,VWF,
Salma Haddadi,participant,Herders Union,HU,1
Tomas Quispe,participant,Lower Village Council,LVC,1
Greta Lindqvist,participant,School of Hydrology,SH,1
Abel Mwangi,participant,Upper Village Council,UVC,1
Noor Rahimi,participant,Orchard Growers League,OGL,2
Bastien Roux,participant,Pump Workshop,PW,2
Lucia Ferrer,participant,Women of the Springs,WS,2
Dawit Tesfaye,participant,Livestock Market Board,LMB,2
"""

OPENING: Said = (
    ("Ines Okafor", "Good morning to all of you. We will split into two tables, talk for half an "
     "hour, and then come back here to hear what each table has to say."),
    ("Dawit Tesfaye", "Will somebody take notes at the tables?"),
    ("Ines Okafor", "Yes, one person at each table reports back."),
)  # fmt: skip

TABLE_1: Said = (
    ("Ines Okafor", "Let us begin with the first question. Who should decide how the water of the "
     "old wells is shared in dry months?"),
    ("Salma Haddadi", "I propose that a committee of herders and villagers fixes the days for "
     "each well before the dry months begin. Last year the herds came at night because nobody "
     "had told us which day was ours."),
    ("Tomas Quispe", "I agree with Salma. A committee with both sides would spare us the quarrels "
     "at the trough."),
    ("Abel Mwangi", "I am against a committee of that kind. The upper village dug two of these "
     "wells with its own hands, and it should not have to ask anybody for its turn."),
    ("Greta Lindqvist", "I would support the committee, but only if it measures the water level "
     "every week. Days mean little when the well gives half."),
    ("Salma Haddadi", "I also propose that the elders stay out of the daily sharing. They settle "
     "marriages and borders well, and water they settle for their cousins."),
    ("Tomas Quispe", "Yes, the elders should stay out of it. I support that."),
    ("Ines Okafor", "Thank you. The second question. How should the repair of the pumps be paid "
     "for?"),
    ("Abel Mwangi", "I suggest a small levy on every household that draws from a pump, collected "
     "after the harvest. We tried gifts from outside, and the gifts ended with the photographs."),
    ("Greta Lindqvist", "I agree with a levy on households, as long as widows are free of it."),
    ("Salma Haddadi", "Herders have no harvest. A levy after the harvest forgets us, so I cannot "
     "support it like this."),
    ("Ines Okafor", "And the third question. How should people hear early that a well is running "
     "low?"),
    ("Tomas Quispe", "I propose that the school rings its bell twice when a well is running low. "
     "Everybody hears the bell, even those without a telephone."),
    ("Greta Lindqvist", "I like the bell. Children would carry the news home as well."),
    ("Ines Okafor", "Thank you all. Tomas, will you report for us? Then we go back."),
)  # fmt: skip

TABLE_2: Said = (
    ("Pavel Brandt", "Welcome at this table. Who should decide how the water of the old wells is "
     "shared in dry months?"),
    ("Noor Rahimi", "In my view the growers lose most when the wells fail, because a dead tree "
     "does not come back with the rain."),
    ("Bastien Roux", "I propose that every well gets a meter, read by two people together. As "
     "long as nobody knows what is drawn, every talk about shares is gossip."),
    ("Lucia Ferrer", "I support meters. Women fetch the water and are blamed when it is gone, and "
     "a meter would show who takes it."),
    ("Dawit Tesfaye", "I have doubts about meters. On market days four hundred animals drink in "
     "two hours, and no dial survives that."),
    ("Noor Rahimi", "I agree with Bastien, meters would end the gossip."),
    ("Pavel Brandt", "Let us go on. How should the repair of the pumps be paid for?"),
    ("Lucia Ferrer", "I suggest that every household that uses a pump pays a small levy when the "
     "crop is in. It was done so for the mill, and the mill still turns."),
    ("Bastien Roux", "I agree, a levy for each household is fair. I only ask that the money stays "
     "with the workshop and not with the district."),
    ("Dawit Tesfaye", "The market could give the first parts on credit. I propose that the "
     "livestock market lends the money for spare parts each spring."),
    ("Noor Rahimi", "No, I am against lending. Credit from the market is how my uncle lost his "
     "orchard."),
    ("Pavel Brandt", "Thank you. We have to return to the others."),
)  # fmt: skip

CLOSING: Said = (
    ("Ines Okafor", "Welcome back. Table 1 first, please. Tomas?"),
    ("Tomas Quispe", "Thank you. At our table we said that a committee of herders and villagers "
     "should fix the days for each well before the dry months begin. There was one voice against "
     "it. Our group also wants the school to ring its bell twice when a well is running low."),
    ("Ines Okafor", "Thank you. And now the other table. Lucia, you have the floor."),
    ("Lucia Ferrer", "Our group agreed that every well gets a meter which two people read "
     "together. On the pumps, every household that uses one would pay a small levy after the crop "
     "is in. And we want a radio programme about the history of the valley."),
    ("Abel Mwangi", "May I say that the levy is the same idea at both tables."),
    ("Ines Okafor", "It is, and I take it that we agreed on a household levy. Thank you all for "
     "coming."),
)  # fmt: skip

FILES: Mapping[str, Said] = {
    "01-opening.vtt": OPENING,
    "02-table-1.vtt": TABLE_1,
    "02-table-2.vtt": TABLE_2,
    "03-closing.vtt": CLOSING,
}
SETTINGS = """title = "The wells of the valley"
date = 2026-05-09
languages = ["en"]
rule = "{rule}"

[consent]
recorded = true
"""


def vtt(said: Said) -> str:
    """Turns as a transcript with names: two seconds between them, and five words in two seconds."""
    lines, at = ["WEBVTT", ""], 0.0
    for who, text in said:
        end = at + len(text.split()) * 0.4
        lines += [f"{_clock(at)} --> {_clock(end)}", f"<v {who}>{text}</v>", ""]
        at = end + 2
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes // 60):02d}:{int(minutes % 60):02d}:{rest:06.3f}"


def written(
    root: Path,
    files: Mapping[str, Said] = FILES,
    *,
    rule: str = "named",
    more: str = "",
    people: str = PEOPLE,
) -> Path:
    """A project with the session "wells"; ``more`` stands at the head of its settings."""
    folder = root / "recordings" / "wells"
    folder.mkdir(parents=True)
    for name, said in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(vtt(said), encoding="utf-8")
    (folder / "guide.md").write_text(GUIDE, encoding="utf-8")
    (folder / "participants.csv").write_text(people, encoding="utf-8")
    settings = SETTINGS.format(rule=rule).replace("\n[consent]", f"{more}\n[consent]", 1)
    (folder / "session.toml").write_text(settings, encoding="utf-8")
    return root
