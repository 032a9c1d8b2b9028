# Every target is one plain command, which the README gives too for Windows without make.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
VENV := .venv/Scripts/python
else
VENV := .venv/bin/python
endif
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup lab update check check-binder check-browser check-frameworks check-kernels check-site frameworks site bench notebooks doctor readme weights lock mutants clean

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## make .venv from requirements.lock, when it is missing or stale
	@$(PYTHON) tools/environment.py

lab: setup  ## open the course in JupyterLab (ARGS="--no-browser" adds options)
	@$(VENV) tools/lab.py $(ARGS)

update:  ## bring a newer course, and keep all that you changed
	@$(PYTHON) tools/update.py

check: setup  ## lint, unit tests, image tests, and every output of every lesson
	@$(VENV) tools/check.py $(ARGS)

check-kernels: setup  ## the same under every kind of arithmetic this processor has (ARGS=--brief)
	@$(VENV) tools/check_kernels.py $(ARGS)

frameworks: setup  ## install PyTorch, Keras and TensorFlow, for lesson 12
	@$(VENV) tools/extras.py frameworks

check-frameworks: setup  ## install them, compare the package with them, and run lesson 12
	@$(VENV) tools/check_frameworks.py

check-browser: setup  ## run every lesson in JupyterLab and a real browser (ARGS=05 for some)
	@$(VENV) tools/check_browser.py $(ARGS)

check-binder: setup  ## let Binder's own builder read the course (builds nothing)
	@$(VENV) tools/check_binder.py

site: setup  ## build the web page into build/site
	@$(VENV) tools/build_site.py

check-site: setup  ## build it, and look at every page of it in a real browser
	@$(VENV) tools/check_site.py

bench: setup  ## time the package beside its peers, ten minutes (ARGS=inference for some)
	@$(VENV) tools/bench.py $(ARGS)

notebooks: setup  ## run all lessons and write their outputs (ARGS=notebooks/01*.ipynb for some)
	@$(VENV) tools/notebooks.py $(ARGS)

doctor: setup  ## can this environment run the course?
	@$(VENV) -m course_utils doctor

readme: setup  ## write the table of lessons in README.md anew
	@$(VENV) tools/readme.py

weights: setup  ## train the committed networks anew (minutes)
	@$(VENV) tools/train_nn_sample.py
	@$(VENV) tools/train_mlp.py
	@$(VENV) tools/train_lenet5.py

lock: setup  ## resolve requirements.lock and requirements-mutants.lock anew
	@$(VENV) tools/lock.py

mutants: setup  ## mutation tests (an hour; ARGS="layers network" for some; not part of check)
	@$(VENV) tools/mutants.py $(ARGS)

clean:  ## remove .venv and what the tools left behind
	rm -rf .venv build mutants mpl-results .pytest_cache .ruff_cache .hypothesis .coverage *.egg-info
