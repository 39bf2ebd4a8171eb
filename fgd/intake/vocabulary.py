"""The words people use in rosters: headings, roles and categories, with the ones they stand for."""

from __future__ import annotations

from fgd.intake.headers import synonyms
from fgd.model import Role

COLUMNS = synonyms(
    name="full name;participant;participant name;name of participant;name of the participant;"
    "name and surname;delegate;delegate name;name of delegate;attendee;person;names;speaker;nom;"
    "nama;nombre;participants",
    first_name="given name;given names;forename;prenom;first names",
    last_name="surname;family name;nom de famille",
    role="function;role in session;role in meeting;role in the session;role in the meeting;"
    "capacity;participating as;participation;attending as",
    institution="institutions;organisation;organization;affiliation;affiliations;institute;"
    "delegation;agency;body;employer;company;entity;institution name;organisation name;"
    "organization name;name of institution;name of organisation;name of organization;"
    "name of the institution;represents;representing;organisations;organizations;think tank;"
    "participant institution;participant organisation;participant organization",
    acronym="abbreviation;abbr;short name;short form;institution acronym;organisation acronym;"
    "organization acronym;institution abbreviation;institution short name;acronyms",
    category="type;institution type;type of institution;organisation type;organization type;kind;"
    "sector;stakeholder group;institution category;type of organisation;type of organization",
    country="nation;state;nationality;country of origin;member state;economy;pays;negara;"
    "institution country;participant country;countries;country territory",
    track="diplomacy track;track level;tracks",
    aliases="alias;also known as;aka;other names;nickname;nicknames;known as;name variants;"
    "preferred name",
    institution_aliases="organisation aliases;organization aliases;institution alias;"
    "other institution names;former names;former name;institution former names;"
    "institution other names",
)
CATEGORIES = (
    "think tank",
    "ministry",
    "council",
    "registry",
    "secretariat",
    "agency",
    "expert body",
)

ROLES: dict[Role, str] = {
    "facilitator": "facilitator;moderator;chair;chairperson;chairman;chairwoman;co chair;"
    "co facilitator;host;lead facilitator;convener;discussion leader",
    "participant": "participant;delegate;member;discussant;attendee;representative;"
    "head of delegation;panellist;panelist;alternate",
    "expert": "expert;resource person;speaker;presenter;keynote speaker;lecturer;adviser;advisor;"
    "trainer;instructor",
    "observer": "observer;rapporteur;note taker;notetaker;interpreter;staff;guest;logistics;"
    "translator;organiser;organizer",
}
ROLE_NAMES = {text: role for role, texts in ROLES.items() for text in texts.split(";")}
CATEGORY_NAMES = {name: name for name in CATEGORIES} | {
    "thinktank": "think tank", "think tanks": "think tank", "research institute": "think tank",
    "policy institute": "think tank", "government ministry": "ministry", "ministries": "ministry",
    "expert group": "expert body", "expert": "expert body", "government agency": "agency",
}  # fmt: skip

NOTHING = frozenset(("", "n/a", "na", "-", "--", "none", "tbc", "tba", "tbd", "?", "nil", "."))
"""What people write into a cell to say that there is nothing to say."""

NOBODY = NOTHING - {"na", "none", "nil"}
"""The same for names of people, among whom there is a Nil and a Na."""
