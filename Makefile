# Every target is one plain command, which the README gives too for Windows without make. By -E, the
# tools do not mind what PYTHONPATH and the like say in the shell.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
VENV := .venv/Scripts/python -E
else
VENV := .venv/bin/python -E
endif
ARGS ?=
FOLDERS ?=
# What .venv is made of: nothing for the lock, or the lowest or newest that pyproject.toml allows.
PACKAGES :=

.DEFAULT_GOAL := help
.PHONY: help setup lab update doctor frameworks site readme check notebooks check-kernels check-frameworks check-browser check-site check-binder exercises bench weights lock mutants clean

help:  ## print this list
	@awk -F ':.*## ' '/^##@ / {print "\n" substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ For students

lab: setup  ## open the course in JupyterLab (ARGS="--no-browser" adds options)
	@$(VENV) -m tools.lab $(ARGS)

check: setup  ## compute every number of the course again, and compare (minutes)
	@$(VENV) -m tools.check $(ARGS)

update:  ## bring a newer course, and keep all that you changed
	@$(PYTHON) -E -m tools.update

doctor: setup  ## if something does not work: say what is wrong and what to type
	@$(VENV) course_utils/__main__.py doctor

frameworks: setup  ## install PyTorch, Keras and TensorFlow, for lesson 13
	@$(VENV) -m tools.extras frameworks

setup:  ## install the packages into .venv, where they are missing (the others do it too)
	@$(PYTHON) -E -m tools.environment $(PACKAGES)

clean:  ## remove .venv and what the tools left behind; your notebooks stay
	rm -rf .venv build mutants mpl-results .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage *.egg-info

##@ For instructors

site: setup  ## build the course as a web page, into build/site (ARGS=--solutions folds those in)
	@$(VENV) -m tools.build_site $(ARGS)

exercises: setup  ## list the exercises (FOLDERS="a b": what students answered that has no name yet)
	@$(VENV) -m tools.exercises $(FOLDERS)

readme: setup  ## write the table of lessons, and the links to your copy on GitHub, into README.md
	@$(VENV) -m tools.readme

##@ For maintainers

notebooks: setup  ## run all lessons and write their outputs (ARGS=notebooks/01*.ipynb for some)
	@$(VENV) -m tools.notebooks $(ARGS)

check-kernels: setup  ## check under all the ways this processor can compute in, an hour (ARGS=--brief)
	@$(VENV) -m tools.check_kernels $(ARGS)

check-frameworks: setup  ## install the frameworks, compare the package with them, run lesson 13
	@$(VENV) -m tools.check_frameworks

check-browser: setup  ## run every lesson in JupyterLab and a real browser (ARGS=05 for some)
	@$(VENV) -m tools.check_browser $(ARGS)

check-site: setup  ## build the web page, and look at every page of it in a real browser
	@$(VENV) -m tools.check_site

check-binder: setup  ## let Binder's own builder read the course (builds nothing)
	@$(VENV) -m tools.check_binder

bench: setup  ## time the package and other libraries, ten minutes (ARGS=inference for some)
	@$(VENV) -m tools.bench $(ARGS)

weights: setup  ## train the networks in data/ anew (minutes)
	@$(VENV) -m tools.train_nn_sample
	@$(VENV) -m tools.train_mlp
	@$(VENV) -m tools.train_lenet5

lock: setup  ## choose the newest versions of all packages, into the requirements*.lock files
	@$(VENV) -m tools.lock

mutants: setup  ## change the package in one place at a time: does a test fail? (hours; ARGS="layers" for some)
	@$(VENV) -m tools.mutants $(ARGS)
