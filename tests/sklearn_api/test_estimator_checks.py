"""scikit-learn's own checks of an estimator, none of them expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from course_utils import NetworkClassifier, NetworkRegressor

ESTIMATORS = [
    network(**settings)
    for network in (NetworkClassifier, NetworkRegressor)
    for settings in (
        {},
        {"solver": "sgd"},
        # So few iterations that rounding does not grow: one check compares two fits to 1e-7. So
        # much penalty that no probability rounds to 1, which another does not allow.
        {"solver": "lbfgs", "max_iter": 15, "alpha": 1.0},
    )
]


# some checks fit for few iterations only, and one is for a setting of SciPy's that is not set
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:X is not scaled")  # checks draw 100 times a normal number
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_finds_nothing_to_mend(estimator, check):
    check(estimator)
