"""Customers with their records, made from the orders there are, and what is kept to classify, count and greet them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTS = "placed_at is not null and status <> 'cancelled' and customer_id is not null and total is not null"


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("orders", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="placed and not cancelled"),
        sa.Column("first_order_at", sa.DateTime(timezone=True)),
        sa.Column("last_order_at", sa.DateTime(timezone=True)),
        sa.Column("refunds", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="settled ones of orders that count"),
        sa.Column("complaints", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("satisfied", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("dissatisfied", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("abc", sa.Text(), comment="null until the first classification"),
        sa.Column("tier", sa.Text(), server_default=sa.text("'occasional'"), nullable=False),
        sa.Column("tier_since", sa.DateTime(timezone=True)),
        sa.Column("profile_at", sa.DateTime(timezone=True)),
        sa.Column("profile_digest", sa.Text(), comment="decides between two of the same time"),
        sa.Column("name", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("registered_at", sa.DateTime(timezone=True)),
        sa.Column("wholesale", sa.Boolean()),
        sa.Column("birth_date", sa.Date()),
        sa.Column("birthday", sa.SmallInteger(), comment="month and day: 517 is 17 May"),
        sa.Column("income_band", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("preferences", postgresql.JSONB()),
        sa.Column("marketing_consent", sa.Boolean()),
        sa.CheckConstraint("abc in ('A', 'B', 'C', 'D')", name=op.f("ck_customers_abc")),
        sa.CheckConstraint("tier in ('key', 'potential', 'general', 'occasional')", name=op.f("ck_customers_tier")),
        sa.PrimaryKeyConstraint("store_id", "customer_id", name=op.f("pk_customers")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("ix_customers_tier", "customers", ["store_id", "tier", "customer_id"], postgresql_where=sa.text("tier <> 'occasional'"))
    op.create_index(
        "ix_customers_birthday", "customers", ["store_id", "birthday", "customer_id"], postgresql_where=sa.text("marketing_consent")
    )
    op.create_table(
        "customer_months",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=40, scale=4), nullable=False),
        sa.Column("refunded", sa.Numeric(precision=40, scale=4), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "customer_id", "month", "currency", name=op.f("pk_customer_months")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "order_refunds",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=40, scale=4), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "order_id", "refund_id", name=op.f("pk_order_refunds")),
    )
    op.create_table(
        "customer_voices",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("voice_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("satisfied", sa.Boolean(), comment="null for a case"),
        sa.CheckConstraint("kind in ('case', 'survey')", name=op.f("ck_customer_voices_kind")),
        sa.PrimaryKeyConstraint("store_id", "kind", "voice_id", name=op.f("pk_customer_voices")),
    )
    said = sa.text("satisfied is not null")
    op.create_index("ix_customer_voices_customer", "customer_voices", ["store_id", "customer_id", "told_at"], postgresql_where=said)
    op.create_index("ix_customer_voices_told", "customer_voices", ["store_id", "told_at"], postgresql_where=said)
    op.create_table(
        "customer_moves",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("says", sa.Boolean(), nullable=False, comment="the tier is another, not only the class"),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("abc", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "says", "customer_id", name=op.f("pk_customer_moves")),
    )
    op.create_table(
        "customer_segments",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False, comment="empty where the storefront does not say"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("buyers", sa.Integer(), nullable=False, comment="who ordered in the window"),
        sa.Column("orders", sa.Integer(), nullable=False, comment="in the window, in the currency"),
        sa.Column("worth", sa.Numeric(precision=40, scale=4), nullable=False, comment="of these orders less refunds"),
        sa.Column(
            "other_currencies",
            sa.Integer(),
            nullable=False,
            comment="orders in the window that are not in the currency and not counted",
        ),
        sa.Column("ordered_before", sa.Integer(), nullable=False),
        sa.Column("ordered_again", sa.Integer(), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.Column("dissatisfied", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "dimension", "segment", name=op.f("pk_customer_segments")),
    )
    op.create_table(
        "customer_cares",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False, comment="`birthday`, or what the holiday is called in English"),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "customer_id", "occasion", "year", name=op.f("pk_customer_cares")),
    )
    op.create_index("ix_customer_cares_told_at", "customer_cares", ["told_at"], postgresql_using="brin")
    _record_the_orders_there_are()


def _record_the_orders_there_are() -> None:
    op.execute(f"""
        insert into customers (store_id, customer_id, orders, first_order_at, last_order_at)
        select store_id, customer_id, count(*), min(placed_at), max(placed_at) from orders where {_COUNTS} group by 1, 2
    """)  # noqa: S608
    op.execute(f"""
        insert into customer_months (store_id, customer_id, month, currency, orders, amount, refunded)
        select store_id, customer_id, cast(date_trunc('month', placed_at at time zone 'UTC') as date), currency, count(*), sum(total), 0
        from orders where {_COUNTS} group by 1, 2, 3, 4
    """)  # noqa: S608
    op.execute("""
        insert into timers (kind, key, due_at, retry_at)
        select kind, store_id, now(), now()
        from (select distinct store_id from customers) as stores, unnest(array['classify', 'care']) as kind
        on conflict do nothing
    """)


def downgrade() -> None:
    for kind in ("classify", "rank-customers", "move-customers", "count-segments", "care", "greet"):
        op.execute(f"delete from timers where kind = '{kind}'")  # noqa: S608
    for table in (
        "customer_cares",
        "customer_segments",
        "customer_moves",
        "customer_voices",
        "order_refunds",
        "customer_months",
        "customers",
    ):
        op.drop_table(table)
