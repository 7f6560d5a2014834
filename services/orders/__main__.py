from services.orders.service import service
from shared.processes import main

main(service)
