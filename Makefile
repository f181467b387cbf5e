# Two commands do everything on a fresh machine: make demo, make test.
PYTHON ?= python3
EPCIS_DATA ?= ../shared/data/epcis
B2MML_DATA ?= ../shared/data/b2mml

.DEFAULT_GOAL := help
.PHONY: help demo test lint format conformance bench translations clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Start Odoo with demo data and play a plant's day (EXIT=1: stop afterwards)
	@$(PYTHON) -m tools demo $(if $(EXIT),--exit)

test: ## Run every test, unit to browser (ONLY=<part of a suite's name>)
	@$(PYTHON) -m tools test $(if $(ONLY),--only $(ONLY))

lint: ## Check style, types, manifests and views
	@$(PYTHON) -m tools lint

format: ## Apply what the formatters would change
	@$(PYTHON) -m tools format

conformance: ## Check against official files (EPCIS_DATA=<folder> B2MML_DATA=<folder>)
	@$(PYTHON) -m tools conformance --epcis-data "$(EPCIS_DATA)" --b2mml-data "$(B2MML_DATA)"

bench: ## Run the benchmarks (NAME=<one>)
	@$(PYTHON) -m tools bench $(if $(NAME),--name $(NAME))

translations: ## Write the templates of translations anew
	@$(PYTHON) -m tools translations

clean: ## Stop the private PostgreSQL and delete .runtime
	@$(PYTHON) -m tools clean
