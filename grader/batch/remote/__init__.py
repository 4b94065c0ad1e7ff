"""A batch on many machines: a client sends jobs to a broker, workers grade them, reports come back through a store.

    RemoteRunner → Store (submissions) + Queue (tickets) → Service → Taker → Performer → Store (reports) → RemoteRunner

The store is the truth: a job is done when its report stands there, and somebody is at it while a claim beats there.
So a broker may deliver a ticket twice, or lose it: nothing is graded twice at once; what nobody is at is sent again.
Celery and fsspec come with the extra `workers`; only `grader worker`, `grader status` and `--broker` import this.
"""
