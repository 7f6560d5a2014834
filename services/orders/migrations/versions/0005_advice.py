"""Advice on orders that was given (ORD-5, ORD-6, ORD-7), and what departments answered about them."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        create table advice (
            store_id text not null, advice_id uuid not null, order_id text not null, kind text not null, wish jsonb not null,
            action text not null, reason text not null, rules text[] not null, reply jsonb not null, tasks jsonb not null,
            choices text[] not null, amounts jsonb not null, policy_version integer not null, given_at timestamptz not null,
            given_by text not null, task_id uuid, waits_until timestamptz, outcome text, ended_at timestamptz, ended_by text,
            constraint pk_advice primary key (store_id, advice_id),
            constraint ck_advice_kind check (kind in ('cancel', 'change', 'logistics')),
            constraint ck_advice_outcome check (outcome in ('accepted', 'refused')))
    """)
    op.execute("create index ix_advice_store_id_order_id_advice_id on advice (store_id, order_id, advice_id)")
    op.execute("create index ix_advice_task_id on advice (store_id, task_id) where task_id is not null")
    op.execute("create index ix_advice_given_at on advice using brin (given_at)")
    op.execute("comment on column advice.wish is 'the lines that are wanted, or the parcel that is asked for'")
    op.execute("comment on column advice.rules is 'the ids that led to it'")
    op.execute("comment on column advice.amounts is 'refund, withheld and payment'")
    op.execute("comment on column advice.given_by is 'who asked: a sub, or `auto` where a department''s answer led to it'")
    op.execute("comment on column advice.task_id is 'the task whose answer it waits for'")
    op.execute("""
        create table department_answers (
            store_id text not null, order_id text not null, kind text not null, shipment_id text not null, answer jsonb not null,
            answered_at timestamptz not null, answered_by text not null,
            constraint pk_department_answers primary key (store_id, order_id, kind, shipment_id))
    """)
    op.execute("create index ix_department_answers_answered_at on department_answers using brin (answered_at)")
    op.execute("comment on column department_answers.shipment_id is 'empty where it is about the order'")


def downgrade() -> None:
    op.execute("drop table department_answers")
    op.execute("drop table advice")
