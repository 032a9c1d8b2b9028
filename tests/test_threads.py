"""One thread for every BLAS that reads the environment, unless the caller chose."""

from course_utils._threads import one_thread


def test_what_the_caller_chose_is_kept():
    environment = {"OMP_NUM_THREADS": "4", "HOME": "/"}
    one_thread(environment)
    assert environment == {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "4",
        "MKL_NUM_THREADS": "1",
        "HOME": "/",
    }
