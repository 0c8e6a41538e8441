"""Shortens the pauses of the aws command between two looks at a stack: thirty seconds suit AWS."""

import time

SECONDS_MAX = 0.5
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, SECONDS_MAX))
