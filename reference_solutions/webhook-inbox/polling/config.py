import os

SECRET = os.environ["WEBHOOK_SECRET"].encode()
ADMIN_KEY = os.environ["ADMIN_API_KEY"]
LEDGER = os.environ["LEDGER_URL"].rstrip("/")
# SQLAlchemy's way to write it; what stands after three slashes is the path, and an absolute one brings a fourth.
DATABASE = os.environ["DATABASE_URL"].partition(":///")[2]
