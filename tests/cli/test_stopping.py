"""Ctrl-C lets the page at hand finish; a killed worker keeps nobody waiting."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from cli.stopping import is_dead, stopping_between_pages, worker_name


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


def test_only_an_ended_process_of_this_machine_is_dead() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert is_dead(f"{socket.gethostname()}:{ended.pid}")
    assert not is_dead(worker_name())
    assert not is_dead(f"elsewhere:{ended.pid}")
    assert not is_dead("serve")
