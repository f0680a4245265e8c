"""What the API is measured against: the same framework and server, one INSERT and its commit, and nothing else."""

import os
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

engine = create_engine(os.environ["RANHAM_DATABASE_URL"])
app = FastAPI()

INSERT = text("INSERT INTO bare_report (body) VALUES (cast(:body AS jsonb)) RETURNING id")


class Report(BaseModel):
    answers: list[dict[str, Any]]


@app.post("/reports", status_code=201)
def send(report: Report) -> dict[str, int]:
    with Session(engine) as session, session.begin():
        made = session.scalar(INSERT, {"body": report.model_dump_json()})
    return {"id": made or 0}
