"""Settled refunds in one table, and how many of those who asked ordered in sums.

The sums are made by the workers from the inquiries there are: at once, and once more after an hour for those that a worker of the version
before remembered while it was being replaced. Refunds from before figures were kept count with orders that are not counted yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
serves_from = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        insert into order_refunds (store_id, order_id, refund_id, currency, amount, closed_at)
        select store_id, order_id, refund_id, currency, amount, settled_at from settled_refunds on conflict do nothing
    """)
    op.drop_table("settled_refunds")
    op.execute("""
        update orders set refunded = known.refunded
        from (select store_id, order_id,
                     jsonb_agg(jsonb_build_object('amount', cast(amount as text), 'currency', currency) order by currency) as refunded
              from (select store_id, order_id, currency, trim_scale(sum(amount)) as amount from order_refunds group by 1, 2, 3
                    having sum(amount) > 0) as summed
              group by 1, 2) as known
        where orders.store_id = known.store_id and orders.order_id = known.order_id and orders.sold_on is null
    """)
    op.add_column(
        "inquiries", sa.Column("open_since", sa.DateTime(timezone=True), nullable=True, comment="when it came in; null once it is closed")
    )
    op.alter_column("inquiries", "closed_at", comment="the last time")
    op.execute("update inquiries set open_since = asked_on where closed_at is null")
    op.drop_index("ix_inquiries_asked_on", "inquiries")
    op.create_index("ix_inquiries_person", "inquiries", ["store_id", "person", "asked_on"], unique=False)
    op.create_index(
        "ix_inquiries_open",
        "inquiries",
        ["store_id", "asked_on"],
        unique=False,
        postgresql_where=sa.text("open_since is not null and linked_order_id is null"),
    )
    op.create_table(
        "conversions",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False, comment="the day, or the first of the month, of the store"),
        sa.Column("name", sa.Text(), nullable=False, comment="a sku, an agent's sub, or empty"),
        sa.Column("before", sa.Date(), nullable=False, comment="the day on which they had asked last; 0001-01-01: never"),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("ordered", sa.BigInteger(), nullable=False, comment="by when an inquiry of theirs had led to an order before"),
        sa.CheckConstraint("kind in ('store', 'product', 'agent')", name=op.f("ck_conversions_kind")),
        sa.CheckConstraint("grain in ('day', 'month')", name=op.f("ck_conversions_grain")),
        sa.PrimaryKeyConstraint("store_id", "kind", "grain", "start", "name", "before", name=op.f("pk_conversions")),
        postgresql_with={"fillfactor": "70"},
    )
    op.execute("""
        insert into timers (kind, key, due_at, retry_at)
        select 'count-conversions', store_id || '/' || pass, now() + after, now() + after
        from (select distinct store_id from inquiries) as known
        cross join (values ('first', interval '0'), ('again', interval '1 hour')) as passes (pass, after)
    """)


def downgrade() -> None:
    op.execute("delete from timers where kind = 'count-conversions'")
    op.drop_table("conversions")
    op.drop_index("ix_inquiries_open", "inquiries")
    op.drop_index("ix_inquiries_person", "inquiries")
    op.create_index("ix_inquiries_asked_on", "inquiries", ["store_id", "asked_on"], unique=False)
    op.alter_column("inquiries", "closed_at", comment=None)
    op.drop_column("inquiries", "open_since")
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
        insert into settled_refunds (store_id, refund_id, order_id, amount, currency, settled_at)
        select store_id, refund_id, order_id, amount, currency, closed_at from order_refunds on conflict do nothing
    """)
