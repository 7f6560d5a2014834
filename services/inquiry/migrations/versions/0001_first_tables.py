"""The first tables: inquiries with their messages and contacts, the desk's agents, keywords and offers, copies of products and orders."""

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
        "agents",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False, comment="what the agent knows best; empty: everything"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "agent_id", name=op.f("pk_agents")),
    )
    op.create_table(
        "contacts",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("contact_key", sa.Text(), nullable=False, comment="digest of channel, kind of contact and contact"),
        sa.Column("inquiry_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "contact_key", name=op.f("pk_contacts")),
    )
    op.create_table(
        "customer_orders",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=40, scale=4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "order_id", name=op.f("pk_customer_orders")),
    )
    op.create_index(
        "ix_customer_orders_customer",
        "customer_orders",
        ["store_id", "customer_id", "placed_at"],
        unique=False,
        postgresql_where=sa.text("customer_id is not null"),
    )
    op.create_index(
        "ix_customer_orders_email",
        "customer_orders",
        ["store_id", "email_key", "placed_at"],
        unique=False,
        postgresql_where=sa.text("email_key is not null"),
    )
    op.create_index(
        "ix_customer_orders_phone",
        "customer_orders",
        ["store_id", "phone_key", "placed_at"],
        unique=False,
        postgresql_where=sa.text("phone_key is not null"),
    )
    op.create_table(
        "inquiries",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("guest_name", sa.Text(), nullable=True),
        sa.Column("guest_email", sa.Text(), nullable=True, comment="as it was told"),
        sa.Column("guest_phone", sa.Text(), nullable=True, comment="as it was told"),
        sa.Column("email_key", sa.Text(), nullable=True, comment="a guest's e-mail in the form that is compared"),
        sa.Column("phone_key", sa.Text(), nullable=True, comment="a guest's phone in the form that is compared"),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_by", sa.Text(), nullable=True, comment="who set it; null: the classifier"),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_customer_at", sa.DateTime(timezone=True), nullable=False, comment="of the customer's newest message"),
        sa.Column("clock_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="null where the store never opens"),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seconds", sa.Integer(), nullable=True, comment="of business time"),
        sa.Column(
            "reply_due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of the customer's oldest message that waits, after the first reply",
        ),
        sa.Column("reply_late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("linked_order_id", sa.Text(), nullable=True),
        sa.Column("said_type", sa.Text(), nullable=False),
        sa.Column("said_id", sa.Uuid(), nullable=False),
        sa.Column("said_version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at is not null) and (status = 'closed') = (outcome is not null)",
            name=op.f("ck_inquiries_closed_whole"),
        ),
        sa.CheckConstraint("outcome in ('won', 'lost', 'resolved', 'abandoned')", name=op.f("ck_inquiries_outcome")),
        sa.CheckConstraint("status in ('waiting', 'open', 'closed')", name=op.f("ck_inquiries_status")),
        sa.PrimaryKeyConstraint("store_id", "inquiry_id", name=op.f("pk_inquiries")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_inquiries_agent",
        "inquiries",
        ["store_id", "agent_id"],
        unique=False,
        postgresql_where=sa.text("agent_id is not null and status <> 'closed'"),
    )
    op.create_index(
        "ix_inquiries_breached",
        "inquiries",
        ["store_id", "received_at", "inquiry_id"],
        unique=False,
        postgresql_where=sa.text("breached_at is not null"),
    )
    op.create_index(
        "ix_inquiries_customer", "inquiries", ["store_id", "customer_id"], unique=False, postgresql_where=sa.text("customer_id is not null")
    )
    op.create_index(
        "ix_inquiries_email", "inquiries", ["store_id", "email_key"], unique=False, postgresql_where=sa.text("email_key is not null")
    )
    op.create_index(
        "ix_inquiries_linked",
        "inquiries",
        ["store_id", "linked_order_id"],
        unique=False,
        postgresql_where=sa.text("linked_order_id is not null"),
    )
    op.create_index(
        "ix_inquiries_phone", "inquiries", ["store_id", "phone_key"], unique=False, postgresql_where=sa.text("phone_key is not null")
    )
    op.create_index("ix_inquiries_received", "inquiries", ["store_id", "received_at", "inquiry_id"], unique=False)
    op.create_index("ix_inquiries_updated_at", "inquiries", ["updated_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "keywords",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="topic to words"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "version", name=op.f("pk_keywords")),
    )
    op.create_table(
        "messages",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False, comment="`customer`, or a sub"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("channel_message_id", sa.Text(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'note') = (direction = 'internal')", name=op.f("ck_messages_note_is_internal")),
        sa.CheckConstraint("delivery in ('stored', 'sent')", name=op.f("ck_messages_delivery")),
        sa.CheckConstraint("direction in ('in', 'out', 'internal')", name=op.f("ck_messages_direction")),
        sa.CheckConstraint("kind in ('text', 'note')", name=op.f("ck_messages_kind")),
        sa.PrimaryKeyConstraint("store_id", "inquiry_id", "message_id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_posted", "messages", ["store_id", "inquiry_id", "posted_at", "message_id"], unique=False)
    op.create_index(
        "uq_messages_channel_message",
        "messages",
        ["store_id", "channel", "channel_message_id"],
        unique=True,
        postgresql_where=sa.text("channel_message_id is not null"),
    )
    op.create_table(
        "offers",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
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
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(amount is null) = (currency is null) and (amount is null) <> (percent is null)", name=op.f("ck_offers_percent_or_amount")
        ),
        sa.PrimaryKeyConstraint("store_id", "offer_id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_store_id_inquiry_id"), "offers", ["store_id", "inquiry_id"], unique=False)
    op.create_index("uq_offers_code", "offers", ["store_id", "code"], unique=True)
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
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
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
    op.drop_table("offers")
    op.drop_table("messages")
    op.drop_table("keywords")
    op.drop_table("inquiries")
    op.drop_table("customer_orders")
    op.drop_table("contacts")
    op.drop_table("agents")
    drop_frame(op)
