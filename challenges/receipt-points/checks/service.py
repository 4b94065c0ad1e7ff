"""The service itself."""

from grader.harness import Api, check


@check("service.health", category="contract", level="junior", weight=0.5)
async def health_answers(api: Api) -> None:
    """`GET /health` answers 200 with JSON, without a credential.

    Whoever runs the service asks it whether it is alive, and restarts it when there is no answer.
    """
    (await api.get("/health")).expect(200).json()
