# Short names for people. Schedules call .venv/bin/kommunarkiv instead: make turns every failure
# into exit code 2.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/kommunarkiv
TOWNS := $(VENV)/bin/python -m tests.towns run --
KNOWN = $(sort $(basename $(notdir $(wildcard crawler/kommuner/*.toml))))
# One of the known names, or nothing: what is typed never reaches a shell.
CHOSEN = $(if $(findstring %,$(KOMMUN)),,$(if $(filter 1,$(words $(KOMMUN))),$(filter $(KOMMUN),$(KNOWN))))
READY := $(VENV)/ready
BENCH_VENV := .venv-bench
BENCH_READY := $(BENCH_VENV)/ready
BROWSER_VENV := .venv-browser
BROWSER_READY := $(BROWSER_VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help setup known-kommun crawl crawl-all browse status verify test test-year test-storm test-kill test-cron test-recorded test-browser test-slow lint bench bench-clean bench-memory bench-bounds bench-browse fuzz clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything into .venv (the other commands do it by themselves)

crawl: known-kommun $(READY) ## Crawl one kommun: make crawl KOMMUN=alingsas (KOMMUN=demo needs no network)
	@$(if $(filter demo,$(CHOSEN)),$(TOWNS)) $(RUN) crawl $(CHOSEN)

known-kommun:
	@$(if $(CHOSEN),,echo "say which kommun: make crawl KOMMUN=$(firstword $(KNOWN)) (known: $(KNOWN))" >&2; exit 2)

crawl-all: $(READY) ## Crawl every kommun but the demo
	@$(RUN) crawl --all

browse: $(READY) ## Read the archive in Datasette
	@$(RUN) browse

status: $(READY) ## What is fresh, what is broken
	@$(RUN) status || test $$? = 1

verify: $(READY) ## Check every byte, reference and text of the archive
	@$(RUN) verify

test: $(READY) ## Run the tests (no network beyond loopback)
	@$(VENV)/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not slow and not browser"

test-year: $(READY) ## Crawl two towns daily through a year and compare every event (minutes)
	@$(VENV)/bin/python -m pytest -m slow tests/test_year.py tests/test_second_crawl.py

test-storm: $(READY) ## Crawl three towns in twenty storms each, and once more in calm (an hour)
	@$(VENV)/bin/python -m pytest -m slow tests/test_storm.py

test-kill: $(READY) ## Kill crawls a hundred times, fill their disk, compare with undisturbed ones
	@$(VENV)/bin/python -m pytest -m slow tests/test_deaths.py tests/test_withhold.py

test-cron: $(READY) ## Let a real cron daemon crawl a town (minutes; needs Debian's cron, and root)
	@$(VENV)/bin/python -m pytest -m slow -rs tests/test_cron.py

test-recorded: $(READY) ## Count the words of all recorded pages (minutes; needs the real pages)
	@$(VENV)/bin/python -m pytest -n auto -m slow -k recorded_pages

test-browser: $(BROWSER_READY) ## Read the archive in Chromium, and check accessibility (minutes; needs Chromium)
	@$(BROWSER_VENV)/bin/python -m pytest -m browser -rs tests/browser

test-slow: $(READY) ## Run the tests that take minutes, too
	@$(VENV)/bin/python -m pytest -m slow

lint: $(READY) ## Check style, borders and types
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy

bench: $(READY) ## Measure the demo job against a bare Scrapy spider
	@$(VENV)/bin/python -m tests.bench.crawling

bench-clean: $(BENCH_READY) ## Measure how pages are read against other extractors: quality, speed, floors
	@$(BENCH_VENV)/bin/python -m tests.bench.cleaning

bench-memory: $(READY) ## Measure the memory of a crawl of 2,000 and of 20,000 pages
	@$(VENV)/bin/python -m tests.bench.memory

bench-bounds: $(READY) ## Measure how time and memory grow with hostile pages (ten minutes)
	@$(VENV)/bin/python -m tests.fuzz.bounds

bench-browse: $(READY) ## Measure the reading room at 200,000 documents against stock Datasette (half an hour)
	@$(VENV)/bin/python -m tests.bench.browsing

fuzz: $(READY) ## Read made-up and damaged pages: make fuzz PAGES=100000 SEED=0 (half an hour)
	@$(VENV)/bin/python -m tests.fuzz --pages "$${PAGES:-100000}" --seed "$${SEED:-0}"

clean: ## Remove .venv, .venv-bench, .venv-browser and caches; the archive in data/ stays
	@rm -rf $(VENV) $(BENCH_VENV) $(BROWSER_VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(READY): requirements.lock
$(READY): PACKAGES := -r requirements.lock

# Without asking for dependencies, which the lock names all: readability-lxml wants an older cssselect
# than our rules, and older pips stumble over lxml[html_clean].
$(BENCH_READY): requirements-bench.lock
$(BENCH_READY): PACKAGES := --no-deps -r requirements-bench.lock

$(BROWSER_READY): requirements-browser.lock
$(BROWSER_READY): PACKAGES := -r requirements-browser.lock

$(READY) $(BENCH_READY) $(BROWSER_READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(@D) (once, under a minute)" >&2
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes $(PACKAGES)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
