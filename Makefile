# Everything runs in a virtual environment of its own, made on first use.
PYTHON ?= python3
BIN := .venv/bin
# Where consented corpora and the validation set lie, if they do; what needs them says so and is skipped without.
GROOMING_DETECT_DATA ?= $(abspath $(wildcard ../shared))
export GROOMING_DETECT_DATA

.DEFAULT_GOAL := help
.PHONY: help demo test check study bench benchmark clean

help: ## what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,eval]'
	@touch $@

demo: .venv/ready ## assess the example conversations and write report.html
	$(BIN)/grooming-detect assess examples/*.jsonl --out reports.jsonl --html report.html
	@echo
	@echo "Open report.html in a browser: the queue, highest risk first; each case shows the words that were found,"
	@echo "what each counted for, and where in the talk they lie. reports.jsonl holds the same for a program."

test: check ## lint, types and all tests
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: .venv/ready ## lint and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

study: .venv/ready ## the whole evaluation: synthetic data, detector, baselines, plots
	$(BIN)/python eval/synth.py
	$(BIN)/python eval/run.py

bench: .venv/ready ## speed, as ratios within one run
	$(BIN)/python eval/bench/speed.py
	$(BIN)/python eval/bench/watch.py

benchmark: .venv/ready ## the public benchmark, compared with the hashes on record (half a minute)
	$(BIN)/python eval/benchmark.py --verify

clean: ## remove what the other targets made
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist report.html reports.jsonl
