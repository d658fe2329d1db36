"""Configuration: read once from the environment, checked, then frozen."""

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

PREFIX: Final = "DELEGATION_"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+")


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("must be an https URL (http only on a loopback address)")
    if not parts.hostname or "@" in parts.netloc or "?" in url or "#" in url or url.endswith("/"):
        raise ValueError("must have a host, and no user, query, fragment or trailing slash")  # RFC 8414 §2
    return url


def _addresses(text: str) -> str:
    for each in _listed(text):
        try:
            ip_network(each)
        except ValueError as error:
            # What looks like an address and is none is a slip, and would be a host that nobody has.
            if _HOST.fullmatch(each) is None or not each.rpartition(".")[2].strip("0123456789"):
                raise ValueError("must be networks such as `10.1.0.0/16`, and hosts, with commas between") from error
    return text


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


Issuer = Annotated[str, AfterValidator(_issuer)]


class SettingsError(Exception):
    """A setting cannot be used; the text names the variable and never its value."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads `DELEGATION_<NAME>_FILE`: the usual way to hand a secret to a container."""

    @override
    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        named = self.current_state.get(f"{field_name}_file")
        return (_content(Path(named), field_name) if named else None), field_name, False

    @override
    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        values = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in values.items() if value is not None}


def _content(path: Path, field_name: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        variable = f"{PREFIX}{field_name}_file".upper()
        raise SettingsError(f"{variable}: the file `{path}` cannot be read as text") from None


class Settings(BaseSettings):
    """What a deployment decides; every field is the variable `DELEGATION_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    issuer: Issuer = "http://127.0.0.1:8400"
    """Public URL of this service, byte-identical in every token and document."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8400
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that serve on the port."""
    drain_seconds: Annotated[float, Field(ge=0, le=300)] = 5
    """Seconds that a process asked to end serves on while `/readyz` sends others elsewhere; 0 is for no balancer."""
    quiet: bool = False
    """Leaves out the log line of each request."""
    data_directory: Path = Path(".delegation")
    """Holds the embedded database, the master key and the administrator's secret."""
    database_url: SecretStr | None = None
    """SQLAlchemy URL, which may hold a password; without one, SQLite in the data directory."""
    database_url_file: Path | None = None
    administrator_secret: SecretStr | None = None
    """The bootstrap administrator's credential; without one, a file in the data directory."""
    administrator_secret_file: Path | None = None
    master_key: SecretStr | None = None
    """32 bytes in base64url that seal the signing keys; without one, a file in the data directory."""
    master_key_file: Path | None = None
    policy: str = "saas"
    """The model an empty database starts from: a name in `policies/`, or the path of a file.

    A TOML file holds a catalog of roles; `.fga`, `.json`, `fga.mod` and `.fga.yaml` hold a relationship model.
    """
    delegable_types: str | None = None
    """Types of a relationship model, with commas between, on which something can be delegated.

    Default: those that look like resources, because something is held on them and nothing by them.
    """
    signing_algorithm: Annotated[str, Field(pattern="^(ES256|Ed25519|RS256)$")] = "ES256"
    token_lifetime: Annotated[int, Field(ge=10, le=3600)] = 300
    """Seconds an issued access token lives at most."""
    delegation_lifetime: Annotated[int, Field(ge=60, le=366 * 86400)] = 90 * 86400
    """Seconds a delegation lives at most."""
    tree_depth: Annotated[int, Field(ge=1, le=64)] = 8
    chain_length: Annotated[int, Field(ge=1, le=16)] = 5
    rows_in_memory: Annotated[int, Field(ge=1)] = 3_000_000
    """Rows that the pictures in memory may have together before those not used for longest are dropped."""
    body_limit: Annotated[int, Field(ge=1024)] = 65_536
    """Bytes a request body may have."""
    caller_limit: Annotated[int, Field(ge=0)] = 10_000
    """Requests of one caller that each process answers in ten seconds; 0 is any number."""
    organization_limit: Annotated[int, Field(ge=0)] = 20_000
    """Requests of agents and services about one organization that each process answers in ten seconds; 0 is any."""
    stranger_limit: Annotated[int, Field(ge=0)] = 1_000
    """Requests of one address that failed to authenticate and are told so in ten seconds; 0 is any number."""
    in_flight_limit: Annotated[int, Field(ge=48)] = 512
    """Requests that each process answers at once at most; under overload it finds out itself how many fewer."""
    connection_limit: Annotated[int, Field(ge=16)] = 900
    """Connections of each process; the descriptors that it may open have to be some more."""
    stream_limit: Annotated[int, Field(ge=0)] = 100
    """Change streams that each process has open at once at most."""
    idle_seconds: Annotated[int, Field(ge=1)] = 75
    """Seconds that a connection may be idle: longer than the proxy in front keeps one, or it uses one that ends."""
    reserved_space: Annotated[int, Field(ge=0)] = 16 << 20
    """Bytes kept on the disk of the embedded database for what takes rights away; 0 keeps none."""
    trust_clock: bool = False
    """Starts although the log of the embedded database tells of a later time than the clock; for one start."""
    seal_interval: Annotated[int, Field(ge=1)] = 60
    """Seconds between seals of the log."""
    private_key_addresses: Annotated[str, AfterValidator(_addresses)] | None = None
    """Networks and hosts inside, with commas between, that identity providers and agents may have their keys at."""
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port on which what was counted is told to whoever scrapes it; without one it is not told."""
    metrics_host: str = "127.0.0.1"
    """Address to listen on there."""
    traces: Literal["off", "otlp"] = "off"
    """Sends traces by OTLP over HTTP; where to is in the variables of OpenTelemetry."""
    consent_uri: str | None = None
    """Where a person grants a delegation; told to agents that lack one. Default: the delegations API."""
    development_identity_provider: bool = False
    """Issues a token for any user to anybody who asks. Never outside development."""

    @property
    def database(self) -> str:
        """The URL of the database in use."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_directory / 'delegation.db'}"

    @property
    def on_loopback(self) -> bool:
        """Whether the service is for this machine alone."""
        return urlsplit(self.issuer).hostname in _LOOPBACK

    @property
    def traced(self) -> bool:
        """Whether traces are made."""
        return self.traces != "off"

    @property
    def key_addresses(self) -> tuple[str, ...]:
        """The networks and hosts inside that keys may be fetched from."""
        return _listed(self.private_key_addresses or "")

    @property
    def types_to_delegate(self) -> tuple[str, ...] | None:
        """The types of a relationship model on which something can be delegated; None leaves it to the engine."""
        return None if self.delegable_types is None else _listed(self.delegable_types)

    @property
    def delegations_audience(self) -> str:
        """The sole audience of a user token that may manage delegations (semantics: the user's own hand)."""
        return f"{self.issuer}/delegations"

    @property
    def management_audience(self) -> str:
        """The sole audience of a user token that may administer."""
        return f"{self.issuer}/management"

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over secret files."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


def configured(**given: Any) -> Settings:
    """Return the settings of the environment, those given in their stead; the issuer follows host and port.

    Raises SettingsError, also for a variable that would be ignored.
    """
    _check_names(os.environ)
    try:
        settings = Settings(**given)
        if "issuer" not in settings.model_fields_set and {"host", "port"} & settings.model_fields_set:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            return Settings(**given, issuer=f"http://{host}:{settings.port}")
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in fault["loc"]).upper()
        raise SettingsError(f"{PREFIX}{name}: {fault['msg'].removeprefix('Value error, ')}") from None
    return settings


def hand_on(**given: Any) -> None:
    """Put settings into the environment of the processes that this one starts; never a secret."""
    os.environ.update({f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()})


def _check_names(names: Iterable[str]) -> None:
    known = [f"{PREFIX}{field.upper()}" for field in Settings.model_fields]
    for name in names:
        if name.upper().startswith(PREFIX) and name not in known:
            nearest = get_close_matches(name.upper(), known, 1, 0)[0]
            raise SettingsError(f"`{name}` is no setting; did you mean `{nearest}`?")
