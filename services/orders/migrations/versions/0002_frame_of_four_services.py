"""What the frame's tables gained: the source of an event that is passed on, history, and an outbox that keeps its pages.

A schema that was made with the frame as it is now has all of it already.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table outbox alter column id type text using id::text")
    op.execute("alter table outbox add column if not exists source text")
    op.execute("comment on column outbox.source is 'whose event it is where it is passed on; null: this service''s'")
    op.execute("alter table outbox set (vacuum_truncate = false)")
    op.execute("comment on column stores.digest is 'decides between two of the same time'")
    op.execute("""
        create table if not exists history (
            store_id text not null, about text not null, number integer not null, at timestamptz not null, step text not null,
            "by" text not null, reason text, detail jsonb not null, constraint pk_history primary key (store_id, about, number))
    """)
    op.execute("comment on column history.about is 'kind/id'")
    op.execute("comment on column history.by is 'a sub, or `auto`'")
    op.execute("create index if not exists ix_history_at on history using brin (at)")


def downgrade() -> None:
    """The frame of before can be read with all of it there."""
