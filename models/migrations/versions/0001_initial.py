"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Takes the step."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_api_key_created_at_id", "api_key", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_api_key_creator_id",
        "api_key",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_api_key_expires_at_id", "api_key", ["expires_at", "id"], unique=False)
    op.create_index("ix_api_key_name_id", "api_key", ["name", "id"], unique=False)
    op.create_index(
        "ix_api_key_project_id",
        "api_key",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_api_key_share_token",
        "api_key",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_api_key_size_id", "api_key", ["size", "id"], unique=False)
    op.create_index("ix_api_key_updated_at_id", "api_key", ["updated_at", "id"], unique=False)
    op.create_index("ix_api_key_user_id", "api_key", ["user_id", "created_at", "id"], unique=False)
    op.create_table(
        "batch_prediction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_message", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("fields_map", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(), nullable=True),
        sa.Column("output_dataset_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_batch_prediction_created_at_id", "batch_prediction", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_batch_prediction_creator_id",
        "batch_prediction",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index(
        "ix_batch_prediction_dataset_id", "batch_prediction", ["dataset_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_batch_prediction_dataset_id_id", "batch_prediction", ["dataset_id", "id"], unique=False)
    op.create_index("ix_batch_prediction_model_id", "batch_prediction", ["model_id", "created_at", "id"], unique=False)
    op.create_index("ix_batch_prediction_model_id_id", "batch_prediction", ["model_id", "id"], unique=False)
    op.create_index("ix_batch_prediction_name_id", "batch_prediction", ["name", "id"], unique=False)
    op.create_index(
        "ix_batch_prediction_project_id",
        "batch_prediction",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index("ix_batch_prediction_row_count_id", "batch_prediction", ["row_count", "id"], unique=False)
    op.create_index(
        "ix_batch_prediction_share_token",
        "batch_prediction",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_batch_prediction_size_id", "batch_prediction", ["size", "id"], unique=False)
    op.create_index("ix_batch_prediction_state", "batch_prediction", ["state", "created_at", "id"], unique=False)
    op.create_index("ix_batch_prediction_updated_at_id", "batch_prediction", ["updated_at", "id"], unique=False)
    op.create_table(
        "blob_reference",
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "digest"),
    )
    op.create_index(op.f("ix_blob_reference_digest"), "blob_reference", ["digest"], unique=False)
    op.create_table(
        "dataset",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_message", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("parent_ids", sa.String(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("column_count", sa.Integer(), nullable=False),
        sa.Column("objective_id", sa.String(), nullable=True),
        sa.Column("content", sa.String(), nullable=True),
        sa.Column("summaries", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("field_errors", sa.JSON(), nullable=False),
        sa.Column("row_format_errors", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_dataset_column_count_id", "dataset", ["column_count", "id"], unique=False)
    op.create_index("ix_dataset_created_at_id", "dataset", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_dataset_creator_id",
        "dataset",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_dataset_name_id", "dataset", ["name", "id"], unique=False)
    op.create_index(
        "ix_dataset_project_id",
        "dataset",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index("ix_dataset_row_count_id", "dataset", ["row_count", "id"], unique=False)
    op.create_index(
        "ix_dataset_share_token",
        "dataset",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_dataset_size_id", "dataset", ["size", "id"], unique=False)
    op.create_index(
        "ix_dataset_source_id",
        "dataset",
        ["source_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("source_id IS NOT NULL"),
    )
    op.create_index("ix_dataset_source_id_id", "dataset", ["source_id", "id"], unique=False)
    op.create_index("ix_dataset_state", "dataset", ["state", "created_at", "id"], unique=False)
    op.create_index("ix_dataset_updated_at_id", "dataset", ["updated_at", "id"], unique=False)
    op.create_table(
        "evaluation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_message", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("fields_map", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("performance", sa.Float(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_evaluation_created_at_id", "evaluation", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_evaluation_creator_id",
        "evaluation",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_evaluation_dataset_id", "evaluation", ["dataset_id", "created_at", "id"], unique=False)
    op.create_index("ix_evaluation_dataset_id_id", "evaluation", ["dataset_id", "id"], unique=False)
    op.create_index("ix_evaluation_model_id", "evaluation", ["model_id", "created_at", "id"], unique=False)
    op.create_index("ix_evaluation_model_id_id", "evaluation", ["model_id", "id"], unique=False)
    op.create_index("ix_evaluation_name_id", "evaluation", ["name", "id"], unique=False)
    op.create_index("ix_evaluation_performance_id", "evaluation", ["performance", "id"], unique=False)
    op.create_index(
        "ix_evaluation_project_id",
        "evaluation",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index("ix_evaluation_row_count_id", "evaluation", ["row_count", "id"], unique=False)
    op.create_index(
        "ix_evaluation_share_token",
        "evaluation",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_evaluation_size_id", "evaluation", ["size", "id"], unique=False)
    op.create_index("ix_evaluation_state", "evaluation", ["state", "created_at", "id"], unique=False)
    op.create_index("ix_evaluation_updated_at_id", "evaluation", ["updated_at", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("actor_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=True),
        sa.Column("progress", sa.Float(), nullable=True),
        sa.Column("metrics", sa.JSON(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_job_sequence", "event", ["job_id", "sequence"], unique=False)
    op.create_index("ix_event_resource_sequence", "event", ["resource_id", "sequence"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("depends_on", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_path", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("cores", sa.Integer(), nullable=True),
        sa.Column("memory_mb", sa.Integer(), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_created_at_id", "job", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_job_creator_id",
        "job",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_job_ended_at_id", "job", ["ended_at", "id"], unique=False)
    op.create_index("ix_job_name_id", "job", ["name", "id"], unique=False)
    op.create_index(
        "ix_job_project_id",
        "job",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index("ix_job_resource_id", "job", ["resource_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_job_share_token", "job", ["share_token"], unique=False, sqlite_where=sa.text("share_token IS NOT NULL")
    )
    op.create_index("ix_job_size_id", "job", ["size", "id"], unique=False)
    op.create_index("ix_job_started_at_id", "job", ["started_at", "id"], unique=False)
    op.create_index("ix_job_state", "job", ["state", "created_at", "id"], unique=False)
    op.create_index("ix_job_updated_at_id", "job", ["updated_at", "id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "project_id"),
    )
    op.create_index(op.f("ix_membership_project_id"), "membership", ["project_id"], unique=False)
    op.create_table(
        "model",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_message", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("dataset_id", sa.String(), nullable=True),
        sa.Column("dataset_ids", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("objective_id", sa.String(), nullable=True),
        sa.Column("objective_name", sa.String(), nullable=True),
        sa.Column("input_ids", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("column_count", sa.Integer(), nullable=False),
        sa.Column("importance", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=True),
        sa.Column("libraries", sa.JSON(), nullable=False),
        sa.Column("is_white_box", sa.Boolean(), nullable=False),
        sa.Column("content", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_model_algorithm_id", "model", ["algorithm", "id"], unique=False)
    op.create_index("ix_model_column_count_id", "model", ["column_count", "id"], unique=False)
    op.create_index("ix_model_created_at_id", "model", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_model_creator_id",
        "model",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index(
        "ix_model_dataset_id",
        "model",
        ["dataset_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("dataset_id IS NOT NULL"),
    )
    op.create_index("ix_model_dataset_id_id", "model", ["dataset_id", "id"], unique=False)
    op.create_index("ix_model_name_id", "model", ["name", "id"], unique=False)
    op.create_index("ix_model_objective_name_id", "model", ["objective_name", "id"], unique=False)
    op.create_index(
        "ix_model_project_id",
        "model",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index("ix_model_row_count_id", "model", ["row_count", "id"], unique=False)
    op.create_index(
        "ix_model_share_token", "model", ["share_token"], unique=False, sqlite_where=sa.text("share_token IS NOT NULL")
    )
    op.create_index("ix_model_size_id", "model", ["size", "id"], unique=False)
    op.create_index("ix_model_source_id_id", "model", ["source_id", "id"], unique=False)
    op.create_index("ix_model_state", "model", ["state", "created_at", "id"], unique=False)
    op.create_index("ix_model_updated_at_id", "model", ["updated_at", "id"], unique=False)
    op.create_table(
        "prediction",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("input_data", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("objective_id", sa.String(), nullable=True),
        sa.Column("objective_name", sa.String(), nullable=True),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("output", sa.String(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_prediction_created_at_id", "prediction", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_prediction_creator_id",
        "prediction",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_prediction_model_id", "prediction", ["model_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_prediction_project_id",
        "prediction",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_prediction_share_token",
        "prediction",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_project_created_at_id", "project", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_project_creator_id",
        "project",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_project_name_id", "project", ["name", "id"], unique=False)
    op.create_index(
        "ix_project_project_id",
        "project",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_project_share_token",
        "project",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_project_size_id", "project", ["size", "id"], unique=False)
    op.create_index("ix_project_updated_at_id", "project", ["updated_at", "id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("changed", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_frozen", sa.Boolean(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("resource_id", "number"),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_message", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("charset", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("md5", sa.String(), nullable=False),
        sa.Column("remote_url", sa.String(), nullable=True),
        sa.Column("content", sa.String(), nullable=True),
        sa.Column("parser", sa.JSON(), nullable=False),
        sa.Column("is_datetime_disabled", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("component_ids", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_source_content_type_id", "source", ["content_type", "id"], unique=False)
    op.create_index("ix_source_created_at_id", "source", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_source_creator_id",
        "source",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_source_file_name_id", "source", ["file_name", "id"], unique=False)
    op.create_index("ix_source_name_id", "source", ["name", "id"], unique=False)
    op.create_index(
        "ix_source_project_id",
        "source",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_source_share_token",
        "source",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_source_size_id", "source", ["size", "id"], unique=False)
    op.create_index("ix_source_state", "source", ["state", "created_at", "id"], unique=False)
    op.create_index("ix_source_updated_at_id", "source", ["updated_at", "id"], unique=False)
    op.create_table(
        "user",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handle"),
    )
    op.create_index("ix_user_created_at_id", "user", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_user_creator_id",
        "user",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_user_name_id", "user", ["name", "id"], unique=False)
    op.create_index(
        "ix_user_project_id",
        "user",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_user_share_token", "user", ["share_token"], unique=False, sqlite_where=sa.text("share_token IS NOT NULL")
    )
    op.create_index("ix_user_size_id", "user", ["size", "id"], unique=False)
    op.create_index("ix_user_updated_at_id", "user", ["updated_at", "id"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("is_clonable", sa.Boolean(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("creator_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("resource_id", sa.String(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_created_at_id", "webhook", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_webhook_creator_id",
        "webhook",
        ["creator_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("creator_id IS NOT NULL"),
    )
    op.create_index("ix_webhook_name_id", "webhook", ["name", "id"], unique=False)
    op.create_index(
        "ix_webhook_project_id",
        "webhook",
        ["project_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("project_id IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_resource_id",
        "webhook",
        ["resource_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("resource_id IS NOT NULL"),
    )
    op.create_index(
        "ix_webhook_share_token",
        "webhook",
        ["share_token"],
        unique=False,
        sqlite_where=sa.text("share_token IS NOT NULL"),
    )
    op.create_index("ix_webhook_size_id", "webhook", ["size", "id"], unique=False)
    op.create_index("ix_webhook_updated_at_id", "webhook", ["updated_at", "id"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_webhook_delivery_resource_id"), "webhook_delivery", ["resource_id"], unique=False)
    op.create_index(op.f("ix_webhook_delivery_status"), "webhook_delivery", ["status"], unique=False)
    op.create_index(op.f("ix_webhook_delivery_webhook_id"), "webhook_delivery", ["webhook_id"], unique=False)
