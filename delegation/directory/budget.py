"""The form of a budget, wherever one is asked for: how often a delegation may be used."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from delegation.state.entities import Budget

_Times = Annotated[int, Field(ge=1, le=2**53 - 1)]


class BudgetAsked(BaseModel):
    """How often a delegation may be used, by everything below it together; what is left out has no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tokens: _Times | None = None
    """Access tokens issued."""
    evaluations: _Times | None = None
    """Answers that let the bearer of a token through."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.tokens is None and self.evaluations is None:
            raise ValueError("limit `tokens` or `evaluations`, or leave the budget out")
        return self

    def budget(self) -> Budget:
        """Return the budget asked for."""
        return Budget(self.tokens, self.evaluations)
