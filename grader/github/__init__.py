"""What a report becomes in a workflow of GitHub Actions: annotations, a job's summary, a step's outputs."""
