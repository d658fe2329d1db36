"""All commands by name, and how one is read from a document."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from delegation.directory.admissions import (
    AdmitAgent,
    AdmitService,
    DismissAgent,
    DismissService,
    ResumeAdmission,
    SuspendAdmission,
)
from delegation.directory.command import Command
from delegation.directory.credentials import CreateAgentCredentials, CreateServiceSecret
from delegation.directory.delegations import ResumeDelegation, RevokeDelegation, SuspendDelegation
from delegation.directory.errors import DirectoryError
from delegation.directory.groups import AddGroupMember, CreateGroup, DeleteGroup, RemoveGroupMember
from delegation.directory.model import (
    DeleteOrganizationRole,
    DeleteRole,
    PutOrganizationRole,
    PutPermission,
    PutResourceType,
    PutRole,
)
from delegation.directory.organizations import (
    CreateOrganization,
    CreateUser,
    DeleteOrganization,
    PutMembership,
    RemoveMembership,
    SetUserStatus,
)
from delegation.directory.parties import RegisterAgent, RegisterService, SetAgentStatus, SetServiceStatus
from delegation.directory.policies import (
    EndDelegationPolicy,
    PutDelegationPolicy,
    ResumeDelegationPolicy,
    SuspendDelegationPolicy,
)
from delegation.directory.providers import (
    AppointAdministrator,
    DismissAdministrator,
    LinkIdentity,
    PutIdentityProvider,
    RemoveIdentityProvider,
)
from delegation.directory.relationship_models import PutRelationshipModel
from delegation.directory.relationships import DeleteRelationships, WriteRelationships
from delegation.directory.resources import Assign, CreateResource, DeleteResource, MoveResource, Unassign

COMMANDS: Final[Mapping[str, type[Command]]] = {
    command.do: command
    for command in (
        CreateOrganization,
        DeleteOrganization,
        CreateUser,
        SetUserStatus,
        PutMembership,
        RemoveMembership,
        CreateGroup,
        DeleteGroup,
        AddGroupMember,
        RemoveGroupMember,
        PutResourceType,
        PutPermission,
        PutRole,
        DeleteRole,
        PutOrganizationRole,
        DeleteOrganizationRole,
        CreateResource,
        MoveResource,
        DeleteResource,
        Assign,
        Unassign,
        PutRelationshipModel,
        WriteRelationships,
        DeleteRelationships,
        RegisterAgent,
        CreateAgentCredentials,
        SetAgentStatus,
        AdmitAgent,
        SuspendAdmission,
        ResumeAdmission,
        DismissAgent,
        RegisterService,
        CreateServiceSecret,
        SetServiceStatus,
        AdmitService,
        DismissService,
        PutIdentityProvider,
        RemoveIdentityProvider,
        LinkIdentity,
        AppointAdministrator,
        DismissAdministrator,
        PutDelegationPolicy,
        SuspendDelegationPolicy,
        ResumeDelegationPolicy,
        EndDelegationPolicy,
        RevokeDelegation,
        SuspendDelegation,
        ResumeDelegation,
    )
}


class Malformed(DirectoryError):
    """The command has a field that is missing, unknown or of the wrong form."""

    status = 400
    code = "malformed"


def command_from(name: str, fields: Mapping[str, Any]) -> Command:
    """Return the command a document describes. Raises Malformed, naming the first field that is wrong."""
    form = COMMANDS.get(name)
    if form is None:
        raise Malformed(f"no command `{name}`; there are: {', '.join(sorted(COMMANDS))}")
    try:
        document = json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError):
        raise Malformed("a field holds what JSON has no word for, such as a bare date") from None
    try:
        return form.model_validate_json(document)
    except ValidationError as error:
        # Pydantic's text repeats the input, which may be a secret: only place and rule are passed on.
        fault = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the command"
        raise Malformed(f"`{place}`: {fault['msg'].removeprefix('Value error, ')}") from None
