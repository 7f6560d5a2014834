"""Notes for the warehouse, and sales figures.

Orders that are stored already are counted by the workers, a batch a timer: at once, and once more after an hour for those that a worker of
the version before took in while it was being replaced.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "orders",
        sa.Column("sold_on", sa.Date(), nullable=True, comment="the store's day it counts for in the sales figures; null: not counted yet"),
    )
    op.add_column("orders", sa.Column("sold_by", sa.Text(), nullable=True, comment="the agent who closed the inquiry that led to it"))
    op.add_column(
        "orders",
        sa.Column(
            "refunded",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="one amount a currency",
        ),
    )
    op.create_index(
        "ix_orders_not_counted",
        "orders",
        ["store_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("sold_on is null and placed_at is not null"),
    )
    op.create_table(
        "order_notes",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("gift_sku", sa.Text(), nullable=True),
        sa.Column("gift_quantity", sa.Integer(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "flags <@ array['check-address', 'hold-for-pickup', 'fragile', 'gift-wrap', 'no-invoice', 'urgent']",
            name=op.f("ck_order_notes_flags"),
        ),
        sa.CheckConstraint("(gift_sku is null) = (gift_quantity is null)", name=op.f("ck_order_notes_gift_whole")),
        sa.CheckConstraint(
            "text is not null or flags <> '{}' or gift_sku is not null or carrier is not null", name=op.f("ck_order_notes_says_something")
        ),
        sa.PrimaryKeyConstraint("store_id", "order_id", "note_id", name=op.f("pk_order_notes")),
    )
    op.create_table(
        "sales",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False, comment="the day, or the first of the month, of the store"),
        sa.Column("name", sa.Text(), nullable=False, comment="a sku, an agent's sub, or empty"),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("revenue", sa.Numeric(), nullable=False),
        sa.Column("refunded_orders", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.Numeric(), nullable=False),
        sa.CheckConstraint("kind in ('store', 'product', 'agent')", name=op.f("ck_sales_kind")),
        sa.CheckConstraint("grain in ('day', 'month')", name=op.f("ck_sales_grain")),
        sa.PrimaryKeyConstraint("store_id", "kind", "grain", "start", "name", "currency", name=op.f("pk_sales")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "sales_changes",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("changes", postgresql.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "change_id", name=op.f("pk_sales_changes")),
    )
    op.create_table(
        "inquiries",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False, comment="customer/id, or a digest of a guest's contact"),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("linked_order_id", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "inquiry_id", name=op.f("pk_inquiries")),
    )
    op.create_index("ix_inquiries_asked_on", "inquiries", ["store_id", "asked_on"], unique=False)
    op.create_index(
        "ix_inquiries_order",
        "inquiries",
        ["store_id", "linked_order_id"],
        unique=False,
        postgresql_where=sa.text("linked_order_id is not null"),
    )
    op.create_table(
        "settled_refunds",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "refund_id", name=op.f("pk_settled_refunds")),
    )
    op.execute("""
        insert into timers (kind, key, due_at, retry_at)
        select 'count-sales', store_id || '/' || pass, now() + after, now() + after
        from (select distinct store_id from orders) as known
        cross join (values ('first', interval '0'), ('again', interval '1 hour')) as passes (pass, after)
    """)


def downgrade() -> None:
    op.execute("delete from timers where kind in ('count-sales', 'fold-sales')")
    op.drop_table("settled_refunds")
    op.drop_table("inquiries")
    op.drop_table("sales_changes")
    op.drop_table("sales")
    op.drop_table("order_notes")
    op.drop_index("ix_orders_not_counted", "orders")
    op.drop_column("orders", "refunded")
    op.drop_column("orders", "sold_by")
    op.drop_column("orders", "sold_on")
