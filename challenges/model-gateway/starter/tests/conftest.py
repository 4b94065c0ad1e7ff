import os

# The service may read its configuration when it is imported or started; these are examples, as in the brief.
os.environ.setdefault("RUNTIME_URL", "http://127.0.0.1:9101")
os.environ.setdefault("API_KEYS", '{"only-an-example-of-a-key": {"tier": "free"}}')
os.environ.setdefault("ADMIN_KEY", "only-an-example-of-an-admin-key")
os.environ.setdefault("MODELS", '{"ranker": {"v1": 90, "v2": 10}}')
