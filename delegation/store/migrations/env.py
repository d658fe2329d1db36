"""How Alembic runs the migrations: on the connection it is given, in that connection's transaction."""

from alembic import context

from delegation.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter most columns
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
