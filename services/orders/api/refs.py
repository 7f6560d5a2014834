from typing import Annotated

from fastapi import Depends

from services.orders.repository.orders import Ref
from shared.http import path_ref

OrderRef = Annotated[Ref, Depends(path_ref(Ref))]
