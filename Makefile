PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Nothing is installed but what a lock lists, and nothing whose hash is another.
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
LOCKS := security/locks
UV := uv==0.13.9
SAM := SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
BUILT := .aws-sam/build
WHEELS := .aws-sam/wheels
SECURITY := .venv-security/bin
SEMGREP := $(SECURITY)/semgrep scan --metrics=off --disable-version-check --quiet
EXPANDED := .aws-sam/expanded.json
SBOM := .aws-sam/sbom.json
COMPILE := python3.13 -m compileall -q -f --invalidation-mode unchecked-hash
# More for the command, as in `make test ARGS="-k signature"`; with `-n 0` one test after the other.
ARGS ?=
# As many workers as cores; which of them runs what: tests/scheduling.py.
PARALLEL := -n auto --dist loadgroup

.DEFAULT_GOAL := help
CHECKS := check-style check-types check-template check-expanded check-code check-rules check-secrets
.PHONY: help setup run demo reconcile test coverage simulate fuzz check format lock sbom build bench clean $(CHECKS)

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

SEEDS ?= 10000
FIRST ?= 0
simulate: $(VENV)/for-test ## Play SEEDS=10000 stories of the whole system under faults, from FIRST=0, on all cores
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FIRST) $(ARGS)

fuzz: $(VENV)/for-test ## Fuzz the parsers; ARGS="--target header --runs 20000000 --jobs 2"
	$(BIN)/python -m tests.fuzzing $(ARGS)

# Two at a time, and all of them whatever one finds; where make can, what each says stays together.
check: $(VENV)/for-test .venv-security/ready ## Formatting, lint, types, the template as written and as expanded, secrets, rules of security
	@$(MAKE) --no-print-directory --keep-going -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) sbom $(CHECKS)

check-style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-types:
	$(BIN)/mypy

check-template:
	$(BIN)/cfn-lint -t template.yaml

# A template of which nothing was understood would have no faults either.
check-expanded:
	@mkdir -p $(dir $(EXPANDED))
	$(BIN)/python -m tests.template > $(EXPANDED)
	$(BIN)/cfn-lint -t $(EXPANDED)
	$(SECURITY)/checkov --config-file security/checkov.yaml --file $(EXPANDED) > $(EXPANDED).txt || { cat $(EXPANDED).txt; exit 1; }
	@grep '^Passed checks: [1-9]' $(EXPANDED).txt

check-code:
	$(SECURITY)/bandit --quiet --recursive --configfile security/bandit.yaml functions shared
	$(SEMGREP) --error --config security/rules functions shared

# Each rule finds its bad examples, and none of the good ones.
check-rules:
	$(SEMGREP) --test security/rules

check-secrets:
	$(SECURITY)/python -m security.find_secrets

sbom: .venv-security/ready ## List the packages that run in Lambda, with their hashes, in .aws-sam/sbom.json (CycloneDX)
	@mkdir -p $(dir $(SBOM))
	@$(SECURITY)/cyclonedx-py requirements $(LOCKS)/layer.txt --sv 1.6 --output-reproducible --outfile $(SBOM)
	@$(SECURITY)/python -m security.sbom $(SBOM)

# The hashes of all files of a version, for every platform, as the registry states them. Other pins stay what they are.
lock: .venv-lock/ready ## After a pin was changed: write down the hashes of all packages again
	$(call locked,shared/requirements.txt,layer)
	$(call locked,requirements.txt,run)
	$(call locked,tests/requirements.txt,tests)
	$(call locked,security/requirements.txt,security)
	$(call locked,security/requirements-sam.txt,sam)

locked = .venv-lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock" --output-file $(LOCKS)/$(2).txt $(1)

format: $(VENV)/for-test ## Put the code into the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: $(VENV)/for-test ## Install what the commands need into .venv (they do it by themselves)

# SAM asks pip a second time, without hashes, for what is native to Lambda and not to this machine. So both are fetched and verified
# here, and SAM finds these and nothing else.
FETCH = python3.13 -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
	--dest $(WHEELS) -r $(LOCKS)/layer.txt
FOR_LAMBDA := --platform manylinux2014_aarch64 --implementation cp --python-version 3.13 --abi cp313 --abi abi3 --abi none

# Lambda's file system is read-only, so byte-code that is not in the package is made again at every cold start; and SAM dates
# every file 1980, so only byte-code that nobody compares with its source is used.
build: .venv-sam/ready ## Build what `sam deploy` takes to AWS (needs python3.13, as Lambda runs it)
	@python3.13 -m pip --version >/dev/null 2>&1 || \
		{ echo "make build needs python3.13 with pip on the PATH: it compiles for Lambda's runtime."; exit 1; }
	rm -rf $(WHEELS)
	$(FETCH)
	$(FETCH) $(FOR_LAMBDA)
	PIP_NO_INDEX=1 PIP_FIND_LINKS=$(abspath $(WHEELS)) $(SAM) build
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

$(VENV)/for-run: $(VENV)/made $(LOCKS)/run.txt
	$(BIN)/python $(INSTALL) --no-compile -r $(LOCKS)/run.txt
	touch $@

$(VENV)/for-test: $(VENV)/for-run $(LOCKS)/tests.txt
	$(BIN)/python $(INSTALL) --no-compile -r $(LOCKS)/tests.txt
	touch $@

.venv-security/ready: $(LOCKS)/security.txt
	$(PYTHON) -m venv --clear .venv-security
	$(SECURITY)/python $(INSTALL) -r $(LOCKS)/security.txt
	touch $@

.venv-bench/ready: bench/requirements.txt $(LOCKS)/run.txt
	$(PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	touch $@

.venv-sam/ready: $(LOCKS)/sam.txt
	$(PYTHON) -m venv --clear .venv-sam
	.venv-sam/bin/python $(INSTALL) -r $(LOCKS)/sam.txt
	touch $@

.venv-lock/ready: Makefile
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	touch $@
