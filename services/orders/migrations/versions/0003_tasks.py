"""Questions for departments (ORD-9)."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        create table tasks (
            store_id text not null, task_id uuid not null, version integer not null, kind text not null, department text not null,
            about_kind text not null, about_id text not null, question text not null, context jsonb not null,
            asked_at timestamptz not null, asked_by text not null, due_at timestamptz not null, escalates_at timestamptz not null,
            escalated_at timestamptz, owner text, answer jsonb, answered_at timestamptz, answered_by text, withdrawn_at timestamptz,
            withdrawn_by text, reason text,
            constraint pk_tasks primary key (store_id, task_id),
            constraint ck_tasks_ended_once check (answered_at is null or withdrawn_at is null))
    """)
    op.execute("""
        create unique index ix_tasks_open on tasks (store_id, about_kind, about_id, kind)
        where answered_at is null and withdrawn_at is null
    """)
    op.execute("create index ix_tasks_due on tasks (store_id, due_at, task_id)")
    op.execute("""
        create index ix_tasks_waiting on tasks (store_id, department, due_at, task_id)
        where answered_at is null and withdrawn_at is null
    """)
    op.execute("comment on column tasks.department is 'the role that answers'")
    op.execute("comment on column tasks.asked_by is 'a sub, or `auto`'")
    op.execute("comment on column tasks.owner is 'the sub that took it'")
    op.execute("comment on column tasks.reason is 'of the answer or the withdrawal'")


def downgrade() -> None:
    op.execute("drop table tasks")
