"""Ctrl-C lets the page at hand finish; a killed worker keeps nobody waiting."""

from __future__ import annotations

import os
import signal

import pytest

from cli.stopping import stopping_between_pages


def test_the_first_ctrl_c_stops_after_the_page_and_the_second_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)

    with stopping_between_pages() as check:
        check()
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            check()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is before
