#!/usr/bin/env python

import time
import rediswq

host = "redis"
# Without the cluster's DNS, take the address from the environment:
# import os
# host = os.getenv("REDIS_SERVICE_HOST")

q = rediswq.RedisWQ(name="job2", host=host)
print("Worker with sessionID: " + q.sessionID())
print("Initial queue state: empty=" + str(q.empty()))
while not q.empty():
    item = q.lease(lease_secs=10, block=True, timeout=2)
    if item is not None:
        itemstr = item.decode("utf-8")
        print("Working on " + itemstr)
        time.sleep(10)  # The actual work would be here.
        q.complete(item)
    else:
        print("Waiting for work")
print("Queue empty, exiting")
