"""The versions of the schema, as the migrations tell them: whoever adds one is not asked to add it here."""

from pathlib import Path

from alembic.script import ScriptDirectory

from delegation.store import schema

_SCRIPTS = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
NEWEST, *EARLIER = [script.revision for script in _SCRIPTS.walk_revisions()]
"""The version that this release needs, and those before it."""
