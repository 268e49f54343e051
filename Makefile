# `make` lists what there is. Set-up happens by itself; it needs Python 3.11 and, on Debian or Ubuntu, apt.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.PHONY: help setup test demo matrix real lint bench zip train-default clean

VENV := .venv
PYTHON := $(VENV)/bin/python
ARGS ?=
ONLY ?=
# bpy's versions and the Python that each is built for.
MATRIX := 4.2:3.11 4.5:3.11 5.0:3.11 5.1:3.13 5.2:3.13
TRAIN_DEFAULT := ai/training/default/train.py
export OMP_WAIT_POLICY ?= PASSIVE

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup:  ## Make the Python environment in .venv (the others do it by themselves)
	@tests/make_venv $(VENV) 3.11 'bpy==4.5.*' -r tests/requirements.txt

test: setup  ## Pure tests and tests on the bpy wheel; ARGS="-k job"
	$(PYTHON) -m pytest -q $(ARGS)

demo: setup  ## Capture, reconstruct and render a small scene into demo/
	$(PYTHON) operators/batch.py demo --out demo

matrix:  ## The wheel tests on each bpy; ONLY="4.2 5.2"
	@failed=""
	for pair in $(MATRIX); do
	  bpy=$${pair%:*} python=$${pair#*:}
	  [[ -z "$(ONLY)" || " $(ONLY) " == *" $$bpy "* ]] || continue
	  code=0; tests/make_venv .venv-$$bpy $$python "bpy==$$bpy.*" -r tests/requirements.txt || code=$$?
	  if [ $$code = 3 ]; then echo "== bpy $$bpy: left out, for want of Python $$python"; continue; fi
	  [ $$code = 0 ] || exit $$code
	  echo "== bpy $$bpy, Python $$python$$([ $$python = 3.13 ] && echo ', without torch')"
	  .venv-$$bpy/bin/python -m pytest -q $(ARGS) || failed+=" $$bpy"
	done
	[ -z "$$failed" ] || { echo "failed on bpy$$failed" >&2; exit 1; }

real: setup  ## The real program with a window: installed from the zip, clicked, F3, pictures in tests/out/
	$(PYTHON) -m pytest -q -rs tests/real $(ARGS)

lint: setup  ## Style, format and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

bench:  ## Print a table of measurements; ONLY=name
	@script="tests/bench/$$(tr - _ <<<"$(ONLY)").py"
	if [ -z "$(ONLY)" ] || [ ! -e "$$script" ]; then
	  echo "make bench ONLY=name, where name is one of:"
	  find tests/bench -name '[a-z]*.py' -printf '  %f\n' | sed 's/\.py$$//; s/_/-/g' | sort
	  [ -z "$(ONLY)" ]; exit
	fi
	$(MAKE) -s setup
	$(PYTHON) "$$script" $(ARGS)

zip: setup  ## Build the extension into dist/
	@mkdir -p dist
	if command -v blender >/dev/null; then build=(blender --command extension build)
	else build=($(PYTHON) $(VENV)/lib/python3.11/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py build); fi
	"$${build[@]}" --source-dir . --output-dir dist

train-default: setup  ## Train the shipped default model again; ARGS="--help"
	$(PYTHON) $(TRAIN_DEFAULT) $(ARGS)

clean:  ## Remove what was made here: environments, dist/, demo/, tests/out/
	rm -rf .venv .venv-* dist demo tests/out .ruff_cache .mypy_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
