# Everything here works in a fresh clone, with Python 3.11 to 3.14; `make bundle` also needs a C++
# compiler. To choose an interpreter: `make PYTHON=python3.12 ...`.
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# setuptools warns about every editable installation, which nobody who runs `make demo` can change.
INSTALL := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet
# hnswlib is compiled on installation. Without it only searching large archives is slower.
GRAPH := $(INSTALL) 'hnswlib>=0.8' 2>/dev/null || \
	echo "Without a C++ compiler and Python's headers there is no hnswlib: large archives are searched exactly."
# The photos, pairs and judgments that `make eval` uses; they are not part of the project.
DATA ?= ../shared/data
MODEL ?= mini
TREE := build/tree
# One process more than there are cores: tests also wait for servers, browsers and the disk.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)")
LOWEST := build/lowest
BUNDLE := build/bundle/$(notdir $(BIN))

# Tests start hundreds of processes: each would compile every module again.
export PYTHONDONTWRITEBYTECODE =

.PHONY: setup demo demo-condiviso screenshots man test check quick lint tree types bench eval build lowest bundle clean

setup: .venv/.base

# What searching, the demo and the linters need, without torch.
# pip is upgraded first: it reads dependency groups since 25.1.
.venv/.base: pyproject.toml setup.py
	$(PYTHON) -m venv .venv
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) -e '.[condiviso,jxl,mcp,raw,terminale,testo,video]' --group demo --group dev
	@$(GRAPH)
	touch $@

# What the tests need in addition: torch, and Ray.
.venv/.full: .venv/.base
	$(INSTALL) -e '.[condiviso,jxl,mcp,raw,ray,terminale,testo,video,mini,train]' --group demo --group dev
	touch $@

# `make demo`, or `make demo FOTO=~/Foto` for your own photos.
demo: setup
	$(BIN)/python tests/demo.py $(FOTO)

# An archive shared by two machines, on a PostgreSQL server started for it. On Debian 13 install
# postgresql-17 and postgresql-17-pgvector first.
demo-condiviso: setup
	$(INSTALL) -e '.[condiviso]'
	$(BIN)/python -m tests.demo_shared

# Screenshots of every page of `cercafoto web`, in .demo/schermate.
screenshots: setup
	$(BIN)/python -m tests.screenshots

# The manual page, generated from the commands. To read it: man -l build/cercafoto.1
man: setup
	$(BIN)/python -m tests.manual

test: .venv/.full
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

# What a contributor runs, under two minutes on two cores: lint, types, and the tests that need no
# torch, browser, database, cluster or real model. tests/support/quick.py tells which those are.
check:
	$(MAKE) --no-print-directory -j2 lint types quick

quick: setup
	$(BIN)/python -m pytest -q -n auto --dist loadscope --no-loadscope-reorder -m quick

lint: setup tree
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd $(TREE) && $(CURDIR)/$(BIN)/lint-imports --no-cache --config $(CURDIR)/.importlinter

# The package as it is installed, training/ inside cercafoto/: linters cannot follow the mapping.
tree:
	rm -rf $(TREE)
	mkdir -p $(TREE)
	tar cf - --exclude='cercafoto/models/mini/*' --exclude='cercafoto/models/faces/*' --exclude=__pycache__ cercafoto | tar xf - -C $(TREE)
	cp -r training $(TREE)/cercafoto/training
	mkdir -p $(TREE)/tests
	cp -r tests/__init__.py tests/demo.py tests/bench tests/support $(TREE)/tests

types: .venv/.full tree
	cd $(TREE) && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml \
		--cache-dir $(CURDIR)/.mypy_cache

bench: .venv/.full
	$(BIN)/python -m tests.bench

# IMAGENET=DIR adds zero-shot accuracy on DIR/<class>/*.jpg, photos that MODEL was not trained on.
eval: .venv/.full
	$(BIN)/python -m cercafoto.training answers --model $(MODEL) --data $(DATA)
	$(if $(filter mini,$(MODEL)),$(BIN)/python -m cercafoto.training calibrate --data $(DATA))
	$(BIN)/python -m cercafoto.training evaluate --model $(MODEL) --pairs $(DATA)/coppie_valid.jsonl \
		$(if $(IMAGENET),--imagenet $(IMAGENET) --labels $(DATA)/etichette_imagenet.jsonl)

# The wheel and the source distribution, in dist/, with a description that PyPI can show.
build: setup
	rm -rf build dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*

# Test what users run with the lowest version of every direct dependency.
lowest:
	rm -rf $(LOWEST)
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct \
		-e '.[condiviso,grafo,jxl,mcp,raw,terminale,testo,video]' --group demo --group dev
	$(LOWEST)/bin/python -m pytest -n auto --dist loadscope --ignore tests/training --ignore tests/models

# Make in dist/ a folder and a file that run without Python and, if there is dpkg-deb, a Debian
# package. They are made in an environment with only what cercafoto needs to run, and then tested.
bundle: setup
	rm -rf build/lib build/bundle dist
	$(PYTHON) -m venv build/bundle
	$(BUNDLE)/python -m pip install --quiet --upgrade 'pip>=25.1'
	# For any processor, not only for this one.
	HNSWLIB_NO_NATIVE=1 $(BUNDLE)/python -m pip install --quiet --no-cache-dir --no-deps hnswlib
	$(BUNDLE)/python -m pip install --quiet '.[grafo,terminale]' --group bundle
	$(BUNDLE)/pyinstaller --noconfirm --log-level WARN --workpath build/pyinstaller bundle/cercafoto.spec
	if command -v dpkg-deb >/dev/null; then \
		$(BUNDLE)/python -m tests.manual && $(BUNDLE)/python bundle/debian.py; fi
	$(BIN)/python -m pytest -q tests/flows/test_bundle.py

clean:
	rm -rf .venv .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
