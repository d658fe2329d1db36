"""Introspection answers that the service can show to others: signed, for it alone (RFC 9701)."""

from typing import Final

from delegation.oauth.clients import Client
from delegation.oauth.request import Context
from delegation.oauth.server import Answer
from delegation.tokens import IntrospectionAnswer, Purpose, sign_introspection_answer

MEDIA_TYPE: Final = "application/token-introspection+jwt"


def signed(answer: Answer, context: Context, client: Client) -> str:
    """Return an answer about a token as a JWT for the client that asked (RFC 9701 §5).

    Raises NoSigningKey while no key for it is active.
    """
    told = IntrospectionAnswer(
        issuer=context.terms.issuer,
        # As the client that it authenticated as: that is by what others' clients know themselves.
        audience=client.party.id,
        issued_at=context.now.replace(microsecond=0),
        told=answer.body,
    )
    return sign_introspection_answer(told, context.ring.signing(Purpose.INTROSPECTION, now=context.now))
