# The two commands that a newcomer needs: `make demo` and `make test`. Both set everything up by themselves, idempotently.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
PYTEST := $(BIN)/python -m pytest
# Side by side: most of these tests wait for something. Those of tests/docker want the engine for themselves.
BESIDE := -n 3 --dist loadfile
PART := --cov --cov-append --cov-report= --cov-fail-under=0

.PHONY: help setup engine browser compose compose-tool images demo brokers test attacks slow soak verify prove lint format quick bench schema screenshots clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(BIN)/.synced  ## virtual environment with the locked packages

$(BIN)/.synced: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	VIRTUAL_ENV=$(VENV) $(BIN)/uv sync --quiet --active --frozen --inexact
	@touch $@

engine:  ## a Docker engine that answers; installed and started where that is possible
	@sh scripts/engine.sh

browser:  ## a Chromium for the tests of report.html; installed where that is possible
	@sh scripts/browser.sh

compose: images  ## broker, worker and a site of the reports, with docker compose
	@sh scripts/compose/up.sh

compose-tool:  ## a Docker Compose; installed where that is possible
	@sh scripts/compose.sh || :

images: setup engine  ## the runner and harness images, where they are missing
	@$(BIN)/grader images build

demo: images  ## grade the bundled, deliberately imperfect sample in Docker and show the report
	@mkdir -p $(DEMO) && rm -f $(DEMO)/sample-submission.zip
	@$(BIN)/python -m zipfile -c $(DEMO)/sample-submission.zip examples/sample-submission
	$(BIN)/grader run $(DEMO)/sample-submission.zip --out $(DEMO)/report

lint: setup  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

verify: setup  ## prove every challenge quickly: correct builds score 100, every eighth mutant is caught by the checks that should
	$(BIN)/grader challenge verify --all --quick --share 8 --jobs 8  # much of it is waiting for time limits

prove: setup  ## prove every challenge wholly: no other check fails a mutant, and latency as well; about two hours
	$(BIN)/grader challenge verify --all --jobs 8

brokers:  ## redis-server and rabbitmq-server for the tests of workers; installed where that is possible
	@sh scripts/brokers.sh

test: images browser brokers lint verify  ## everything but slow attacks: ruff, mypy, proofs, tests with branch coverage, Docker's and the browser's too
	rm -f .coverage
	$(PYTEST) $(BESIDE) $(PART) -m 'not docker and not slow and not soak' $(ARGS)
	$(PYTEST) $(BESIDE) $(PART) -m 'not slow' tests/attacks
	$(PYTEST) -m 'docker and not slow and not soak' --ignore tests/attacks --cov --cov-append --cov-report=term:skip-covered

attacks: images  ## hostile submissions and faults, each on the Docker backend, the slow ones too; some minutes
	$(PYTEST) $(BESIDE) tests/attacks $(ARGS)

slow: images  ## the attacks that `make test` leaves out
	$(PYTEST) $(BESIDE) tests/attacks -m slow $(ARGS)

soak: images brokers compose-tool  ## 40 submissions graded while engine, worker and broker die; the services of docker compose; some minutes
	$(PYTEST) -m soak $(ARGS)

quick: setup  ## the tests that need no Docker engine
	$(PYTEST) -q $(BESIDE) -m 'not docker and not soak' $(ARGS)

bench: images brokers  ## the figures of benchmarks/
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python -m benchmarks.footprint
	$(BIN)/python -m benchmarks.report_page
	$(BIN)/python -m benchmarks.compare_speed
	$(BIN)/python -m benchmarks.similar_speed
	$(BIN)/python -m benchmarks.similar_accuracy
	$(BIN)/python -m benchmarks.batch_speed
	$(BIN)/python -m benchmarks.batch_memory
	$(BIN)/python -m benchmarks.worker_speed
	$(BIN)/python -m benchmarks.service_times
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.verify_speed
	$(BIN)/python -m benchmarks.async_cost
	$(BIN)/python -m benchmarks.latency_accuracy

schema: setup  ## write docs/report.schema.json anew
	$(BIN)/grader schema > docs/report.schema.json
	$(BIN)/grader schema comparison > docs/comparison.schema.json
	$(BIN)/grader schema similarity > docs/similarity.schema.json

screenshots: setup browser  ## the pictures in docs/images
	$(BIN)/python -m scripts.screenshots

clean:  ## what builds and runs left in this folder
	rm -rf build dist grader-reports .pytest_cache .mypy_cache .ruff_cache .coverage
