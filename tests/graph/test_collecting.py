"""The collector rests during loads and is as before afterwards, whatever order they end in and however they end."""

from __future__ import annotations

import gc

import pytest

from graph.collecting import THRESHOLDS, rare_collections


def test_the_last_load_sets_the_thresholds_back() -> None:
    before = gc.get_threshold()
    first, second = rare_collections(), rare_collections()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold() == THRESHOLDS != before
    first.__exit__(None, None, None)
    assert gc.get_threshold() == THRESHOLDS
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_a_failed_load_sets_them_back_too() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyboardInterrupt), rare_collections():
        raise KeyboardInterrupt
    assert gc.get_threshold() == before
