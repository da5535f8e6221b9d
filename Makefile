# Every target works by itself in a fresh clone: Python >= 3.11 with pip, make and git are enough.
# Downloads honour pip's own settings for a mirror (index-url in pip.conf, or PIP_INDEX_URL).
PYTHON ?= python3
BIN := .venv/bin
UV := requirements/uv
# A machine may forbid Python to keep what it has compiled: then hundreds of processes compile again.
export PYTHONDONTWRITEBYTECODE :=
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: run test proofs nightly check lint types contracts templates words credentials bench bench-small chaos mutants schemathesis lock format clean

run: .venv/run.stamp
	@exec $(BIN)/creditbank up --with-parent

# The tests of a file share a county: they go to one worker, in their order.
test: .venv/dev.stamp
	$(BIN)/pytest -n 2 --dist loadfile

# A hundred thousand random learners and plans, and two thousand transfers, against independent integer programs; two
# thousand cohorts ranked again, and twenty thousand wrong proofs refused.
proofs: .venv/dev.stamp
	$(BIN)/python -m tests.proofs --learners 100000
	$(BIN)/python -m tests.proofs.recognising --transfers 2000
	$(BIN)/python -m tests.proofs.ranking --cohorts 2000
	$(BIN)/python -m tests.proofs.trees --wrong 20000

# Every law on ten thousand cases, and two thousand lives of enrolments over PostgreSQL.
nightly: .venv/dev.stamp
	CREDITBANK_EXAMPLES=10000 $(BIN)/pytest -q -n 2 --timeout 7200 tests/proofs/test_laws.py tests/proofs/test_enrolment_life.py
	$(BIN)/python -m tests.proofs.living --sequences 2000

check: lint types contracts templates words

lint: .venv/dev.stamp
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --quiet --check

types: .venv/dev.stamp
	$(BIN)/mypy

contracts: .venv/dev.stamp
	$(BIN)/lint-imports

templates: .venv/dev.stamp
	$(BIN)/djlint --lint --check --quiet creditbank/web/templates

words: .venv/dev.stamp
	$(BIN)/python -m tests.architecture.foreign_words

# Every byte of every kind of credential altered: here, in libraries that are not ours, in Chromium.
credentials: .venv/dev.stamp
	CREDITBANK_EVERY_BYTE=1 $(BIN)/pytest -q -n 2 --timeout 7200 tests/unit/credentials \
	  tests/functional/test_credential_interop.py tests/browser/test_offline_check.py

bench: .venv/dev.stamp
	$(BIN)/python -m bench

# That every benchmark runs and answers what its page says; how fast is no test.
bench-small: .venv/dev.stamp
	$(BIN)/pytest -q -n 2 -m bench

chaos: .venv/dev.stamp
	$(BIN)/python -m tests.chaos

# How many small changes of the engine its tests notice; what is known is kept in var/.
mutants: .venv/dev.stamp
	$(BIN)/python -m tests.mutation

format: .venv/dev.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint --reformat --quiet creditbank/web/templates

schemathesis: .venv/dev.stamp
	$(BIN)/pytest -q -n 2 -m schemathesis

lock:
	$(COMPILE) pyproject.toml --extra embedded --group build -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra embedded --group build --group test --group check -o requirements/dev.txt
	$(COMPILE) pyproject.toml -o requirements/production.txt
	$(COMPILE) --group build -c requirements/run.txt -o requirements/build.txt
	echo uv | $(COMPILE) - --no-annotate -o requirements/uv.txt

clean:
	rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/run.stamp: requirements/run.txt pyproject.toml requirements/install
	@PYTHON=$(PYTHON) requirements/install run

.venv/dev.stamp: requirements/dev.txt pyproject.toml requirements/install
	@PYTHON=$(PYTHON) requirements/install dev
