# One command each. Everything runs in .venv, which is made from the lock files on first use.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-all bench lint format schema serve lock clean

demo: .venv/ready
	$(BIN)/python -m graph.demo

test: .venv/ready
	$(BIN)/python -m pytest -q

# Also what is slow, and what needs the clients of other vendors (installed on first use into .clients).
test-all: .venv/ready
	$(BIN)/python -m pytest -q -m "not bench"

bench: .venv/ready
	$(BIN)/python -m pytest -q -s -m bench

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: .venv/ready
	$(BIN)/modelgraph schema > schema.graphql

serve: .venv/ready
	$(BIN)/modelgraph serve

.venv/ready: requirements.lock requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m compileall -q graph models ml
	touch $@

# Writes both lock files from the ranges in pyproject.toml. Needs uv.
lock:
	uv pip compile -q --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade \
		pyproject.toml -o requirements.lock
	uv pip compile -q --universal --no-header --no-annotate --no-emit-index-url --no-emit-find-links --group dev \
		--all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv .clients build *.egg-info .pytest_cache .mypy_cache .ruff_cache
