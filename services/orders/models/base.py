from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared import tasks
from shared.frame import NAMING, frame_tables


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


frame_tables(Base.metadata)
tasks.table(Base.metadata)
