# Every command of the project. Needs Python 3.11+ and make; each target does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STARTED := $(VENV)/started
READY := $(VENV)/ready
LOCK := requirements.txt
PIP := $(BIN)/python -m pip --disable-pip-version-check
# pip resolves nothing and asks for no newest version; `pip check` verifies that the lock is complete.
EXACTLY := --require-hashes --no-deps
SOURCES := generator auth tests spec generated
LINTER := spec/lint/node_modules/.package-lock.json
BRUNO := tests/bruno/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help setup demo sandbox test generate format lint lint-spec types generated-check drift changes \
  release-check regenerate vectors cover mutate fuzz promises soak bench cross broken pythons floors newest lock-check wheel docs dist weight edits pages check lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(READY) ## create the environment with the pinned tools

# The demo's packages are installed first, so the demo does not wait for the tools.
$(STARTED): tests/locks/demo.txt $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version): make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --quiet --no-compile $(EXACTLY) -r tests/locks/demo.txt
	$(PIP) check
	@touch $@

$(READY): $(STARTED) pyproject.toml
	$(PIP) install --quiet $(EXACTLY) -r $(LOCK)
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(PIP) check
	@touch $@

demo: $(STARTED) ## create a return-advance in the sandbox, query it to its end, show an error
	@PYTHONPATH=generated:auth:tests/sandbox $(BIN)/python -m wechatpay_sandbox -- $(BIN)/python tests/demo.py

sandbox: setup ## serve the sandbox and print the variables to set for it
	@$(BIN)/python -m wechatpay_sandbox

test: setup ## run the tests
	$(BIN)/python -m pytest

generate: setup ## write generated/ and spec/lenient.json from spec/openapi.yaml, templates and runtime
	$(BIN)/python spec/lenient.py
	$(BIN)/python -m generator generate

format: setup ## format the code and fix what ruff can fix
	$(BIN)/ruff check --fix $(filter-out generated,$(SOURCES))
	$(BIN)/ruff format $(filter-out generated,$(SOURCES))

lint: setup
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

$(LINTER) $(BRUNO): %/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20.19 or newer is needed: it lints the spec and runs its collection"; exit 1; }
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund
	@touch $@

lint-spec: setup $(LINTER) ## lint the spec and its lenient form
	@mkdir -p build
	$(BIN)/python -m generator lint
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
	  spec/lint/node_modules/.bin/redocly lint --config spec/lint/redocly.yaml spec/openapi.yaml
	$(BIN)/python -m openapi_spec_validator spec/openapi.yaml spec/lenient.json

types: setup
	$(BIN)/mypy
	$(BIN)/pyright

generated-check: setup ## compare generated/ and spec/lenient.json with what would be written today
	$(BIN)/python spec/lenient.py --check
	$(BIN)/python -m generator check

drift: setup ## compare the official pages, or PAGES=…, with the spec
	$(BIN)/python -m generator drift $(PAGES)

changes: setup ## list what changed since the last release, or since BASE=…
	$(BIN)/python -m generator changes $(if $(BASE),--base $(BASE))

release-check: setup ## fail unless version and changelog fit the changes
	$(BIN)/python -m generator release-check $(if $(BASE),--base $(BASE))

# The changes are listed even if the pages cannot be reached or a test fails.
regenerate: setup ## after an edit of the spec: drift, lint, generate, check, changes
	-$(BIN)/python -m generator drift $(PAGES)
	$(MAKE) lint-spec
	$(MAKE) generate
	@$(MAKE) check; code=$$?; $(MAKE) --no-print-directory changes && exit $$code

vectors: setup ## compare spec/vectors/ with what its maker writes today
	$(BIN)/python spec/vectors/make.py --check

cover: setup ## run the auth plugin's tests and require 100 % branch coverage
	$(BIN)/python -m pytest tests/auth --cov=wechatpay_auth --cov-branch --cov-report=term:skip-covered --cov-fail-under=100

mutate: setup ## break each operator of the client's runtime and the auth plugin, or of MODULES=…, and require a test to fail (an hour)
	$(BIN)/python -m tests.mutate --folder build/mutants $(MODULES)

fuzz: setup ## give hostile responses, certificates and keys to the auth plugin for a minute
	$(BIN)/python -m tests.auth.fuzz -max_total_time=60

bench: setup ## measure calls, starts and memory, and compare them with the targets (8 min), or ROUNDS=…
	PYTHONPATH=. $(BIN)/python -u -m tests.bench $(if $(ROUNDS),--rounds $(ROUNDS))

promises: setup ## break the line behind each promise of SECURITY.md and require its tests to fail
	$(BIN)/python -m tests.promises $(PROMISES)

edits: setup ## make ordinary edits of the spec in a copy, all together and each, or EDITS=…, and run the tests
	$(BIN)/python -m tests.edits $(EDITS)

pages: setup ## go full circle with 1,000 made pages, or those of FOLDER=…: read, scaffold, compare, validate
	$(BIN)/python -m tests.generator_docs.every $(FOLDER) --valid --added $(if $(GENERATE),--generate)

soak: setup ## make 50,000 calls through a broken network, follow 2 × 10,000 refunds to their end, send 100,000 hostile responses; CALLS=…, RESPONSES=…, SEED=…
	$(BIN)/python -m tests.soak.soak $(if $(CALLS),--calls $(CALLS)) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.soak.until_settled $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.soak.machines $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.soak.fuzz_replies $(if $(RESPONSES),--responses $(RESPONSES)) $(if $(SEED),--seed $(SEED))

cross: setup ## test the spec in other languages and against the official SDKs
	$(BIN)/python -m wechatpay_sandbox --backup -- $(BIN)/python -m tests.cross.run

broken: cross ## break a line of the signers and verifiers in TypeScript, Go and Java, 400 times; a vector notices each
	$(BIN)/python -m tests.spec.broken typescript go java

pythons: setup ## run the tests on each supported Python of this machine
	$(BIN)/python tests/pythons.py

floors: setup ## run the tests with the lowest versions which the wheel allows
	$(BIN)/python -m tests.floors lowest

newest: setup ## run the tests with today's newest versions
	$(BIN)/python -m tests.floors newest

lock-check: setup ## verify that the set-up installs the locked versions, even if newer ones exist
	$(BIN)/python tests/check_lock.py

wheel: setup ## build wheel and sdist, and run the demo from the installed wheel
	$(BIN)/python tests/check_wheel.py

docs: setup ## write the documentation in two languages, the forms of the spec and a Bruno collection to build/docs
	$(BIN)/python -m spec.publish build/docs

dist: docs wheel ## put wheel, sdist, documentation and the published forms of the spec into dist/
	rm -rf dist/spec && cp -r build/docs dist/spec

weight: setup ## count the lines of code of each folder and compare them with the limits
	$(BIN)/python tests/weight.py

check: $(BRUNO) lint lint-spec types generated-check vectors test cover cross floors lock-check wheel ## all that CI runs

COMPILE := $(BIN)/uv pip compile --quiet --no-header --universal --generate-hashes --python-version 3.11
# The small locks take their versions from the large one.
PART := $(COMPILE) --no-annotate --constraint $(LOCK)

lock: setup ## pin the newest versions which pyproject.toml allows
	$(COMPILE) --upgrade --group dev --all-extras --output-file $(LOCK) pyproject.toml
	$(PART) --extra sandbox --output-file tests/locks/demo.txt pyproject.toml
	$(PART) --group user --output-file tests/locks/wheel.txt pyproject.toml
	$(PART) --group user --extra sandbox --output-file tests/locks/wheel-sandbox.txt pyproject.toml
	$(COMPILE) --no-annotate --group cross --output-file tests/locks/cross.txt
	$(BIN)/python -m tests.floors lock
	for pip in 22.3 23.2.1; do echo "pip==$$pip" | $(COMPILE) --output-file tests/locks/pip-$$pip.txt - || exit; done
	echo pip | $(COMPILE) --upgrade --output-file tests/locks/pip-newest.txt -

clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist spec/lint/node_modules tests/bruno/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
