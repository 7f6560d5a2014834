"""Every order that is open already is looked at within the hour: from then on the watch has its time set (ORD-8)."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        insert into timers (kind, key, due_at, retry_at)
        select 'watch', store_id || '/' || order_id, due_at, due_at
        from (select store_id, order_id, now() + random() * interval '1 hour' as due_at from orders
              where placed_at is not null and outcome is null and status in ('confirmed', 'shipped', 'delivered')) as opened
        on conflict do nothing
    """)


def downgrade() -> None:
    op.execute("delete from timers where kind in ('watch', 'watch-once-more')")
