"""The laws a machine can check beside those of the import linter (see `pyproject.toml`)."""

import pkgutil
from importlib import import_module

import pytest
from sqlalchemy import MetaData, Table

import services
from shared.frame import frame_tables
from shared.service import Service

SERVICES = [import_module(f"services.{module.name}.service").service for module in pkgutil.iter_modules(services.__path__)]
# what belongs to the service as a whole, not to one store
OF_NO_STORE = {"outbox", "inbox", "parked_keys", "dead_letters", "timers"}


def tables(service: Service) -> list[Table]:
    return [table for table in service.tables.tables.values() if table.name not in OF_NO_STORE]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_law_8_every_table_of_a_stores_data_has_store_id_first_in_its_primary_key(service: Service) -> None:
    others = [table.name for table in tables(service) if [column.name for column in table.primary_key][:1] != ["store_id"]]

    assert tables(service)
    assert others == []


def test_law_8_lets_apart_only_what_every_service_has() -> None:
    frame = MetaData()
    frame_tables(frame)

    assert frame.tables.keys() >= OF_NO_STORE


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_law_4_no_table_of_a_service_refers_to_another_schema(service: Service) -> None:
    assert {table.schema for table in service.tables.tables.values()} == {None}
