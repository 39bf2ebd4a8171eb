"""What every reader is told before the findings."""

from __future__ import annotations

READING = (
    "Counts are of people who spoke to the point in question, facilitators left out; they are "
    "never shares of a population, and nobody who kept silent is counted as agreeing.",
    "What participants said was not checked for accuracy and does not bind their institutions.",
    "This is a record made with the help of software, not a text agreed by the participants.",
    "Text in quotation marks is what the transcript says, letter for letter. Marks in square "
    "brackets stand for words left out.",
)
