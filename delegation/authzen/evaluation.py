"""Evaluation: a service asks whether a token, or a person, may do something (AuthZEN 1.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from authz_core import Allowed, EngineError, object_of, parse_id
from delegation.authority.effective import decide, principal_may
from delegation.authority.refusal import Refusal, Term
from delegation.oauth.clients import SECRET_METHODS, Client
from delegation.oauth.errors import ProtocolError
from delegation.oauth.form import Form
from delegation.oauth.introspection import answers_to
from delegation.oauth.office import Office
from delegation.oauth.presented import presented_by
from delegation.oauth.request import Context, Request
from delegation.oauth.server import Answer, Server
from delegation.state.world import World
from delegation.tokens import InvalidToken, claimed_world, read_access_token

_UNKNOWN_TOKEN: Final = Refusal(Term.STATUS, "unknown_token", "the token is not active for this service")
_UNKNOWN: Final = Refusal(Term.STATUS, "unknown_organization", "the service gets no answers about this organization")


@dataclass(frozen=True, slots=True)
class Question:
    """What a service asks: may this subject do this to this resource."""

    subject_type: str
    """`token`, whose id is an access token, or a type of principal."""
    subject_id: str
    action: str
    resource_type: str
    resource_id: str
    organization: str | None


class Evaluation:
    """Answers the questions of services."""

    def __init__(self, office: Office) -> None:
        """Answer with the parts of an office."""
        self._office = office

    async def evaluate(self, question: Question, headers: Mapping[str, str], *, within: float = 0.0) -> Answer:
        """Return the AuthZEN answer for the service that authenticates by `headers`.

        It is worked out from facts at most `within` seconds old. Raises InvalidClient when the service does not
        authenticate, StoreUnavailable when newer revisions have to be read and cannot be.
        """
        organization, user = _concerned(question)
        users = () if user is None else (user,)
        view = await self._office.pictures.view(organization=organization, users=users, within=within)
        context = self._office.context(view)
        request = Request(Form.of(()), headers, context)
        try:
            client = Server(request).authenticate_client(request, SECRET_METHODS, "introspection")
        except ProtocolError:
            if not within:
                raise
            # Who can prove itself by newer facts is not sent away on older ones.
            return await self.evaluate(question, headers)
        decision = _decide(context, client, question)
        # A service that gets no answers is not told either how far an organization is.
        told = None if decision in (_UNKNOWN, _UNKNOWN_TOKEN) else view.world
        return Answer(HTTPStatus.OK, _answer(decision, told), age=view.age)


def _concerned(question: Question) -> tuple[str | None, str | None]:
    if question.subject_type == "token":
        return claimed_world(question.subject_id)
    return _id(question.organization), _id(question.subject_id) if question.subject_type == "user" else None


def _id(text: str | None) -> str | None:
    try:
        return None if text is None else parse_id(text)
    except EngineError:
        return None  # Nothing has such an id.


def _decide(context: Context, client: Client, question: Question) -> Allowed | Refusal:
    world = context.view.world
    if question.subject_type == "token":
        return _UNKNOWN_TOKEN if world is None else _decide_token(context, world, client, question)
    if world is None or client.party.id not in world.organization.services:
        return _UNKNOWN
    return _decide_principal(world, question)


def _decide_token(context: Context, world: World, client: Client, question: Question) -> Allowed | Refusal:
    try:
        token = read_access_token(question.subject_id, ring=context.ring, issuer=context.terms.issuer, now=context.now)
    except InvalidToken:
        return _UNKNOWN_TOKEN
    if not answers_to(world, client, token):
        return _UNKNOWN_TOKEN
    if question.organization not in {None, token.organization}:
        return Refusal(Term.TOKEN, "other_organization", "the token is for another organization")
    try:
        resource = object_of(question.resource_type, question.resource_id)
    except EngineError as error:
        return Refusal(Term.USER, error.code, str(error))
    return decide(world, presented_by(token), question.action, resource, int(context.now.timestamp()))


def _decide_principal(world: World, question: Question) -> Allowed | Refusal:
    try:
        resource = object_of(question.resource_type, question.resource_id)
        principal = object_of(question.subject_type, question.subject_id)
    except EngineError as error:
        return Refusal(Term.USER, error.code, str(error))
    return principal_may(world, principal, question.action, resource)


def _answer(decision: Allowed | Refusal, world: World | None) -> dict[str, Any]:
    revision = {} if world is None else {"revision": world.organization.revision}
    match decision:
        case Allowed(path):
            proof = [f"{fact.subject} {fact.relation} {fact.object}" for fact in path]
            return {"decision": True, "context": {"path": proof, **revision}}
        case Refusal(term, reason, detail, delegation, hop):
            failing = {"term": str(term), "delegation_id": delegation, "hop": hop}
            shown = {name: value for name, value in failing.items() if value is not None}
            return {"decision": False, "context": {"reason": reason, "detail": detail, "failing": shown, **revision}}
