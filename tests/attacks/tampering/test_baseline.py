"""What the others are measured by: a correct solution earns everything, and one that does nothing earns nothing."""

from tests.attacks.attack import Attack


def test_a_correct_solution(attack: Attack) -> None:
    """Nothing hostile is in it: 100."""
    attack.honest().graded(score=100)


def test_an_application_without_operations(attack: Attack) -> None:
    """It starts, and answers 404 to everything: 0."""
    attack.app("from fastapi import FastAPI\napp = FastAPI(openapi_url=None)\n").graded(score=0)
