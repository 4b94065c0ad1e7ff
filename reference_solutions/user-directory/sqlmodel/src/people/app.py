from fastapi import FastAPI

from people import db, users


def create_app(url: str = "sqlite:///people.sqlite3") -> FastAPI:
    application = FastAPI(title="People", separate_input_output_schemas=False)
    application.state.engine = db.connect(url)
    application.include_router(users.router)
    application.add_api_route("/health", lambda: True, methods=["GET"])
    return application
