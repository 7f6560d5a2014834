from shared.processes import main
from shared.service import Service


def load() -> Service:
    from services.orders.service import service  # noqa: PLC0415 - a relay needs none of it

    return service


main("orders", load, rebuilds=("customers", "figures"))
