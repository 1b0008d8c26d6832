# What a newcomer needs is `make run`; `make help` lists the rest. Every target sets up what it
# needs first; the stamp files make the second time instant and follow the lock files.

# Set on the command line only (`make run PORT=4700`), never by the environment.
PYTHON := python3.11
STATE := .local
PORT :=
LOCK_FLAGS :=
ORDERS := 2000
SEED := 1
CORES := $(shell getconf _NPROCESSORS_ONLN)
UV := .venvs/bootstrap/bin/uv
SETUP := .venv/.stamp .venvs/ministack/.stamp
NODE := clients/js/node_modules/.stamp tests/npm/node_modules/.stamp
CHROMIUM := $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))

# A developer's own settings of these would leak into what is built or deployed.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export UV_NO_PROGRESS := 1
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= us-east-1

.PHONY: help setup run test simulate check format build lock clean
.DEFAULT_GOAL := help

help:  ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(SETUP) $(NODE) .venvs/sam/.stamp chromium  ## Install everything that the other targets need

run: $(SETUP)  ## Run the whole product on this machine (PORT=4600, STATE=folder)
	@exec .venv/bin/orderbus up --state '$(STATE)' $(if $(PORT),--port '$(PORT)')

test: $(SETUP) $(NODE) chromium  ## Pass every test; every branch of the decisions is taken
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest -n $(CORES) tests/unit tests/contracts tests/adapters
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report --skip-covered
	.venv/bin/pytest -n $(CORES) tests/architecture tests/simulator
	npm test --prefix clients/js --silent
	.venv/bin/pytest -n 2 --dist loadfile tests/end_to_end

simulate: .venv/.stamp  ## Run ORDERS checkouts in virtual time with every kind of fault (SEED=1)
	.venv/bin/orderbus simulate --orders $(ORDERS) --seed $(SEED)

check: $(SETUP) $(NODE) .venvs/sam/.stamp  ## The gate: style, types, layers, templates, builds, tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy shared/src services/*/src local_stack/src cli/src simulator/src clients/python/src
	.venv/bin/lint-imports
	npm run lint --prefix clients/js --silent
	npm run types --prefix clients/js --silent
	cd storefront && ../clients/js/node_modules/.bin/biome ci --error-on-warnings .
	.venv/bin/cfn-lint template.yaml shared/template.yaml services/*/template.yaml
	@for template in template.yaml shared/template.yaml services/*/template.yaml; do \
		.venvs/sam/bin/sam validate --template "$$template" || exit 1; done
	.venv/bin/orderbus build shipping
	.venvs/sam/bin/sam build
	@$(MAKE) --no-print-directory simulate test

format: .venv/.stamp  ## Format the code
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

build: .venv/.stamp  ## Make what ships: arm64, CPython 3.13, under .build/shipping
	@exec .venv/bin/orderbus build shipping

lock: .venvs/bootstrap/.stamp  ## Resolve requirements/*.in again into the lock files
	@for name in dev layer ministack sam bootstrap; do \
		echo "requirements/$$name.lock"; \
		$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header $(LOCK_FLAGS) \
			$$(test $$name != layer || echo --constraint requirements/dev.lock) \
			--output-file requirements/$$name.lock requirements/$$name.in || exit 1; done

clean:  ## Forget the local data, the builds and the environments
	@! .venv/bin/orderbus env --state '$(STATE)' >/dev/null 2>&1 || { \
		echo "orderbus: it runs on $(STATE); stop it with Ctrl-C first" >&2; exit 1; }
	rm -rf $(dir $(NODE)) '$(STATE)' .build .aws-sam .venv .venvs
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage *.egg-info

.venvs/bootstrap/.stamp: requirements/bootstrap.lock
	@command -v '$(PYTHON)' >/dev/null && '$(PYTHON)' -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "orderbus: $(PYTHON) is missing: install Python 3.11 or later with its venv module, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up: uv"
	@'$(PYTHON)' -m venv --clear .venvs/bootstrap
	@.venvs/bootstrap/bin/python -m pip install -qq --require-hashes --no-deps -r $<
	@touch $@

.venv/.stamp: requirements/dev.lock pyproject.toml .venvs/bootstrap/.stamp
	@echo "Setting up: the product and its tools"
	@$(UV) venv --quiet --allow-existing --python .venvs/bootstrap/bin/python .venv
	@$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.lock
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

.venvs/%/.stamp: requirements/%.lock .venvs/bootstrap/.stamp
	@echo "Setting up: $*"
	@$(UV) venv --quiet --clear --python .venvs/bootstrap/bin/python .venvs/$*
	@$(UV) pip sync --quiet --python .venvs/$*/bin/python --require-hashes requirements/$*.lock
	@touch $@

# System packages, by name: installed where that needs nobody's leave, asked for elsewhere.
INSTALL = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Setting up: $(1)" && \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null; } || { \
	echo "orderbus: $(1) is missing: sudo apt-get install $(1)" >&2; exit 1; }

.PHONY: chromium
chromium:
	@$(if $(CHROMIUM),:,$(call INSTALL,chromium))

%/node_modules/.stamp: %/package-lock.json
	@command -v npm >/dev/null || $(call INSTALL,nodejs npm)
	@echo "Setting up: $*"
	@npm ci --prefix $* --silent --no-audit --no-fund
	@touch $@
