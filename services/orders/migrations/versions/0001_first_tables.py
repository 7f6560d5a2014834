"""The first tables: orders with their history and twins, the copies of products, shops and offers, and the frame."""

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
        "offers",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("quantity_from", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(amount is null) = (currency is null) and (amount is null) <> (percent is null)", name=op.f("ck_offers_percent_or_amount")
        ),
        sa.PrimaryKeyConstraint("store_id", "offer_id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_store_id_code"), "offers", ["store_id", "code"], unique=False)
    op.create_index(op.f("ix_offers_store_id_customer_id"), "offers", ["store_id", "customer_id"], unique=False)
    op.create_table(
        "order_history",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "order_id", "number", name=op.f("pk_order_history")),
    )
    op.create_index("ix_order_history_at", "order_history", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "order_twins",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("twin_key", sa.Text(), nullable=False),
        sa.Column("order_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("last_placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "twin_key", name=op.f("pk_order_twins")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_order_twins_last_placed_at", "order_twins", ["last_placed_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "orders",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False, comment="rows in order_history"),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("failed_checks", postgresql.JSONB(), nullable=False),
        sa.Column("waived", postgresql.JSONB(), nullable=False, comment="failed checks an auditor confirmed the order in spite of"),
        sa.Column("dues", postgresql.JSONB(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_type", sa.Text(), nullable=True),
        sa.Column("said_id", sa.Uuid(), nullable=True),
        sa.Column("said_version", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=True, comment="in lower case, as are e-mails"),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True, comment="E.164 where it is a phone number"),
        sa.Column("total", sa.Numeric(precision=40, scale=4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("twin_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "waits_for",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="store/sku and store/offer code that could mend a failed check",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome in ('cancelled', 'signed', 'delivered')", name=op.f("ck_orders_outcome")),
        sa.CheckConstraint(
            "status in ('placed', 'held', 'confirmed', 'shipped', 'delivered', 'signed', 'cancelled')", name=op.f("ck_orders_status")
        ),
        sa.PrimaryKeyConstraint("store_id", "order_id", name=op.f("pk_orders")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_orders_customer", "orders", ["store_id", "customer_id"], unique=False, postgresql_where=sa.text("customer_id is not null")
    )
    op.create_index("ix_orders_email", "orders", ["store_id", "email"], unique=False, postgresql_where=sa.text("email is not null"))
    op.create_index(
        "ix_orders_held", "orders", ["store_id", "held_since", "order_id"], unique=False, postgresql_where=sa.text("held_since is not null")
    )
    op.create_index(
        "ix_orders_name", "orders", ["store_id", "customer_name"], unique=False, postgresql_where=sa.text("customer_name is not null")
    )
    op.create_index("ix_orders_phone", "orders", ["store_id", "phone"], unique=False, postgresql_where=sa.text("phone is not null"))
    op.create_index(
        "ix_orders_placed", "orders", ["store_id", "placed_at", "order_id"], unique=False, postgresql_where=sa.text("placed_at is not null")
    )
    op.create_index(
        "ix_orders_waits_for", "orders", ["waits_for"], unique=False, postgresql_using="gin", postgresql_where=sa.text("waits_for <> '{}'")
    )
    op.create_table(
        "product_prices",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("wholesale_price", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "sku", "valid_from", name=op.f("pk_product_prices")),
    )
    op.create_table(
        "products",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("stock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True, comment="of the listing; decides between two of the same time"),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("list_price", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("wholesale_price", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("discounted", sa.Boolean(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "listed_at is null or (digest, name, category, currency, price, list_price, discounted, attributes, url) is not null",
            name=op.f("ck_products_listed_whole"),
        ),
        sa.PrimaryKeyConstraint("store_id", "sku", name=op.f("pk_products")),
    )
    op.create_index(
        "ix_products_category", "products", ["store_id", "category", "sku"], unique=False, postgresql_where=sa.text("listed_at is not null")
    )


def downgrade() -> None:
    op.drop_table("products")
    op.drop_table("product_prices")
    op.drop_table("orders")
    op.drop_table("order_twins")
    op.drop_table("order_history")
    op.drop_table("offers")
    drop_frame(op)
