#!/usr/bin/env python

# Prints the message that came on standard input, and works on it for 10 seconds.
import sys
import time

print("Processing " + sys.stdin.readlines()[0])
time.sleep(10)
