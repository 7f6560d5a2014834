"""The watch waits for news instead of looking once more (ORD-8): what stood at its second look is looked at now."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        insert into timers (kind, key, due_at, retry_at) select 'watch', key, due_at, due_at from timers where kind = 'watch-once-more'
        on conflict (kind, key) do update set due_at = excluded.due_at, retry_at = excluded.retry_at, attempts = 0
    """)
    op.execute("delete from timers where kind = 'watch-once-more'")


def downgrade() -> None:
    """A look that is due is one to either."""
