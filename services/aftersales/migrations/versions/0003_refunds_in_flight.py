"""Refunds that wait for somebody are counted all the time, however many lie behind them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("status in ('awaiting-approval', 'requested')")
    op.create_index("ix_refunds_open", "refunds", ["store_id", "status"], unique=False, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_refunds_open", table_name="refunds")
