"""The first tables: questionnaires, occasions, who was asked when, surveys, and the frame."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.frame import create_frame, drop_frame

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_frame(op)
    op.create_table(
        "asked",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "person", name=op.f("pk_asked")),
    )
    op.create_table(
        "occasions",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="of what it was heard of"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="why nobody was asked"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("guest", postgresql.JSONB(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("inquiry_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'open', 'asked', 'not-asked')", name=op.f("ck_occasions_state")),
        sa.PrimaryKeyConstraint("store_id", "kind", "occasion_id", name=op.f("pk_occasions")),
    )
    op.create_table(
        "questionnaires",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "occasion", "version", name=op.f("pk_questionnaires")),
    )
    op.create_table(
        "surveys",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("occasion_kind", sa.Text(), nullable=False),
        sa.Column("occasion_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("guest", postgresql.JSONB(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("inquiry_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("questionnaire", postgresql.JSONB(), nullable=False, comment="as it was when she was invited"),
        sa.Column("answers", postgresql.JSONB(), nullable=False, comment="by field; partial until it is answered"),
        sa.Column("scores", postgresql.JSONB(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("callback_wanted", sa.Boolean(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('invited', 'answered', 'expired')", name=op.f("ck_surveys_status")),
        sa.CheckConstraint("(status = 'answered') = (answered_at is not null)", name=op.f("ck_surveys_answered")),
        sa.PrimaryKeyConstraint("store_id", "survey_id", name=op.f("pk_surveys")),
    )
    op.create_index(
        "ix_surveys_customer", "surveys", ["store_id", "customer_id"], unique=False, postgresql_where=sa.text("customer_id is not null")
    )
    op.create_index("ix_surveys_invited_at", "surveys", ["store_id", "invited_at", "survey_id"], unique=False)
    op.create_index("uq_surveys_occasion", "surveys", ["store_id", "occasion_kind", "occasion_id"], unique=True)


def downgrade() -> None:
    op.drop_table("surveys")
    op.drop_table("questionnaires")
    op.drop_table("occasions")
    op.drop_table("asked")
    drop_frame(op)
