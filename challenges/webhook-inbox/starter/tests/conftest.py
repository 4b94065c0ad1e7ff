import os

# The service may read its configuration when it is imported or started; these are examples, as in the brief.
os.environ.setdefault("WEBHOOK_SECRET", "only-an-example-of-a-secret")
os.environ.setdefault("LEDGER_URL", "http://127.0.0.1:9101")
os.environ.setdefault("ADMIN_API_KEY", "only-an-example-of-an-admin-key")
os.environ.setdefault("DATABASE_URL", "sqlite+aiosqlite:///./inbox.db")
