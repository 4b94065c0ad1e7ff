"""The application: `uvicorn app.main:app`."""

from app.application import create_app
from app.config import Settings

app = create_app(Settings())
