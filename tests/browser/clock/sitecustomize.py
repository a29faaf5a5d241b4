"""Loaded by every Python process of the browser tests' desk (PYTHONPATH): its clock runs DESK_CLOCK_SHIFT seconds ahead."""

import os
import time

import time_machine

time_machine.travel(time.time() + int(os.environ["DESK_CLOCK_SHIFT"]), tick=True).start()
