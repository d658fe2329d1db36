"""What each command answers, for the documentation: one entry for each command, and tests that compare."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, create_model

from delegation.web.relationship_shapes import RELATIONSHIP_MODEL
from delegation.web.shapes import DelegationRow, PolicyRow, Shape

_Standing = Literal["active", "suspended", "deleted"]
_Texts = list[str]


def _shape(name: str, base: type[Shape] = Shape, /, **members: Any) -> type[BaseModel]:
    """Return the form of an object with these members; in a tuple, the second is what stands where it is absent."""
    fields: dict[str, Any] = {**members, "revision": (int | None, None)}
    words = "What is true now; `revision` says since when, where something changed."
    return create_model(name, __base__=base, __doc__=words, **fields)


_Absent: Final = None
_status = _shape("StatusShown", id=str, status=_Standing)
_slug = _shape("SlugShown", slug=str)
_id = _shape("IdShown", id=str)
_user = _shape("UserShown", user=str)
_role: Final = {"slug": str, "type": str, "permissions": _Texts, "name": str}
_member = _shape("GroupMemberShown", organization=str, group=str, member=str)
_assignment = _shape("AssignmentShown", organization=str, principal=str, role=str, resource=str)
_resource: Final = {"organization": str, "resource": str, "parent": str | None, "name": str}
_delegation = _shape("DelegationChanged", DelegationRow, organization=str)
_admission = _shape("AdmissionSwitched", organization=str, agent=str, suspended=bool)
_policy = _shape("DelegationPolicyChanged", PolicyRow, organization=str)
_relationships = _shape("RelationshipsChanged", organization=str, written=int, deleted=int)
_credentials = _shape(
    "CredentialsMade", id=str, client_id=str, previous_secret_until=(int, _Absent), client_secret=(str, _Absent)
)

ANSWERS: Final[Mapping[str, type[BaseModel]]] = {
    "create-organization": _shape("OrganizationMade", id=str, name=str, status=_Standing),
    "delete-organization": _shape("OrganizationEnded", id=str, status=_Standing, revoked=_Texts),
    "create-user": _shape("UserMade", id=str, name=str, status=_Standing),
    "set-user-status": _status,
    "put-membership": _shape("MembershipShown", organization=str, user=str, active=bool),
    "remove-membership": _shape("MembershipEnded", organization=str, user=str, revoked=_Texts),
    "create-group": _shape("GroupMade", organization=str, id=str, name=str),
    "delete-group": _shape("GroupEnded", organization=str, id=str, revoked=_Texts),
    "add-group-member": _member,
    "remove-group-member": _member,
    "put-resource-type": _shape("ResourceTypeShown", slug=str, parents=_Texts, delegable=bool),
    "put-permission": _shape("PermissionShown", slug=str, type=str, administrative=bool),
    "put-role": _shape("RoleShown", **_role),
    "delete-role": _slug,
    "put-organization-role": _shape("OrganizationRoleShown", organization=str, **_role),
    "delete-organization-role": _shape("OrganizationRoleEnded", organization=str, slug=str, revoked=_Texts),
    "create-resource": _shape("ResourceMade", **_resource),
    "move-resource": _shape("ResourceMoved", **_resource, reach_grew=_Texts, reach_shrank=_Texts),
    "delete-resource": _shape("ResourcesEnded", organization=str, deleted=_Texts, revoked=_Texts),
    "assign": _assignment,
    "unassign": _assignment,
    "put-relationship-model": _shape("RelationshipModelShown", **RELATIONSHIP_MODEL),
    "write-relationships": _relationships,
    "delete-relationships": _shape("RelationshipsDeleted", organization=str, deleted=int, left=int),
    "register-agent": _shape(
        "AgentMade", id=str, client_id=str, name=str, status=_Standing, client_secret=(str, _Absent)
    ),
    "create-agent-credentials": _credentials,
    "set-agent-status": _status,
    "admit-agent": _shape("AgentAdmission", organization=str, agent=str, ceiling=str | list[dict[str, Any]]),
    "suspend-admission": _admission,
    "resume-admission": _admission,
    "dismiss-agent": _shape("AgentDismissal", organization=str, agent=str, revoked=_Texts),
    "register-service": _shape(
        "ServiceMade", id=str, client_id=str, audience=str, name=str, client_secret=(str, _Absent)
    ),
    "create-service-secret": _credentials,
    "set-service-status": _status,
    "admit-service": _shape("ServiceAdmission", organization=str, service=str, follow=bool),
    "dismiss-service": _shape("ServiceDismissal", organization=str, service=str),
    "put-identity-provider": _shape(
        "IdentityProviderShown",
        id=str,
        issuer=str,
        subjects=str,
        jwks_uri=(str, _Absent),
        jwks=(dict[str, Any], _Absent),
        audience=(str, _Absent),
        organization=(str, _Absent),
    ),
    "remove-identity-provider": _id,
    "link-identity": _shape("IdentityLinked", user=str, issuer=str, subject=str),
    "appoint-administrator": _user,
    "dismiss-administrator": _user,
    "put-delegation-policy": _policy,
    "suspend-delegation-policy": _policy,
    "resume-delegation-policy": _policy,
    "end-delegation-policy": _shape("DelegationPolicyEnded", PolicyRow, organization=str, revoked=_Texts),
    "revoke-delegation": _delegation,
    "suspend-delegation": _delegation,
    "resume-delegation": _delegation,
}
