"""What Alembic runs for every command: on the connection that `models.migration` hands over."""

from alembic import context

from models.migration import render_type

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    render_as_batch=attributes.get("is_altering", True),  # SQLite alters a table by making it anew
    render_item=render_type,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
