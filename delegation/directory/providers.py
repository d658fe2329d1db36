"""Commands on identity providers, on which identity is which user, and on administrators of the platform."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from delegation.directory.command import Answer, Command, Id, Slug, Words
from delegation.directory.draft import Draft
from delegation.directory.errors import Conflict, Exists, Unknown
from delegation.directory.keys import KeysAddress, ProviderKeySet
from delegation.directory.organizations import user_row
from delegation.state.views import partition_of_user

IssuerText = Annotated[Words, Field(min_length=1, max_length=500)]


class PutIdentityProvider(Command):
    """Trust an issuer of user tokens: its keys, its audience, whom it may speak for."""

    do: ClassVar[str] = "put-identity-provider"
    id: Slug
    issuer: IssuerText
    jwks_uri: KeysAddress | None = None
    jwks: ProviderKeySet | None = None
    audience: Annotated[Words, Field(min_length=1, max_length=500)] | None = None
    """The audience its tokens carry for this service; the issuer URL of this service when not given."""
    organization: Id | None = None
    subjects: Literal["linked", "same"] = "linked"

    @property
    @override
    def organization_concerned(self) -> str | None:
        return self.organization

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if (self.jwks is None) is (self.jwks_uri is None):
            raise ValueError("give either `jwks` or `jwks_uri`")
        return self

    @override
    def draft(self, on: Draft) -> Answer:
        platform = on.view.platform
        trusted, known = platform.provider_of(self.issuer), platform.providers.get(self.id)
        if trusted is not None and trusted.id != self.id:
            raise Conflict(f"the issuer is trusted already, as `{trusted.id}`")
        if known is None:
            on.name("identity-provider", self.id)
        elif known.issuer != self.issuer:
            raise Conflict(f"`{self.id}` is the provider of another issuer; give this one a name of its own")
        bound_to = None if self.organization is None else on.organization.id
        row = {**self.model_dump(), "organization": bound_to}
        on.put_platform("identity_providers", **row)
        return {name: value for name, value in row.items() if value is not None}


class RemoveIdentityProvider(Command):
    """Trust an issuer no longer: its tokens are refused at once."""

    do: ClassVar[str] = "remove-identity-provider"
    id: Slug

    @override
    def draft(self, on: Draft) -> Answer:
        if self.id not in on.view.platform.providers:
            raise Unknown(f"no identity provider `{self.id}`")
        on.remove_platform("identity_providers", id=self.id)
        return {"id": self.id}


class LinkIdentity(Command):
    """Say which user an identity of a provider is; an identity is linked once, for ever."""

    do: ClassVar[str] = "link-identity"
    user: Id
    issuer: IssuerText
    subject: Annotated[Words, Field(min_length=1, max_length=256)]

    @property
    @override
    def users_concerned(self) -> tuple[str, ...]:
        return (self.user,)

    @override
    def draft(self, on: Draft) -> Answer:
        user_row(on, self.user)
        if on.view.platform.provider_of(self.issuer) is None:
            raise Unknown("no identity provider with this issuer is trusted")
        if (self.issuer, self.subject) in on.view.users[self.user].identities:
            raise Exists(f"the identity is linked to `{self.user}` already")
        on.name(f"identity:{self.issuer}", self.subject)
        row = self.model_dump()
        on.put(partition_of_user(self.user), "identities", **row)
        return row


class AppointAdministrator(Command):
    """Make a user an administrator of the platform."""

    do: ClassVar[str] = "appoint-administrator"
    user: Id

    @property
    @override
    def users_concerned(self) -> tuple[str, ...]:
        return (self.user,)

    @override
    def draft(self, on: Draft) -> Answer:
        user_row(on, self.user)
        on.put_platform("administrators", user=self.user)
        return {"user": self.user}


class DismissAdministrator(Command):
    """Make a user an administrator of the platform no longer."""

    do: ClassVar[str] = "dismiss-administrator"
    user: Id

    @override
    def draft(self, on: Draft) -> Answer:
        if self.user not in on.view.platform.administrators:
            raise Unknown(f"`{self.user}` is no administrator of the platform")
        on.remove_platform("administrators", user=self.user)
        return {"user": self.user}
