"""Settings: read from the environment or from secret files, checked at once, never told."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from delegation.settings import PREFIX, Settings, SettingsError, configured, hand_on

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
SECRETS = ("administrator_secret", "database_url", "master_key")

GOOD: dict[str, tuple[str, Any]] = {
    "issuer": ("https://as.example/tenant", "https://as.example/tenant"),
    "host": ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - read, never listened on
    "port": ("9000", 9000),
    "workers": ("4", 4),
    "drain_seconds": ("2.5", 2.5),
    "trust_clock": ("true", True),
    "quiet": ("true", True),
    "data_directory": ("/var/lib/delegation", Path("/var/lib/delegation")),
    "database_url": ("sqlite:////tmp/x.db", SecretStr("sqlite:////tmp/x.db")),
    "administrator_secret": ("a long administrator's secret", SecretStr("a long administrator's secret")),
    "master_key": (KEY, SecretStr(KEY)),
    "policy": ("mine.toml", "mine.toml"),
    "delegable_types": ("folder, document", "folder, document"),
    "signing_algorithm": ("Ed25519", "Ed25519"),
    "token_lifetime": ("60", 60),
    "delegation_lifetime": ("3600", 3600),
    "tree_depth": ("3", 3),
    "chain_length": ("2", 2),
    "rows_in_memory": ("1", 1),
    "body_limit": ("2048", 2048),
    "caller_limit": ("5", 5),
    "organization_limit": ("0", 0),
    "stranger_limit": ("7", 7),
    "in_flight_limit": ("100", 100),
    "connection_limit": ("50", 50),
    "stream_limit": ("3", 3),
    "idle_seconds": ("5", 5),
    "reserved_space": ("0", 0),
    "seal_interval": ("5", 5),
    "private_key_addresses": ("10.1.0.0/16, keys.internal", "10.1.0.0/16, keys.internal"),
    "metrics_port": ("9464", 9464),
    "metrics_host": ("10.0.0.5", "10.0.0.5"),
    "traces": ("otlp", "otlp"),
    "consent_uri": ("https://consent.example", "https://consent.example"),
    "development_identity_provider": ("true", True),
}

BAD: list[tuple[str, str]] = [
    ("issuer", "as.example"),
    ("issuer", "http://as.example"),
    ("issuer", "https://as.example/"),
    ("issuer", "https://as.example?x=1"),
    ("issuer", "https://as.example#x"),
    ("issuer", "https://user@as.example"),
    ("issuer", "ftp://as.example"),
    ("issuer", ""),
    ("port", "0"),
    ("port", "65536"),
    ("port", "http"),
    ("workers", "0"),
    ("workers", "65"),
    ("drain_seconds", "-1"),
    ("drain_seconds", "301"),
    ("quiet", "rather"),
    ("seal_interval", "0"),
    ("seal_interval", "often"),
    ("metrics_port", "0"),
    ("metrics_port", "metrics"),
    ("traces", "yes"),
    ("signing_algorithm", "none"),
    ("signing_algorithm", "HS256"),
    ("signing_algorithm", "PS256"),
    ("private_key_addresses", "10.0.0.1/8"),
    ("private_key_addresses", "10.0.0.256"),
    ("private_key_addresses", "keys.internal 10.0.0.0/8"),
    ("private_key_addresses", "https://keys.internal/"),
    ("token_lifetime", "9"),
    ("token_lifetime", "3601"),
    ("token_lifetime", "five minutes"),
    ("delegation_lifetime", "59"),
    ("delegation_lifetime", "31622401"),
    ("tree_depth", "0"),
    ("tree_depth", "65"),
    ("chain_length", "0"),
    ("chain_length", "17"),
    ("rows_in_memory", "0"),
    ("body_limit", "1023"),
    ("caller_limit", "-1"),
    ("organization_limit", "many"),
    ("stranger_limit", "1.5"),
    ("in_flight_limit", "47"),
    ("connection_limit", "15"),
    ("stream_limit", "-1"),
    ("idle_seconds", "0"),
    ("development_identity_provider", "perhaps"),
]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without any of our variables."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def test_what_is_not_said_is_safe() -> None:
    """Without configuration the service listens on loopback, and nothing meant for development is on."""
    settings = Settings()
    assert (settings.host, settings.issuer) == ("127.0.0.1", "http://127.0.0.1:8400")
    assert settings.development_identity_provider is False
    assert settings.administrator_secret is settings.master_key is None
    assert settings.database == "sqlite:///.delegation/delegation.db"


@pytest.mark.parametrize("name", GOOD)
def test_each_setting_is_a_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Every setting is read from the variable of its name."""
    text, value = GOOD[name]
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", text)
    assert getattr(Settings(), name) == value


def test_no_setting_is_left_out_here() -> None:
    """The list of settings in this test is the list of settings that there are."""
    assert GOOD.keys() | {f"{name}_file" for name in SECRETS} == Settings.model_fields.keys()


@pytest.mark.threat("I18")
@pytest.mark.parametrize(("name", "text"), BAD)
def test_a_bad_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    """A value out of bounds is refused before anything starts, and the setting is named."""
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", text)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [fault["loc"] for fault in caught.value.errors()] == [(name,)]


@pytest.mark.threat("I18")
@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("MASTER_KEY_FIEL", "MASTER_KEY_FILE"),
        ("ADMIN_SECRET", "ADMINISTRATOR_SECRET"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("TOKEN_LIFETIME_FILE", "TOKEN_LIFETIME"),
        ("", "PORT"),
        ("port", "PORT"),
    ],
)
def test_a_variable_that_would_be_ignored_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, nearest: str) -> None:
    """A misspelt variable keeps the service from starting: its value may be what was to make it safe."""
    monkeypatch.setenv(f"{PREFIX}{name}", "canary")
    with pytest.raises(SettingsError, match=f"`{PREFIX}{name}` is no setting; did you mean `{PREFIX}.*`") as caught:
        configured()
    assert name == "" or f"`{PREFIX}{nearest}`" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_issuer_follows_host_and_port() -> None:
    """Without an issuer the service calls itself by the address that it listens on; with one, by that."""
    assert configured(port=9000).issuer == "http://127.0.0.1:9000"
    assert configured(host="::1").issuer == "http://[::1]:8400"
    assert configured(port=9000, issuer="https://as.example").issuer == "https://as.example"


def test_what_was_given_reaches_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that were handed on are those of every process started from then on."""
    for name in Settings.model_fields:
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", "to be restored")
        monkeypatch.delenv(f"{PREFIX}{name.upper()}")
    given: dict[str, Any] = {
        "port": 9000,
        "data_directory": Path("/var/x y"),
        "quiet": True,
        "issuer": "https://as.example",
    }
    hand_on(**given)
    assert configured() == Settings.model_validate(given)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_for_loopback(host: str) -> None:
    """An issuer without TLS is taken on a loopback address alone."""
    assert Settings(issuer=f"http://{host}:8400").issuer == f"http://{host}:8400"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """A secret may stand in a file that a variable names, with blanks around it; the variable itself wins."""
    file = tmp_path / "secret"
    file.write_text(f"  {KEY}\n")
    monkeypatch.setenv(f"{PREFIX}{name}_file".upper(), str(file))
    assert getattr(Settings(), name).get_secret_value() == KEY
    monkeypatch.setenv(f"{PREFIX}{name}".upper(), "from the environment")
    assert getattr(Settings(), name).get_secret_value() == "from the environment"


@pytest.mark.threat("I18")
@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("content", [None, "directory", b"\xff\xfe"])
def test_a_secret_file_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: str | bytes | None
) -> None:
    """Where the file of a secret is missing, a directory or no text, the variable is named and nothing starts."""
    file = tmp_path / "secret"
    if content == "directory":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    monkeypatch.setenv(f"{PREFIX}{name}_file".upper(), str(file))
    with pytest.raises(SettingsError, match=f"{PREFIX}{name}_file".upper()):
        Settings()


@pytest.mark.threat("47")
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_not_shown(name: str) -> None:
    """Printing the settings, or dumping them, tells no secret."""
    settings = Settings.model_validate({name: "canary-in-the-settings"})
    assert "canary" not in f"{settings!r} {settings!s} {settings.model_dump_json()}"


def test_settings_are_frozen() -> None:
    """What was read once does not change any more."""
    with pytest.raises(ValidationError):
        setattr(Settings(), "port", 1)  # noqa: B010 - written out, the type checker refuses it first


def shown(default: object) -> str:
    """Return how the page writes what a setting is when nothing is said."""
    text = str(default).lower() if default is None or isinstance(default, bool) else str(default)
    return f"`{text}`"


def test_the_page_lists_every_setting_and_no_other() -> None:
    """The page for operators has one row for each variable, with the value it has when nothing is said."""
    rows = re.findall(r"^\| `(DELEGATION_[A-Z_]+)` \| (`[^|]*`) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    fields = Settings.model_fields.items()
    assert rows == [(f"{PREFIX}{name.upper()}", shown(field.default)) for name, field in fields]
