"""Requests under way: a queue and a bounded number of threads per endpoint.

No cursor and no record here. A thread that is free takes the next request of the
endpoint at once, without asking the worker: no thread waits for the database.
"""

import queue
import threading
from collections import Counter, defaultdict, deque
from concurrent.futures import ThreadPoolExecutor


class OutgoingQueues:
    """Sends what it is given; whoever owns it collects what came back.

    :param send: function from a request to its outcome; raises nothing.
    :param threads: of all endpoints together; ``width``: of one endpoint.
    """

    def __init__(self, send, threads, width):
        self.send = send
        self.width = width
        self.narrow = set()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="integration")
        self._queues = defaultdict(deque)
        self._active = Counter()
        self._came_back = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = False
        self.outstanding = 0

    def add(self, request):
        """Send a request after those of its endpoint that wait already."""
        self.outstanding += 1
        with self._lock:
            self._queues[request.endpoint_id].append(request)
        self._start(request.endpoint_id)

    def is_busy(self, endpoint_id):
        """Whether anything of an endpoint waits or is under way."""
        with self._lock:
            return bool(self._active[endpoint_id] or self._queues[endpoint_id])

    @property
    def waiting(self):
        """How many requests no thread has taken yet."""
        with self._lock:
            return sum(map(len, self._queues.values()))

    def collect(self, timeout_seconds):
        """Return ``[(request, outcome)]`` of what came back, waiting for a first one.

        The outcome is None where it was not sent any more, see ``stop``.
        """
        found = []
        try:
            found.append(
                self._came_back.get(block=timeout_seconds > 0, timeout=timeout_seconds)
            )
            while True:
                found.append(self._came_back.get_nowait())
        except queue.Empty:
            self.outstanding -= len(found)
            return found

    def withdraw(self, endpoint_id=None):
        """Return the requests that were not sent yet, and forget them.

        :param endpoint_id: of one endpoint; None: of all.
        """
        with self._lock:
            keys = [endpoint_id] if endpoint_id else list(self._queues)
            withdrawn = [
                request for key in keys for request in self._queues.pop(key, ())
            ]
        self.outstanding -= len(withdrawn)
        return withdrawn

    def stop(self):
        """Send nothing more than what is under way; the rest comes back unsent."""
        self._stopped = True

    @property
    def is_stopped(self):
        return self._stopped

    def close(self):
        self._pool.shutdown()

    def _start(self, endpoint_id):
        with self._lock:
            width = 1 if endpoint_id in self.narrow else self.width
            waiting = self._queues[endpoint_id]
            while waiting and self._active[endpoint_id] < width:
                self._active[endpoint_id] += 1
                self._pool.submit(self._run, waiting.popleft())

    def _run(self, request):
        outcome = None if self._stopped else self.send(request)
        with self._lock:
            self._active[request.endpoint_id] -= 1
        self._start(request.endpoint_id)
        self._came_back.put((request, outcome))
