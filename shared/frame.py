"""The tables every service has in its own schema, and their DDL; no statement names the schema, the role's search_path does."""

from alembic.operations import Operations
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared import history, idempotency, policies, stores
from shared.auth import api_keys

NAMING = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}

# The order of the three steps is the mechanism. The transaction id comes first, so that the relay's floor may trust it; then the key's
# lock, so that events of one key are numbered in the order in which they commit; only then the number.
_NUMBER_AN_EVENT = """
create function number_an_event() returns trigger language plpgsql as $$
begin
    perform pg_current_xact_id();
    perform pg_advisory_xact_lock(hashtextextended(tg_table_schema || '/' || new.topic || '/' || new.key, 0));
    new.number := nextval(tg_table_schema || '.outbox_number');
    return new;
end $$
"""
_TRIGGER = "create trigger number_an_event before insert on outbox for each row execute function number_an_event()"
_SEQUENCE = "create sequence outbox_number"


def frame_tables(metadata: MetaData) -> None:
    """Adds to a service's tables those that the modules of `shared` read and write."""
    _outbox(metadata)
    _inbox(metadata)
    _dead_letters(metadata)
    _timers(metadata)
    _audit(metadata)
    idempotency.table(metadata)
    api_keys.table(metadata)
    policies.table(metadata)
    stores.table(metadata)
    history.table(metadata)


def create_frame(op: Operations) -> None:
    """For a service's first migration."""
    metadata = MetaData(naming_convention=NAMING)
    frame_tables(metadata)
    op.execute(_SEQUENCE)
    metadata.create_all(op.get_bind())
    op.execute(_NUMBER_AN_EVENT)
    op.execute(_TRIGGER)


def drop_frame(op: Operations) -> None:
    metadata = MetaData(naming_convention=NAMING)
    frame_tables(metadata)
    metadata.drop_all(op.get_bind())
    op.execute("drop function number_an_event")
    op.execute("drop sequence outbox_number")


def _outbox(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("id", Text, nullable=False),
        Column("source", Text, comment="whose event it is where it is passed on; null: this service's"),
        Column("type", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("time", DateTime(timezone=True), nullable=False),
        Column("traceparent", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        # rows live for milliseconds: vacuum must keep pace with the relay, whatever the table's size, and must not give pages back:
        # for that it locks the table, and everybody who has something to say waits
        postgresql_with={
            "autovacuum_vacuum_scale_factor": "0",
            "autovacuum_vacuum_threshold": "5000",
            "autovacuum_vacuum_cost_delay": "0",
            "vacuum_truncate": "false",
        },
    )


def _inbox(metadata: MetaData) -> None:
    Table(
        "inbox",
        metadata,
        Column("source", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("taken_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Index(None, "taken_at", postgresql_using="brin"),
    )


def _dead_letters(metadata: MetaData) -> None:
    Table(
        "parked_keys",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("key", LargeBinary, primary_key=True),
        Column("since", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )
    Table(
        "dead_letters",
        metadata,
        Column("letter_id", Uuid, primary_key=True),
        Column("number", BigInteger, Identity(always=True), nullable=False),
        Column("kind", Text, nullable=False),
        Column("state", Text, nullable=False, server_default=text("'open'")),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("key", LargeBinary),
        Column("parks", LargeBinary, comment="the parked key this letter belongs to; null when it was set aside alone"),
        Column("value", LargeBinary),
        Column("headers", JSONB, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("source", Text),
        Column("event_id", Text),
        Column("type", Text),
        Column("reason", Text, nullable=False),
        Column("fields", JSONB, nullable=False, server_default=text("'[]'")),
        Column("attempts", Integer, nullable=False, server_default=text("1")),
        Column("set_aside_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("resolved_at", DateTime(timezone=True)),
        CheckConstraint("kind in ('unreadable', 'undeclared', 'refused', 'failed', 'waiting')", name="kind"),
        CheckConstraint("state in ('open', 'replayed', 'discarded')", name="state"),
        UniqueConstraint("topic", "partition", "offset", "hash"),
        Index("ix_dead_letters_open", "topic", "parks", "number", postgresql_where=text("state = 'open'")),
        Index("ix_dead_letters_source", "source", "number"),
    )


def _timers(metadata: MetaData) -> None:
    Table(
        "timers",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("due_at", DateTime(timezone=True), nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("retry_at", DateTime(timezone=True), nullable=False),
        Index(None, "retry_at"),
    )


def _audit(metadata: MetaData) -> None:
    Table(
        "audit",
        metadata,
        Column("store_id", Text, primary_key=True, comment="empty where the operator acted on no store's behalf"),
        Column("id", Uuid, primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("by", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("details", JSONB, nullable=False, server_default=text("'{}'")),
        Index(None, "store_id", "subject", "at"),
    )
