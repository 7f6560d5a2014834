"""The first tables: cases, refunds, the copy of orders, and the frame."""

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
        "cases",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("guest", postgresql.JSONB(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("proposal", postgresql.JSONB(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("next_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True, comment="when somebody promised it; null: the policy did"),
        sa.Column("escalated_to", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'closed') = (closed_at is not null)", name=op.f("ck_cases_closed")),
        sa.CheckConstraint("(status = 'closed') = (next_reply_at is null)", name=op.f("ck_cases_next_reply")),
        sa.CheckConstraint(
            "status in ('opened', 'evidence-requested', 'diagnosed', 'proposed', 'agreed', 'in-progress', 'following-up', 'closed')",
            name=op.f("ck_cases_status"),
        ),
        sa.PrimaryKeyConstraint("store_id", "case_id", name=op.f("pk_cases")),
    )
    op.create_index(
        "ix_cases_customer", "cases", ["store_id", "customer_id"], unique=False, postgresql_where=sa.text("customer_id is not null")
    )
    op.create_index(
        "ix_cases_next_reply_at",
        "cases",
        ["store_id", "next_reply_at"],
        unique=False,
        postgresql_where=sa.text("next_reply_at is not null"),
    )
    op.create_index(
        "ix_cases_one_open", "cases", ["store_id", "subject", "type"], unique=True, postgresql_where=sa.text("status <> 'closed'")
    )
    op.create_index("ix_cases_opened_at", "cases", ["store_id", "opened_at", "case_id"], unique=False)
    op.create_index("ix_cases_order", "cases", ["store_id", "order_id"], unique=False, postgresql_where=sa.text("order_id is not null"))
    op.create_table(
        "dues",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("due_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "due_id", name=op.f("pk_dues")),
    )
    op.create_table(
        "lost_shipments",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "order_id", "shipment_id", name=op.f("pk_lost_shipments")),
    )
    op.create_table(
        "order_money",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid", sa.Numeric(precision=40, scale=4), nullable=False),
        sa.Column(
            "returned", sa.Numeric(precision=40, scale=4), nullable=False, comment="of refunds awaiting approval, requested or settled"
        ),
        sa.CheckConstraint("returned >= 0 and returned <= paid", name=op.f("ck_order_money_never_more_than_paid")),
        sa.PrimaryKeyConstraint("store_id", "order_id", "currency", name=op.f("pk_order_money")),
    )
    op.create_table(
        "orders",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("guest", postgresql.JSONB(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("line_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "payments",
            postgresql.JSONB(),
            nullable=False,
            comment="[{payment_id, amount, method, paid_at}], oldest first",
        ),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "order_id", name=op.f("pk_orders")),
    )
    op.create_index(
        "ix_orders_customer",
        "orders",
        ["store_id", "customer_id", "placed_at"],
        unique=False,
        postgresql_where=sa.text("customer_id is not null"),
    )
    op.create_table(
        "refunds",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_method", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("payee", postgresql.JSONB(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approvals_needed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("approvals", postgresql.JSONB(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settle_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('awaiting-approval', 'denied') or requested_at is not null", name=op.f("ck_refunds_requested")),
        sa.CheckConstraint(
            "status in ('awaiting-approval', 'requested', 'settled', 'rejected', 'failed', 'denied')", name=op.f("ck_refunds_status")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.PrimaryKeyConstraint("store_id", "refund_id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_asked_at", "refunds", ["store_id", "asked_at", "refund_id"], unique=False)
    op.create_index("ix_refunds_case", "refunds", ["store_id", "case_id"], unique=False)
    op.create_index("ix_refunds_order", "refunds", ["store_id", "order_id"], unique=False)
    op.create_index("ix_refunds_refund_id", "refunds", ["refund_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "task_id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_about", "tasks", ["store_id", "about"], unique=False)
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["store_id", "department", "asked_at", "task_id"],
        unique=False,
        postgresql_where=sa.text("answered_at is null"),
    )


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_table("refunds")
    op.drop_table("orders")
    op.drop_table("order_money")
    op.drop_table("lost_shipments")
    op.drop_table("dues")
    op.drop_table("cases")
    drop_frame(op)
