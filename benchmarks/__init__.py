"""The package beside its peers: ``python -m benchmarks.inference`` and the others."""
