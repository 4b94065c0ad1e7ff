"""What runs beside the candidate and decides. Checks import from here, and only from here and `probes`."""

from grader.harness.api import Api
from grader.harness.check import check
from grader.harness.json_node import Json
from grader.harness.mismatch import Mismatch
from grader.harness.reply import Reply
from grader.harness.request import Request
from grader.harness.tally import Tally

__all__ = ["Api", "Json", "Mismatch", "Reply", "Request", "Tally", "check"]
