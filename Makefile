PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
SAM_CLI := aws-sam-cli==1.170.0
SAM := SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
BUILT := .aws-sam/build
COMPILE := python3.13 -m compileall -q -f --invalidation-mode unchecked-hash
# More for the command, as in `make test ARGS="-k signature"`; with `-n 0` one test after the other.
ARGS ?=
# As many workers as cores; which of them runs what: tests/scheduling.py.
PARALLEL := -n auto --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help setup run demo reconcile test coverage check format build bench clean

help: ## Show these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' Makefile | expand -t 12

run: $(VENV)/for-run ## Start the whole stack on this machine, with data to look at
	$(BIN)/python -m local.run

demo: $(VENV)/for-run ## Play stories through the running stack's real entrances
	$(BIN)/python -m local.demo

reconcile: $(VENV)/for-run ## Compare the running stack with its Paddle, and print what was found
	$(BIN)/python -m local.reconcile $(ARGS)

test: $(VENV)/for-test ## Run all tests, on all cores
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

coverage: $(VENV)/for-test ## Run all tests and say which lines they left out
	$(BIN)/python -m pytest --cov $(PARALLEL) $(ARGS)

check: $(VENV)/for-test ## Formatting, lint, types, and the template as written and as expanded
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cfn-lint -t template.yaml
	$(BIN)/python -m tests.template | $(BIN)/cfn-lint

format: $(VENV)/for-test ## Put the code into the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: $(VENV)/for-test ## Install what the commands need into .venv (they do it by themselves)

# Lambda's file system is read-only, so byte-code that is not in the package is made again at every cold start; and SAM dates
# every file 1980, so only byte-code that nobody compares with its source is used.
build: .venv-sam/ready ## Build what `sam deploy` takes to AWS (needs python3.13, as Lambda runs it)
	@python3.13 -m pip --version >/dev/null 2>&1 || \
		{ echo "make build needs python3.13 with pip on the PATH: it compiles for Lambda's runtime."; exit 1; }
	$(SAM) build
	$(COMPILE) -s $(BUILT)/Layer -p /opt $(BUILT)/Layer
	for code in $(BUILT)/*/paddle_webhook.py; do \
		$(COMPILE) -s "$${code%/*}" -p /var/task "$${code%/*}" || exit 1; \
	done
	@$(PYTHON) -m tests.built $(BUILT)

bench: .venv-bench/ready ## Measure against the textbook solution, side by side, for some minutes
	.venv-bench/bin/python -m bench $(ARGS)

clean: ## Remove all that these commands made, the laptop's data too
	rm -rf $(VENV) .venv-* .aws-sam .local .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find functions shared tests local bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/for-run: $(VENV)/made requirements.txt shared/requirements.txt
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/for-test: $(VENV)/for-run tests/requirements.txt
	$(PIP) -r tests/requirements.txt
	touch $@

.venv-bench/ready: bench/requirements.txt requirements.txt shared/requirements.txt
	$(PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	touch $@

.venv-sam/ready: Makefile
	$(PYTHON) -m venv --clear .venv-sam
	.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check $(SAM_CLI)
	touch $@
