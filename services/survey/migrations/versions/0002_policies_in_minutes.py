"""A store's times are minutes, all of them; what was set in days stays as long as it was, ten years at most."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIMES = ("quiet", "valid", "reminder")


def upgrade() -> None:
    for name in _TIMES:
        op.execute(f"""
            update policies set values = (values - '{name}_days')
                || jsonb_build_object('{name}_minutes', least((values ->> '{name}_days')::bigint, 3650) * 1440)
            where values ? '{name}_days'
        """)  # noqa: S608


def downgrade() -> None:
    for name in _TIMES:
        op.execute(f"""
            update policies set values = (values - '{name}_minutes')
                || jsonb_build_object('{name}_days', ceil((values ->> '{name}_minutes')::numeric / 1440)::bigint)
            where values ? '{name}_minutes'
        """)  # noqa: S608
