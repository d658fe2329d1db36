"""What the programs print, when everything goes as it must."""

from typing import Final

BEYOND: Final = "this goes beyond what the user granted; ask for less, or ask the user to grant it"
REVOKED: Final = "the delegation is revoked; the user can grant a new delegation"


def of_one_agent(issuer: str) -> list[str]:
    """Return the lines of a program with one agent."""
    return [
        "edit app:storefront: done: planner for anne",
        f"edit app:billing: refused: {BEYOND}: {issuer}/delegations",
        "planner: The roadmap of storefront says May. Billing I may not edit: Anne would have to grant it.",
    ]


def over_mcp(issuer: str) -> list[str]:
    """Return the lines of the program whose tools are those of an MCP server."""
    return [
        "edit app:storefront: done: Ship in May (planner for anne)",
        f"edit app:billing: refused: invalid_authorization_details: {BEYOND}: {issuer}/delegations",
        "planner: The roadmap of storefront says May. Billing I may not edit: Anne would have to grant it.",
    ]


def of_two_agents(issuer: str) -> list[str]:
    """Return the lines of the program in which an agent asks another."""
    return [
        "planner edits app:storefront: done: planner for anne",
        "researcher reads app:storefront: done: Ship in May (researcher for planner for anne)",
        f"researcher reads app:billing: refused: {BEYOND}: {issuer}/delegations",
        f"researcher reads app:storefront when planner has ended it: refused: {REVOKED}: {issuer}/delegations",
    ]
