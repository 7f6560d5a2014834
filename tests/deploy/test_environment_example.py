from pydantic import SecretStr

from deploy.local.children import ROOT
from shared.settings import Settings


def test_every_variable_is_listed_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    defaults = {name.upper(): _written(field.default) for name, field in Settings.model_fields.items()}

    assert listed == defaults


def _written(default: object) -> str:
    return default.get_secret_value() if isinstance(default, SecretStr) else str("" if default is None else default)
