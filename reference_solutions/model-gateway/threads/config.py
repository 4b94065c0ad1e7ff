import json
import os

RUNTIME = os.environ["RUNTIME_URL"]
TIERS = {key: client["tier"] for key, client in json.loads(os.environ["API_KEYS"]).items()}
ADMIN = os.environ["ADMIN_KEY"]
MODELS: dict[str, dict[str, int]] = json.loads(os.environ["MODELS"])
WINDOW = float(os.environ.get("BATCH_WINDOW_MS", "10")) / 1000
MAX_BATCH = int(os.environ.get("MAX_BATCH", "8"))
MAX_QUEUE = int(os.environ.get("MAX_QUEUE", "64"))
SECONDS = float(os.environ.get("RUNTIME_TIMEOUT", "2"))
