# Everything is done through .venv, which the first target that needs it makes. `make` lists them.

VENV := .venv
PY := $(VENV)/bin/python
PACKAGES := $(VENV)/.packages
READY := $(VENV)/.ready
CLASSROOM := $(VENV)/.classroom
SCALE := $(VENV)/.scale
RAY := $(VENV)/.ray
SITE := $(VENV)/.site
PYTHONS := >=3.11,<3.14
UV = $(shell uv --version >/dev/null 2>&1 && echo uv)

# Settings of a user's or a company's pip that would put packages elsewhere, or other versions.
PIP = env PIP_USER=0 PIP_CONSTRAINT=/dev/null $(PY) -m pip --disable-pip-version-check
INSTALL = $(if $(UV),uv pip install --python $(PY) --compile-bytecode,$(PIP) install --compile)

# The pins without their hashes, which pip takes as constraints.
PLAIN_PINS = sed -n 's/^\([a-z].*==[^ ]*\)\(.*[^ \\]\)\{0,1\} *\\$$/\1\2/p' constraints.txt > $(VENV)/pins.txt

COMPILE_PINS = uv pip compile --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --quiet --extra test --group pins --no-header --no-annotate pyproject.toml \
	-o constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lesson practice lab check lint test notebooks colab colab-check messages bench calibrate doctor pins newest oldest gpu classroom assignment grade scale ray bench-scale peers site clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lesson: $(READY) ## run notebooks 01 to 06 and write one HTML report of them
	@$(PY) -m neurec_helpers lesson

practice: $(READY) ## make your own copy of the notebooks, tasks open, and open it
	@$(PY) -m neurec_helpers practice

lab: $(READY) ## open JupyterLab on the first notebook
	@$(PY) -m neurec_helpers lab

check: lint ## before each commit: lint, all that needs no training, notebooks 01 to 04
	@$(PY) -m pytest tests $(wildcard notebooks/0[1-4]_*.ipynb) -m "not slow"

lint: $(READY) ## rules of style, and who may import whom
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

test: $(CLASSROOM) $(SCALE) $(RAY) $(SITE) ## run all tests, the notebooks among them
	@$(PY) -m pytest tests notebooks

notebooks: $(READY) ## run all notebooks again and save them with their outputs
	@$(PY) -m neurec_helpers notebooks

colab: $(READY) ## make the branch colab: make colab REPOSITORY=owner/name
	@$(PY) -m neurec_helpers colab build --repository '$(REPOSITORY)'

colab-check: $(READY) ## run the notebooks for Colab with Colab's versions (a simulation; needs uv)
	@$(PY) -m neurec_helpers colab check

messages: $(READY) ## bring the catalogues of other languages up to date
	@$(PY) -m neurec_helpers translate

bench: $(READY) ## measure the lesson's recipe, neurec's, and other libraries' models
	@$(PY) -m neurec_helpers bench

calibrate: $(READY) ## measure how far results move, which the tolerances rest on
	@$(PY) -m neurec_helpers calibrate

doctor: $(READY) ## say what is right here and what isn't, with the cure
	@$(PY) -m neurec_helpers doctor

pins: ## write constraints.txt anew after a change of pyproject.toml, versions kept (needs uv)
	@$(COMPILE_PINS)

newest: ## the same with the newest versions (needs uv); then make notebooks and make calibrate
	@$(COMPILE_PINS) --upgrade

oldest: ## run notebooks 01 to 08 with the lowest versions that pyproject.toml allows (needs uv)
	@rm -rf build/oldest
	@uv venv --quiet --python 3.11 build/oldest
	@uv pip install --quiet --resolution lowest-direct --python build/oldest/bin/python --editable .
	@build/oldest/bin/python -m neurec_helpers lesson $(foreach n,01 02 03 04 05 06 07 08,-n $(n))

gpu: $(READY) ## add TensorFlow's CUDA libraries (untried so far: no GPU was at hand)
	@$(PLAIN_PINS)
	@$(INSTALL) --constraint $(VENV)/pins.txt --no-build-isolation --editable '.[gpu]'

classroom: $(CLASSROOM) ## add nbgrader, for teachers

assignment: $(CLASSROOM) ## make the students' folder and the grader's course in classroom/
	@$(PY) -m neurec_helpers classroom build

grade: $(CLASSROOM) ## grade a folder of submissions: make grade FOLDER=downloads
	@$(PY) -m neurec_helpers classroom grade $(FOLDER)

scale: $(SCALE) ## add JAX, Orbax, duckdb and Faiss, for neurec train, neurec recommend and notebook 10

ray: $(RAY) ## add Ray, another launcher for neurec train

bench-scale: $(SCALE) ## measure training on 1, 10 and 100 million ratings (ten minutes)
	@$(PY) -m neurec_helpers bench-scale

peers: $(READY) ## add Surprise and implicit, which make bench then measures too
	@$(PLAIN_PINS)
	@$(INSTALL) --constraint $(VENV)/pins.txt --no-build-isolation --editable '.[peers]'

# Nothing is run and nothing is fetched: pages are made of what notebooks have stored.
SPHINX = $(PY) -m sphinx --nitpicky --fail-on-warning --quiet --conf-dir docs

site: $(SITE) ## make the web site in build/site from notebooks, READMEs and docstrings
	@rm -rf build/site build/site-ru build/doctrees
	@$(SPHINX) --doctree-dir build/doctrees/en . build/site
	@$(if $(wildcard notebooks/ru),$(SPHINX) --doctree-dir build/doctrees/ru --tag ru . build/site-ru)
	@$(if $(wildcard notebooks/ru),mv build/site-ru build/site/ru)
	@echo "The site is in build/site: open build/site/index.html"

clean: ## remove .venv and build, which the next target makes again
	rm -rf $(VENV) build

# The stamps come last, so that a set-up that was interrupted is never taken for whole: it starts
# afresh. pip refuses an editable package among hashed ones, hence two steps.
$(PACKAGES): constraints.txt
	@rm -rf $(VENV)
	@$(if $(UV),$(uv_venv),$(plain_venv))
	@echo "Installing into $(VENV). It takes a minute or two, and longer on a slow network."
	@$(INSTALL) --require-hashes -r constraints.txt
	@touch $@

$(READY): $(PACKAGES) pyproject.toml
	@$(INSTALL) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Each extra has a stamp of its name.
$(RAY): $(SCALE)

$(CLASSROOM) $(SCALE) $(RAY) $(SITE): $(VENV)/.%: $(READY)
	@$(PLAIN_PINS)
	@$(INSTALL) --quiet --constraint $(VENV)/pins.txt --no-build-isolation --editable '.[$*]'
	@touch $@

# uv finds a Python of the right version, or fetches one.
uv_venv = uv venv --quiet --python '$(or $(PYTHON),$(PYTHONS))' $(VENV)

define plain_venv
python='$(or $(PYTHON),python3)'; \
$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	echo "neurec: $$python is not Python 3.11, 3.12 or 3.13. If there is one, name it:" \
		"make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }; \
$$python -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "neurec: $$python cannot make environments. On Debian and Ubuntu:" \
		"sudo apt install python3-venv" >&2; exit 1; }; \
$$python -m venv $(VENV)
endef
