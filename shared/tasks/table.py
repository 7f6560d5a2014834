from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from shared.retention import Retention

_OPEN = "answered_at is null and withdrawn_at is null"


def table(metadata: MetaData) -> Table:
    """For a service that asks departments; it has `history` beside it."""
    return Table(
        "tasks",
        metadata,
        Column("store_id", Text, primary_key=True),
        Column("task_id", Uuid, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("kind", Text, nullable=False),
        Column("department", Text, nullable=False, comment="the role that answers"),
        Column("about_kind", Text, nullable=False),
        Column("about_id", Text, nullable=False),
        Column("question", Text, nullable=False),
        Column("context", JSONB, nullable=False),
        Column("asked_at", DateTime(timezone=True), nullable=False),
        Column("asked_by", Text, nullable=False, comment="a sub, or `auto`"),
        Column("due_at", DateTime(timezone=True), nullable=False),
        Column("escalates_at", DateTime(timezone=True), nullable=False),
        Column("escalated_at", DateTime(timezone=True)),
        Column("owner", Text, comment="the sub that took it"),
        Column("answer", JSONB),
        Column("answered_at", DateTime(timezone=True)),
        Column("answered_by", Text),
        Column("withdrawn_at", DateTime(timezone=True)),
        Column("withdrawn_by", Text),
        Column("reason", Text, comment="of the answer or the withdrawal"),
        CheckConstraint("answered_at is null or withdrawn_at is null", name="ended_once"),
        Index("ix_tasks_open", "store_id", "about_kind", "about_id", "kind", unique=True, postgresql_where=text(_OPEN)),
        Index("ix_tasks_due", "store_id", "due_at", "task_id"),
        Index("ix_tasks_waiting", "store_id", "department", "due_at", "task_id", postgresql_where=text(_OPEN)),
    )


ENDED = (
    Retention("tasks", "answered_at", days=730),
    Retention("tasks", "withdrawn_at", days=730),
    Retention("history", "at", days=730, only="starts_with(about, 'task/')"),
)
