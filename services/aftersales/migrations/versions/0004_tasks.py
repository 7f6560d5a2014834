"""Tasks as every service has them; those that were asked keep their ids, due times and answers, and open ones escalate when they are due.

Code of before knows another table of that name: its processes are not ready until the new ones are.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
serves_from = "0004"


def upgrade() -> None:
    _rename_old("before")
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
    op.execute("comment on column tasks.department is 'the role that answers'")
    op.execute("comment on column tasks.asked_by is 'a sub, or `auto`'")
    op.execute("comment on column tasks.owner is 'the sub that took it'")
    op.execute("comment on column tasks.reason is 'of the answer or the withdrawal'")
    _move_tasks()
    _move_history()
    op.execute("""
        insert into timers (kind, key, due_at, retry_at)
        select 'task-escalation', store_id || '/' || task_id, escalates_at, escalates_at from tasks
        where answered_at is null and escalated_at is null
    """)
    op.execute("drop table tasks_before")
    op.execute("""
        create unique index ix_tasks_open on tasks (store_id, about_kind, about_id, kind)
        where answered_at is null and withdrawn_at is null
    """)
    op.execute("create index ix_tasks_due on tasks (store_id, due_at, task_id)")
    op.execute("""
        create index ix_tasks_waiting on tasks (store_id, department, due_at, task_id)
        where answered_at is null and withdrawn_at is null
    """)


def downgrade() -> None:
    """What was withdrawn is answered, as what finance's event made needless was before."""
    for index in ("ix_tasks_due", "ix_tasks_waiting"):
        op.drop_index(index, "tasks")
    _rename_old("after")
    op.execute("""
        create table tasks (
            store_id text not null, task_id uuid not null, version bigint not null, department text not null, about text not null,
            question text not null, asked_at timestamptz not null, due_at timestamptz not null, answered_at timestamptz,
            answered_by text, answer text, constraint pk_tasks primary key (store_id, task_id))
    """)
    op.execute("""
        insert into tasks
        select store_id, task_id, version, department, about_kind || '/' || about_id, question, asked_at, due_at,
            coalesce(answered_at, withdrawn_at), coalesce(answered_by, withdrawn_by),
            case when withdrawn_at is null then answer ->> 'note' else coalesce(reason, 'withdrawn') end
        from tasks_after
    """)
    op.execute("drop table tasks_after")
    op.execute("create index ix_tasks_about on tasks (store_id, about)")
    op.execute("create index ix_tasks_open on tasks (store_id, department, asked_at, task_id) where answered_at is null")
    op.execute("delete from history where starts_with(about, 'task/') and (step <> 'answered' or by = 'auto')")
    op.execute("""
        update history set number = 1, detail = jsonb_build_object('answer', detail -> 'note') where starts_with(about, 'task/')
    """)
    op.execute("delete from timers where kind = 'task-escalation'")


def _rename_old(name: str) -> None:
    op.execute("drop index ix_tasks_open")
    op.execute(f"alter table tasks rename to tasks_{name}")
    op.execute(f"alter table tasks_{name} rename constraint pk_tasks to pk_tasks_{name}")


def _move_tasks() -> None:
    """Finance's escalated when the supervisor was asked too."""
    op.execute("""
        insert into tasks (store_id, task_id, version, kind, department, about_kind, about_id, question, context, asked_at, asked_by,
            due_at, escalates_at, escalated_at, owner, answer, answered_at, answered_by, reason)
        select task.store_id, task_id, task.version,
            case department when 'supervisor' then 'refund-still-unanswered' else 'refund-unanswered' end, department,
            split_part(task.about, '/', 1), split_part(task.about, '/', 2), question,
            jsonb_build_object('order_id', order_id, 'case_id', case_id, 'payment_method', payment_method, 'payment_id', payment_id),
            task.asked_at, 'auto', due_at, due_at,
            case when department = 'finance' and (answered_at is null or answered_at > refund.escalated_at) then refund.escalated_at end,
            nullif(answered_by, 'auto'), case when answered_at is not null then jsonb_build_object('note', answer) end,
            answered_at, answered_by, step.reason
        from tasks_before as task
        left join refunds as refund on refund.store_id = task.store_id and refund.refund_id = cast(split_part(task.about, '/', 2) as uuid)
        left join history as step
            on step.store_id = task.store_id and step.about = 'task/' || task_id and step.step = 'answered'
    """)


def _move_history() -> None:
    """It had one step at most, the answer of a person."""
    op.execute("""
        update history set number = 2, detail = jsonb_build_object('note', detail -> 'answer') where starts_with(about, 'task/')
    """)
    op.execute("""
        insert into history (store_id, about, number, at, step, by, reason, detail)
        select store_id, 'task/' || task_id, 1, asked_at, 'asked', asked_by, question, '{}' from tasks
        union all
        select store_id, 'task/' || task_id, 2, answered_at, 'answered', answered_by, null, answer from tasks where answered_by = 'auto'
    """)
