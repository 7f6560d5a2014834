from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from shared.events import examples
from shared.messaging.intake import Result

Attribute = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class CloudEventIn(BaseModel):
    """A storefront's event in CloudEvents' structured mode."""

    specversion: Literal["1.0"]
    id: Attribute
    source: Annotated[Attribute, Field(description="`/stores/{store_id}`; with `id` it tells a repetition.")]
    type: Attribute
    data: dict[str, JsonValue]

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"specversion": "1.0", "id": "e-1", "source": "/stores/demo", "type": "order-placed", "data": examples.ORDER_PLACED}
            ]
        },
    )


class TakenIn(BaseModel):
    """`taken`: it has had its effect; `repeated`: it had it before; `waiting`: behind an earlier event of its key that was set aside;
    `passed-on`: it is on its way to the services that hear it."""

    event_id: str
    result: Result
