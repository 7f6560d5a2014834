"""A version whose migration fails: the image as it is, and one migration of orders more."""

from pathlib import Path

from alembic.script import ScriptDirectory

from deploy.local.children import ROOT
from tests.cluster.cluster import load, run

_DOCKERFILE = "FROM kefu:local\nCOPY 9999_failing.py /opt/kefu/app/services/orders/migrations/versions/\n"
_MIGRATION = '''"""Fails."""
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("select 1 / 0")
'''


async def load_failing(directory: Path) -> None:
    """As kefu:failing."""
    migrations = ROOT / "services" / "orders" / "migrations"
    head = ScriptDirectory(str(migrations), version_locations=[str(migrations / "versions")]).get_current_head()
    (directory / "Dockerfile").write_text(_DOCKERFILE)
    (directory / "9999_failing.py").write_text(_MIGRATION.format(head=head))
    await run("docker", "build", "--tag", "kefu:failing", str(directory))
    await load("kefu:failing")
