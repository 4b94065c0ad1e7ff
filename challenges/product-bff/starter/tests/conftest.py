import os

# The service may read its configuration when it is imported or started; these are examples, as in the brief.
os.environ.setdefault("CATALOG_URL", "http://127.0.0.1:9101")
os.environ.setdefault("PRICING_URL", "http://127.0.0.1:9102")
os.environ.setdefault("REVIEWS_URL", "http://127.0.0.1:9103")
os.environ.setdefault("UPSTREAM_TIMEOUT", "2.5")
os.environ.setdefault("AUTH_SECRET", "only-an-example-of-32-bytes-or-more")
os.environ.setdefault("INTERNAL_KEY", "only-an-example-of-a-key")
