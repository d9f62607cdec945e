#!/usr/bin/env python

# A work queue of finite length in Redis.
#
# Items wait in the list NAME. A worker that takes one moves it to NAME:processing, and says with a key that expires
# for how long it means to work on it. Items whose worker has not completed them stay in that second list.

import hashlib
import uuid
import redis


class RedisWQ(object):
    def __init__(self, name, **redis_kwargs):
        self._db = redis.StrictRedis(**redis_kwargs)
        self._session = str(uuid.uuid4())
        self._main_q_key = name
        self._processing_q_key = name + ":processing"
        self._lease_key_prefix = name + ":leased_by_session:"

    def sessionID(self):
        """The name under which this worker leases items."""
        return self._session

    def _main_qsize(self):
        return self._db.llen(self._main_q_key)

    def _processing_qsize(self):
        return self._db.llen(self._processing_q_key)

    def empty(self):
        """Whether nothing waits and nothing is worked on. Items may still come later."""
        return self._main_qsize() == 0 and self._processing_qsize() == 0

    def _itemkey(self, item):
        return hashlib.sha224(item).hexdigest()

    def _lease_exists(self, item):
        return self._db.exists(self._lease_key_prefix + self._itemkey(item))

    def lease(self, lease_secs=60, block=True, timeout=None):
        """Takes an item for some seconds; None if there is none. Waits for one if `block`, for ever without `timeout`."""
        if block:
            item = self._db.brpoplpush(self._main_q_key, self._processing_q_key, timeout=timeout)
        else:
            item = self._db.rpoplpush(self._main_q_key, self._processing_q_key)
        if item:
            itemkey = self._itemkey(item)
            self._db.setex(self._lease_key_prefix + itemkey, lease_secs, self._session)
        return item

    def complete(self, value):
        """Says that the work on an item is done."""
        self._db.lrem(self._processing_q_key, 0, value)
        itemkey = self._itemkey(value)
        self._db.delete(self._lease_key_prefix + itemkey)
