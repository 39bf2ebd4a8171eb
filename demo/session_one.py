"""The script of the first demo session: what eight people say about a regional mechanism, and when.

All persons and institutions are invented. The one woman called ``guest`` here is never named, introduced,
thanked or given the floor by name, and says nothing that gives her institution away: whoever attributes her
words to somebody on the roster is guessing.
"""

from __future__ import annotations

from dataclasses import dataclass

SESSION = "regional-mechanism"


@dataclass(frozen=True)
class Person:
    """Somebody on the roster; ``voice`` is a name of ``demo.voices`` for those who came and are knowable."""

    name: str
    institution: str
    voice: str = ""


@dataclass(frozen=True)
class Line:
    """One turn. ``gap`` is the silence before it in seconds: 0 joins at the very sample, negative overlaps."""

    voice: str
    gap: float
    text: str
    aside: bool = False


PEOPLE = (
    Person("Ratna Kusuma", "Straits Institute for Dialogue and Reconciliation", "ratna"),
    Person("Somchai Boonmee", "Centre for Regional Mediation Studies", "somchai"),
    Person("Maria Dalisay", "Women and Peace Research Network", "maria"),
    Person("Hafiz Rahman", "Archipelago Forum for Peace and Development", "hafiz"),
    Person("Khamla Keola", "Highland Institute for Local Action", "khamla"),
    Person("Minh Tran", "Delta Policy Studies Institute", "minh"),
    Person("Arun Pillai", "Ceasefire Monitoring Research Group", "arun"),
    Person("Sreymom Chea", "Lakeside School of Public Policy"),
    Person("Nilar Aung", "Northern Institute for Conflict Studies"),
    Person("Dewi Anggara", "Policy and Negotiation Dialogue Unit"),
    Person("Josefa Mercado", "Straits Institute for Dialogue and Reconciliation"),
)

LINES = (
    Line("ratna", 1.2, "Good morning, everybody, and welcome to this discussion on the role of a regional mechanism. "
         "My name is Ratna Kusuma, I work at the Straits Institute for Dialogue and Reconciliation, and I will "
         "facilitate today. The session is recorded for our notes, and nothing you say will leave this room with "
         "your name on it. With us at the table is Khamla Keola, deputy director of the Highland Institute for Local "
         "Action. Doctor Boonmee, would you start, please?"),
    Line("somchai", 0.5, "Thank you, Ratna. I am Somchai Boonmee, and I represent the Centre for Regional Mediation "
         "Studies, or CRMS. For twenty years I have followed ceasefire talks, mostly from the back row."),
    Line("maria", 0.35, "Good morning. Maria Dalisay, Women and Peace Research Network. We train women who mediate in "
         "their villages, long before the diplomats arrive."),
    Line("hafiz", 0.0, "Hafiz Rahman here, from the Archipelago Forum for Peace and Development."),
    Line("arun", 0.3, "And my name is Arun Pillai. I lead the Ceasefire Monitoring Research Group. I was invited as an "
         "expert, so I will speak about evidence and not about politics."),
    Line("ratna", 0.0, "Thank you, Arun. So here is our first question. Once a peace agreement has been signed, what "
         "should a regional mechanism do, and what is left for the mediators? Somchai, you have the floor."),
    Line("somchai", 0.4, "In my view, the work of a mediator does not end on the day of the signature. At CRMS we "
         "looked at eleven agreements, and seven of them broke down within two years. The parties sign, the cameras "
         "leave, and nobody is left to explain what the text means. So I propose that the secretariat keeps a small "
         "group of mediators on call for at least five years."),
    Line("guest", 0.0, "I agree. In my experience, the second year is the most dangerous one. The money comes late, "
         "the fighters go home with nothing, and the people who made the promises have moved to another job. Somebody "
         "must still be there who remembers why each line was written."),
    Line("ratna", 0.3, "Hafiz, do you see it in the same way?"),
    Line("hafiz", 0.0, "I would differ, and I say it with respect. A mediator who never leaves becomes a governor. "
         "Non-interference is not an old slogan, it is the reason why our governments trust a regional body at all. "
         "Five years is far too long. The mechanism should come back only when both parties invite it."),
    Line("somchai", -0.6, "But they will never invite it in time."),
    Line("hafiz", 0.0, "Then that is their choice. It is their peace, and not ours."),
    Line("ratna", 0.4, "Thank you, both. We do not agree here, and that is useful to know. Let me bring in the "
         "Highland Institute. Khamla, please."),
    Line("khamla", 0.3, "Thank you, chair. In the highlands, people ask a very simple question. Who will come when the "
         "road is closed again? We at HILA could support a standing presence, but only if local leaders sit in it "
         "from the first day. If it is run from a capital, it will fail."),
    Line("minh", 0.9, "Sorry, is there any coffee left?", aside=True),
    Line("ratna", 0.25, "That brings me to our second question, and to the panel of the wise. "
         "Should such a panel follow the process through all phases, from prevention to implementation? May I ask the "
         "Delta Policy Studies Institute to begin?"),
    Line("minh", 0.45, "Yes, of course. At DPSI we believe that a panel of the wise should be there in every phase, but "
         "with a different task in each. Before the talks it warns, during the talks it advises, and after the "
         "signature it guards the memory of what was promised. We recommend that the council appoints nine members "
         "and gives them a clear mandate."),
    Line("maria", 0.0, "I fully support that, and I would go one step further. Half of the panel should be women, and "
         "one seat should be kept for a young person. Peace is not only made by those who have retired from war."),
    Line("hafiz", 0.0, "We can accept half. What we cannot accept is a panel that gives lessons to governments in "
         "public. Advice should be quiet, and it should be asked for."),
    Line("guest", -0.5, "Many of the wise have retired, yes, but a retired minister still picks up the telephone."),
    Line("ratna", 0.35, "Let us turn to women and local ownership. How can the people who must live with an agreement "
         "really own it? Maria, I think this is your field."),
    Line("maria", 0.3, "Thank you. When we speak about local ownership, we often mean that villagers are invited to "
         "applaud. In three districts our network trained forty women as ceasefire monitors, and most complaints were "
         "resolved within days. Women must not be guests in this process. I propose that the council sets aside one "
         "fifth of all funds for groups that are led by local women."),
    Line("khamla", -0.7, "I agree with Maria. And ownership also means that people may say no. In our valleys an "
         "agreement that nobody can read is a rumour, so it must be translated into every local language."),
    Line("somchai", 0.0, "I would support the fund, on condition that there is protection. In one district, a woman "
         "who reported a violation had to leave her home the same night. CRMS would ask the secretariat to write a "
         "protection plan first, and to pay the monitors second."),
    Line("ratna", 0.4, "Thank you for saying that, it is an important warning. Now to resources and monitoring. Who "
         "should pay for the mechanism, and who should watch whether promises are kept? I would like to hear our "
         "expert first. Arun, please go ahead."),
    Line("arun", 0.3, "Let me share what the evidence says. My group compared fourteen monitoring missions. Where "
         "reports were published within a month, violations fell by about one third. Where reports stayed secret, "
         "nothing changed. Technology helps, but a satellite cannot ask a mother why her son has not come home. My "
         "advice is to train local monitors early, and to verify every number twice."),
    Line("minh", 0.0, "On resources, I must be frank. A mechanism without a budget is only a press release. We suggest "
         "a standing fund, paid by all member states according to their size, so that nobody has to wait for a donor "
         "when the first crisis comes."),
    Line("hafiz", 0.0, "A fund, yes. The Archipelago Forum would support that. But small countries cannot pay the same "
         "share as large ones, and no donor from outside should ever buy a seat at the table."),
    Line("somchai", -0.4, "There I agree with Hafiz, and you may write that down."),
    Line("guest", 0.4, "I am perhaps the only one who will say this. We should not publish every report. Two of the "
         "best agreements I have seen were saved because a report stayed in a drawer for three weeks. The parties "
         "needed time to correct a mistake without losing face."),
    Line("arun", -0.5, "With respect, the data do not show that."),
    Line("guest", 0.0, "The data were not in the room."),
    Line("ratna", 0.7, "That is a view we will keep, even if it stands alone. We are running out of time, so I will "
         "move to the last question. What lesson would you give to a ministry that starts such a process tomorrow? One "
         "or two sentences each, please. Khamla, would you like to start?"),
    Line("khamla", 0.3, "Begin with the villages, and stay when the cameras have left."),
    Line("minh", 0.0, "Write the budget into the agreement itself."),
    Line("maria", 0.0, "Count the women at the table, and then count how often they speak."),
    Line("hafiz", 0.0, "Be patient, and wait until you are invited. Trust grows slowly in our region, and it breaks in "
         "one day."),
    Line("arun", 0.25, "Measure early, publish what you can, and tell the truth about what you do not know."),
    Line("somchai", 0.0, "Do not send the mediators home. And the secretariat should keep one list of every promise, "
         "with a name and a date beside it."),
    Line("guest", 0.3, "Learn to wait, and teach your minister to wait as well."),
    Line("ratna", 0.5, "Thank you, Somchai, and thank you, Maria. Many thanks also to our colleague from the Delta "
         "Policy Studies Institute, and to Hafiz for his open words. I have heard broad support for a panel and for a "
         "standing fund, strong words on women and local ownership, and one clear difference about how long the "
         "mediators should stay. You will receive the notes next week. The session is closed."),
)
