"""Which module comes from which distribution: for submissions that declare nothing, and to know what is foreign."""

import re
from collections.abc import Iterator, Sequence

from grader.intake.project import Project, table
from grader.intake.reading.sources import Sources

_MAX_BYTES = 256 * 1024
_MAX_FILES = 20
_REQUIREMENTS = re.compile(r"(?:.*/)?(?:[^/]*requirements[^/]*\.(?:txt|in)|requirements/[^/]+\.txt)")
_NAME = re.compile(r"[ \t\0\ufeff\ufffd]*([A-Za-z][\w.-]{0,60})")

# import name → distribution, where the two differ
RENAMED = {
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "aioredis": "aioredis",
    "argon2": "argon2-cffi",
    "attr": "attrs",
    "auth0": "auth0-python",
    "bs4": "beautifulsoup4",
    "bson": "pymongo",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "decouple": "python-decouple",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "email_validator": "email-validator",
    "faker": "faker",
    "fastapi_users_db_sqlalchemy": "fastapi-users-db-sqlalchemy",
    "git": "gitpython",
    "grpc": "grpcio",
    "jose": "python-jose[cryptography]",
    "jwt": "pyjwt",
    "jwcrypto": "jwcrypto",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "memcache": "python-memcached",
    "mimesis": "mimesis",
    "multipart": "python-multipart",
    "mysql": "mysql-connector-python",
    "MySQLdb": "mysqlclient",
    "nacl": "pynacl",
    "opentelemetry": "opentelemetry-api",
    "pkg_resources": "setuptools",
    "prometheus_client": "prometheus-client",
    "prometheus_fastapi_instrumentator": "prometheus-fastapi-instrumentator",
    "psycopg2": "psycopg2-binary",
    "psycopg": "psycopg[binary]",
    "pydantic_extra_types": "pydantic-extra-types",
    "pydantic_settings": "pydantic-settings",
    "pymysql": "pymysql",
    "python_multipart": "python-multipart",
    "pythonjsonlogger": "python-json-logger",
    "rest_framework": "djangorestframework",
    "sentry_sdk": "sentry-sdk",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socketio": "python-socketio",
    "sqlalchemy_utils": "sqlalchemy-utils",
    "sse_starlette": "sse-starlette",
    "starlette_exporter": "starlette-exporter",
    "typing_extensions": "typing-extensions",
    "ulid": "python-ulid",
    "user_agents": "user-agents",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
# and where they are the same
_SAME = (
    "aiocache aiofiles aiohttp aiokafka aiolimiter aiomysql aiosqlite alembic anyio apscheduler arq arrow "
    "asgi_lifespan asgiref async_timeout asyncpg backoff bcrypt beanie blake3 boto3 brotli cachetools celery "
    "certifi circuitbreaker click cryptography databases dependency_injector diskcache dramatiq emails fakeredis "
    "fastapi fastapi_cache fastapi_limiter fastapi_mail fastapi_pagination fastapi_users freezegun geopy gino "
    "glom gunicorn h11 httptools httpx httpx2 huey hypercorn hypothesis icontract itsdangerous jinja2 jsonschema "
    "limits loguru lxml markdown marshmallow mongoengine more_itertools motor msgpack msgspec nats numpy odmantic "
    "openai openpyxl orjson ormar pandas passlib peewee pendulum phonenumbers piccolo plotly polars pony psutil "
    "pwdlib pycountry pydantic pydantic_core pymongo pypdf pytest pytest_asyncio pytz qrcode rapidfuzz redis "
    "regex requests respx rich scipy sentry_sdk shapely simplejson six slowapi sniffio sortedcontainers "
    "sqlalchemy sqlmodel starlette strawberry stripe structlog svcs taskiq tenacity tinydb toml tomli torch "
    "tornado tortoise tqdm transformers typer tzlocal ujson urllib3 uvicorn uvloop validators watchfiles "
    "websockets werkzeug wrapt xmltodict yarl"
)
DISTRIBUTIONS = {name: name.replace("_", "-") for name in _SAME.split()} | RENAMED


def foreign_modules(sources: Sources, project: Project) -> frozenset[str]:
    """Top-level modules that are meant to come from elsewhere.

    Where the submission has a module of the same name (`app/redis.py`), it still is foreign if the submission declares
    it, or if that very module imports it.

    Args:
        sources: the files of a submission; its requirement files are read as text, at first sight.
        project: its pyproject.toml files.
    """
    declared = set(_declared(sources, project))
    modules = {name.lower().replace("-", "_") for name in declared} | set(DISTRIBUTIONS)
    return frozenset(
        module
        for module in modules
        if module not in sources.homes
        or not {module, DISTRIBUTIONS.get(module)}.isdisjoint(declared)
        or _wraps(sources, module)
    )


def _declared(sources: Sources, project: Project) -> Iterator[str]:
    files = [path for path in sources.files if _REQUIREMENTS.fullmatch(path)]
    for path in sorted(files, key=lambda path: (path.count("/"), path))[:_MAX_FILES]:
        yield from _names(sources.text(path, _MAX_BYTES).replace("\0", "").splitlines())
    for document in project.documents.values():
        own = set(table(document, "tool", "uv", "sources"))  # a member of the workspace is part of the submission
        listed = table(document, "project").get("dependencies")
        names = _names(listed) if isinstance(listed, list) else []
        yield from {*names, *table(document, "tool", "poetry", "dependencies")} - own


def _names(requirements: Sequence[object]) -> Iterator[str]:
    for line in requirements:
        if isinstance(line, str) and (match := _NAME.match(line)):
            yield re.sub(r"[-_.]+", "-", match[1]).lower()


def _wraps(sources: Sources, module: str) -> bool:
    """Whether a module of the submission imports another of its name, as `app/redis.py` with `import redis` does."""
    places = (sources.module(folder, module) for folder in sources.homes[module])
    imports = (found for place in places if place and place.endswith(".py") for found in sources.get(place).imports)
    return any(not found.level and found.module.partition(".")[0] == module for found in imports)
