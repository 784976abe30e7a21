"""A program that ends when whoever started it is gone: `python -m flows.leash prefect server start ...`.

It runs one console script of this environment in this very process, after a thread was started that waits for the end
of standard input. However the starter ends, kill -9 among it, its pipe closes.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _until_left() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_until_left, daemon=True).start()
    module, *sys.argv[1:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
