from shared.processes import main
from shared.service import Service


def load() -> Service:
    from services.survey.service import service  # noqa: PLC0415 - a relay needs none of it

    return service


main("survey", load)
