import os

UPSTREAMS = {
    "items": os.environ["CATALOG_URL"],
    "prices": os.environ["PRICING_URL"],
    "reviews": os.environ["REVIEWS_URL"],
}
SECONDS = float(os.environ["UPSTREAM_TIMEOUT"])
SECRET = os.environ["AUTH_SECRET"]
KEY = os.environ["INTERNAL_KEY"]
