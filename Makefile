# The back-office in two commands: `make run` and `make test`. `make` alone lists the rest.

PYTHON ?= python3
PY := .venv/bin/python
HOST ?= 127.0.0.1
PORT ?= 8000
export BIND ?= $(HOST):$(PORT)
STAMPS := .venv/.stamps

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev migrate demo run test test-postgres bench fmt lint check reset messages

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.11"; exit 1; }
	@echo "Virtual environment in .venv"
	@$(PYTHON) -m venv .venv && mkdir -p $(STAMPS) && touch $@

$(STAMPS)/requirements: requirements.txt $(STAMPS)/venv
	@echo "Python packages"
	@.venv/bin/pip install -q --disable-pip-version-check -r requirements.txt && touch $@

$(STAMPS)/requirements-dev: requirements-dev.txt $(STAMPS)/requirements
	@echo "Python packages for development"
	@.venv/bin/pip install -q --disable-pip-version-check -r requirements-dev.txt && touch $@

$(STAMPS)/frontend: package.json package-lock.json $(STAMPS)/requirements
	@$(PY) tools/prepare.py frontend && touch $@

$(STAMPS)/translations: $(wildcard locale/*/LC_MESSAGES/*.po) $(STAMPS)/requirements
	@$(PY) tools/prepare.py translations && touch $@

setup: $(STAMPS)/requirements $(STAMPS)/frontend $(STAMPS)/translations ## install everything that running needs, into .venv and node_modules
	@$(PY) tools/prepare.py libraries

setup-dev: setup $(STAMPS)/requirements-dev ## the same, and what tests and linters need

migrate: setup ## bring the database up to date
	@$(PY) manage.py migrate --verbosity 0

demo: migrate ## load the demo agency, once; later runs keep the data
	@$(PY) manage.py load_demo

run: demo ## set up, load demo data, start web, workers and scheduler; Ctrl-C ends all
	@echo; echo "  The desk opens at  http://$(BIND)/     (Ctrl-C ends everything)"; echo
	@exec .venv/bin/honcho start

test: setup-dev ## install everything that the tests need, then run all of them (args: k=…)
	@$(PY) tools/prepare.py libraries
	@.venv/bin/pytest -n 2 --dist loadfile $(if $(k),-k "$(k)") $(args)

bench: setup-dev migrate ## measure: ratios against a peer or limit of the same run (one: name=duties)
	@$(PY) manage.py bench $(name)

fmt: setup-dev ## put code and templates into shape
	@.venv/bin/ruff check --fix -q . ; .venv/bin/ruff format -q .

lint: setup-dev ## linters, import contracts, forgotten migrations, untranslated strings
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/djlint templates --lint --quiet
	@.venv/bin/lint-imports
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) tools/translations.py check

messages: setup-dev ## collect the strings to translate into locale/ (needs GNU gettext)
	@$(PY) tools/translations.py collect

check: lint test ## everything that CI runs on the embedded default

reset: ## throw the local database, files and queues away (asks first)
	@printf "This deletes var/ (database, uploaded files, secrets). Go on? [y/N] "; read answer; [ "$$answer" = y ] && rm -rf var && echo "Gone. make run starts anew." || echo "Kept."
