import socket
from pathlib import Path

import pytest

from deploy.local.children import LocalStackError, free_port
from deploy.local.launcher.settings import Ports, Secrets, login


def test_a_taken_port_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        taken = server.getsockname()[1]
        monkeypatch.setenv("PORT_BASE", str(taken - 1))

        with pytest.raises(LocalStackError, match=rf"port {taken} \(orders\) is taken; PORT_BASE"):
            Ports.choose()


def test_port_base_moves_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    base = free_port() - 1
    monkeypatch.setenv("PORT_BASE", str(base))

    assert Ports.choose().api["orders"] == base + 1


@pytest.mark.parametrize("base", ["", "eight", "0", "70000"])
def test_a_port_base_that_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setenv("PORT_BASE", base)

    with pytest.raises(LocalStackError, match="is no port"):
        Ports.choose()


def test_secrets_stay_the_same_over_restarts_and_are_for_the_owner_only(tmp_path: Path) -> None:
    first = Secrets(tmp_path / "secrets.json").of("orders password")

    assert Secrets(tmp_path / "secrets.json").of("orders password") == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_service_logs_in_to_the_same_database_by_its_own_name() -> None:
    url = login("postgresql://postgres:secret@127.0.0.1:5432/shop?sslmode=disable", "orders", "p/w")

    assert url == "postgresql://orders:p%2Fw@127.0.0.1:5432/shop?sslmode=disable"
