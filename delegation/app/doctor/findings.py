"""Findings: what was looked at, how it stands, and what to do about it."""

from dataclasses import dataclass
from enum import IntEnum


class Grade(IntEnum):
    """How bad something is; the worst of all is the exit code."""

    WELL = 0
    WARNING = 1
    FAULT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    grade: Grade
    topic: str
    """What was looked at, in a word or two."""
    text: str
    advice: str = ""
    """What to do next; empty where nothing has to be done."""

    def line(self) -> str:
        """Return the finding as a line for people."""
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{self.grade.name.lower():7}  {self.topic}: {self.text}{advice}"

    def document(self) -> dict[str, str]:
        """Return the finding for programs."""
        return {"grade": self.grade.name.lower(), "topic": self.topic, "text": self.text, "advice": self.advice}


def well(topic: str, text: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(Grade.WELL, topic, text)


def warning(topic: str, text: str, advice: str) -> Finding:
    """Return that something works, and is better changed."""
    return Finding(Grade.WARNING, topic, text, advice)


def fault(topic: str, text: str, advice: str) -> Finding:
    """Return that something does not work, or protects nobody."""
    return Finding(Grade.FAULT, topic, text, advice)
