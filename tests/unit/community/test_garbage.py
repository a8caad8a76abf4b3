"""The collector comes rarely while long work lasts, and as usual after it."""

from __future__ import annotations

import gc

import pytest

from community.garbage import rarely_collected


def test_it_is_as_before_after_the_last_of_two_works() -> None:
    usual = gc.get_threshold()

    with rarely_collected():
        rare = gc.get_threshold()
        with rarely_collected():
            pass
        assert gc.get_threshold() == rare

    assert rare[0] > usual[0]
    assert gc.get_threshold() == usual


def test_it_is_as_before_where_the_work_fails() -> None:
    usual = gc.get_threshold()

    with pytest.raises(ValueError, match="row"), rarely_collected():
        raise ValueError("row 7")

    assert gc.get_threshold() == usual
