# Everything runs in .venv, which the first command makes from requirements/.
PYTHON ?= python3
SHOP ?= 1
RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest
FAST := -n 2 --dist=worksteal --ignore=tests/chaos --ignore=tests/bench --ignore=tests/cluster
LOCK := --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header
CODE := shared services deploy tests

.PHONY: up story image compose-up compose-down test test-cluster chaos fuzz bench lint fmt docs lock clean env

up: env ## the whole stack on this machine, with a sample shop (DEMO=0 without)
	@exec $(RUN) -m deploy.local.launcher

story: env ## one customer's way through all services of the stack that `make up` runs
	@exec $(RUN) -m deploy.local.story

image: env ## one image for every process (needs a container engine)
	@exec $(RUN) -m deploy.containers image

compose-up: env ## the whole stack in containers, with the sample shop (SHOP= without); ends with the addresses
	@exec $(RUN) -m deploy.containers up $(if $(SHOP),--shop)

compose-down: env ## and its data
	@exec $(RUN) -m deploy.containers down

test: env ## everything but chaos and bench, on real PostgreSQL and Kafka
	@exec $(PYTEST) $(FAST)

test-cluster: env ## deploy/k8s/overlays/local on the cluster of the current kubeconfig, and what it stands; CLUSTER_LOAD loads images into it
	@exec $(RUN) -m tests.cluster

chaos: env ## a hundred kills over fifty thousand events, and services that are away, stopped and early; databases and Kafka lost and restored
	@exec $(PYTEST) tests/chaos

fuzz: env ## every documented path with thousands of odd requests, others each time (FUZZ_SEED=… for the same again)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-300} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} exec $(PYTEST) -n 2 tests/contracts/http

bench: env ## the figures of docs/benchmarks.md
	@exec $(RUN) -m tests.bench

lint: env
	@.venv/bin/ruff check $(CODE)
	@.venv/bin/ruff format --check $(CODE)
	@.venv/bin/mypy $(CODE)
	@.venv/bin/lint-imports

.PHONY: check-deploy
check-deploy: env ## every manifest rendered and checked, alert rules and dashboards too, without a cluster (builds kustomize once)
	@exec $(RUN) -m deploy.checks

fmt: env
	@.venv/bin/ruff check --fix $(CODE)
	@.venv/bin/ruff format $(CODE)

docs: env ## event schemas, docs/asyncapi.yaml and docs/events.md from the contracts, docs/rules from the rules
	@exec $(RUN) -m deploy.documents

lock: env ## requirements/ from pyproject.toml, in the newest versions it allows (needs uv)
	@uv pip compile $(LOCK) --group dev pyproject.toml -o requirements/dev.txt
	@uv pip compile $(LOCK) pyproject.toml -o requirements/service.txt
	@uv pip compile $(LOCK) --group pyproject.toml:go -o requirements/go.txt
	@$(RUN) -m deploy.local.jars lock

clean: ## the local stack's data, and everything that was generated
	@$(PYTHON) deploy/local/clean.py

env:
	@$(PYTHON) deploy/local/environment.py
