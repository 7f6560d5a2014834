"""What cases and refunds said last keeps its id, so that it can be said again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("cases", "refunds"):
        op.add_column(table, sa.Column("said_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table in ("refunds", "cases"):
        op.drop_column(table, "said_id")
