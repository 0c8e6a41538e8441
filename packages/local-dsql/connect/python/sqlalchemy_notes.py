import os
import uuid

import boto3
from sqlalchemy import Uuid, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

host, region = os.environ["PGHOST"], os.environ["AWS_REGION"]
# The URL leaves the host and TLS to the PG variables. DSQL has no type hstore. Each table is a
# statement of its own only outside of a transaction.
engine = create_engine(
    "postgresql+psycopg://",
    pool_recycle=3300,
    use_native_hstore=False,
    isolation_level="AUTOCOMMIT",
)


@event.listens_for(engine, "do_connect")
def sign(dialect, record, args, parameters):
    dsql = boto3.client("dsql", region_name=region)
    parameters["password"] = dsql.generate_db_connect_admin_auth_token(host, region)


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "sqlalchemy_notes"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    note: Mapped[str]


Base.metadata.create_all(engine)
with Session(engine.execution_options(isolation_level="REPEATABLE READ")) as session:
    note = Note(note="from SQLAlchemy")
    session.add(note)
    session.commit()
    print(session.get(Note, note.id).note)
