"""A Kafka that knows its clients: SCRAM on every listener, with and without TLS, and nothing allowed that no ACL allows."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.local.children import free_port
from deploy.local.kafka import SETTINGS, LocalKafka
from tests.security.certificates import Authority

ADMIN = "admin"
_MECHANISM = "SCRAM-SHA-512"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class GuardedKafka(LocalKafka):
    """`address` asks for a login, `tls_address` for one over TLS, with a certificate of `authority`."""

    def __init__(self, directory: Path, port: int) -> None:
        super().__init__(directory, port)
        self.authority = Authority(directory / "certificates")
        self.admin_password = secrets.token_hex(8)
        self._tls_port = free_port()
        self._certificate = self.authority.sign("broker")

    @property
    def tls_address(self) -> str:
        return f"127.0.0.1:{self._tls_port}"

    @property
    def connection(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.address,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": _MECHANISM,
            "sasl_plain_username": ADMIN,
            "sasl_plain_password": self.admin_password,
        }

    def settings(self, controller: str) -> Mapping[str, str]:
        clients = f"SASL_PLAINTEXT://{self.address},SASL_SSL://{self.tls_address}"
        login = f'username="{ADMIN}" password="{self.admin_password}"'
        return SETTINGS | {
            "listeners": f"{clients},CONTROLLER://{controller}",
            "advertised.listeners": clients,
            "listener.security.protocol.map": "CONTROLLER:SASL_PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
            "inter.broker.listener.name": "SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": _MECHANISM,
            "sasl.mechanism.inter.broker.protocol": _MECHANISM,
            "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required {login};",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required;",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": f'{_PLAIN} required {login} user_{ADMIN}="{self.admin_password}";',
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._certificate),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{ADMIN}",
        }

    @property
    def format_options(self) -> Sequence[str]:
        return "--add-scram", f"{_MECHANISM}=[name={ADMIN},password={self.admin_password}]"
