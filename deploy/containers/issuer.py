"""The development issuer in a container: gives everybody outside a token, and says where the services are, in KEFU_STACK."""

import json
import os
from datetime import timedelta
from pathlib import Path

import uvicorn

from deploy.local.issuer import Issuer
from shared.auth.actor import EVERY_STORE, STAFF, Role

PORT = 8010
STORE_ID = "demo"
SERVICES = {"inquiry": 8001, "orders": 8002, "aftersales": 8003, "survey": 8004}


def main() -> None:
    file = Path(os.environ["KEFU_STACK"])
    issuer = Issuer(f"http://issuer:{PORT}", file.parent / "issuer")
    services = {name: f"http://{name}-api:{port}" for name, port in SERVICES.items()}
    tokens = {role.value: _token(issuer, role) for role in Role if role in STAFF}
    coming = file.with_suffix(".coming")
    coming.write_text(json.dumps({"kafka": "kafka:9092", "services": services, "tokens": tokens, "store_id": STORE_ID}))
    coming.rename(file)
    uvicorn.run(issuer.app, host="0.0.0.0", port=PORT, log_level="warning", timeout_graceful_shutdown=1)  # noqa: S104


def _token(issuer: Issuer, role: Role) -> str:
    stores = [EVERY_STORE] if role is Role.ADMIN else [STORE_ID]
    return issuer.mint(f"{role}-1", role.capitalize(), [role], stores, timedelta(days=365))


if __name__ == "__main__":
    main()
