"""What a reason is: the shape of every row of the two tables that model.reasons joins."""

from enum import StrEnum

from attrs import frozen


class Owner(StrEnum):
    """Whose job it is to take the cause away."""

    OFFICER = "officer"  # at the printer, without a tool
    STOCK_KEEPER = "stock-keeper"  # blanks, ribbons and films
    SUPERVISOR = "supervisor"  # what one officer may not decide alone
    IT = "it"  # cables, configuration, computers
    CENTRE = "centre"  # repair


Steps = tuple[str, str, str]


@frozen
class Reason:
    """One reason for a stop or a hold, in both languages: a sentence, and three steps out of it, the likeliest first.

    `safe_to_retry`: whether printing again is safe before somebody has looked.
    """

    keyword: str
    owner: Owner
    safe_to_retry: bool
    indonesian: str
    steps_indonesian: Steps
    english: str
    steps_english: Steps

    def said(self, language: str) -> tuple[str, Steps]:
        """(the sentence, the steps) in "id" or "en"."""
        if language == "id":
            return self.indonesian, self.steps_indonesian
        return self.english, self.steps_english
