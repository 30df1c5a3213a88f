#!/usr/bin/env python3
"""A fan of Usher's as a program: signs in, joins the line, waits for the turn, holds
seats, buys them, and prints the tickets' codes.

Python 3.9 or later with its standard library, over HTTP alone: the program waits on the
stream of events (GET /events), and answers its comments, which tells the server that the
fan is there.

Environment: USHER_URL (http://localhost:8080), USHER_TOKEN (a session token; left out,
the program signs in at usher-dev as USHER_NAME), USHER_SEASON (the default season),
USHER_CARD (tok_ok).
"""

import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ATTEMPTS = 8  # how often a request is sent while it fails for a reason that passes


class Problem(Exception):
    """An error of the server (RFC 9457). Programs decide by the code."""

    def __init__(self, status, body, retry_after):
        self.status = status
        self.code = body.get("code", "")
        self.retry_after = retry_after  # seconds
        super().__init__(f"{status} {self.code}: {body.get('detail', '')}")

    @property
    def passes(self):
        """Whether the same request may succeed later: a restart, too many requests."""
        return self.status == 429 or self.status >= 500


class Usher:
    def __init__(self, url, season, token):
        self.url, self.season, self.token = url.rstrip("/"), season, token

    def open(self, method, path, body=None, headers=None):
        """Sends one request and returns the open answer. A refusal is a Problem, a broken network an OSError."""
        query = "?" + urllib.parse.urlencode({"season": self.season}) if self.season else ""
        request = urllib.request.Request(self.url + path + query, method=method, headers=headers or {})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            # The stream brings a comment every 25 s at least, so a minute of silence is an end.
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            try:
                problem = json.loads(refused.read())
            except ValueError:
                problem = {}  # a proxy's error page: the status alone says what happened
            after = refused.headers.get("Retry-After", "")
            raise Problem(refused.code, problem, int(after) if after.isdigit() else 0) from None

    def once(self, method, path, body=None, headers=None):
        """Sends one request and returns what the answer contains."""
        with self.open(method, path, body, headers) as response:
            text = response.read()
            return json.loads(text) if text else None

    def events(self):
        """Opens the stream of events and yields each message, until the stream ends."""
        with self.open("GET", "/events") as stream:
            for line in stream:
                if line.startswith(b"data:"):
                    yield json.loads(line[len(b"data:") :])
                elif line.rstrip() == b":":
                    try:
                        self.once("POST", "/events/answer")
                    except (Problem, OSError):
                        pass  # without an answer the stream ends, and is opened again

    def call(self, method, path, body=None, headers=None):
        """Sends a request that may be repeated, until it succeeds or fails for good."""
        for attempt in range(ATTEMPTS):
            try:
                return self.once(method, path, body, headers)
            except (Problem, OSError) as failed:
                wait_after(failed, attempt)
        raise AssertionError("wait_after raises after the last attempt")


def wait_after(failed, attempt):
    """Waits when a request failed for a reason that passes; raises every other failure.

    It waits at least as long as the server says (Retry-After), and a random time more,
    so that clients do not come back all at once.
    """
    if isinstance(failed, Problem) and not failed.passes or attempt + 1 >= ATTEMPTS:
        raise failed
    wait = getattr(failed, "retry_after", 0) + random.uniform(0, min(30, 0.5 * 2**attempt))
    print(f"{failed}: asking again in {wait:.1f} s", flush=True)
    time.sleep(wait)


def wait_in_line(usher):
    """Waits on the stream until the fan no longer waits, and returns the status.

    A stream that ends is opened again: its first message says all that was missed.
    """
    position, attempt = None, 0
    while True:
        try:
            for message in usher.events():
                attempt = 0
                if message["type"] == "bye":
                    if message["reason"] in ("replaced", "logged_out", "expired"):
                        raise RuntimeError(message["reason"])
                    time.sleep(message["reconnectAfterMs"] / 1000)
                    break
                status = message.get("status")
                if status and status["state"] not in ("waiting", "gathering"):
                    return status
                now = status["position"] if status else message.get("position", position)
                if now != position:
                    position = now
                    print("position", position, flush=True)
            else:
                time.sleep(random.uniform(0, 1))  # it ended without a word
        except (Problem, OSError, http.client.HTTPException) as failed:
            wait_after(failed, attempt)
            attempt += 1


def take_turn(usher):
    """Joins, waits and enters. Who misses the turn joins again, at the end."""
    while True:
        status = usher.call("POST", "/waitingList/join")
        if status["state"] in ("waiting", "gathering"):
            status = wait_in_line(usher)
        if status["state"] == "active":
            return
        if status["state"] == "turn":
            try:
                usher.call("POST", "/waitingList/enter")
                return
            except Problem as refused:
                if refused.code != "conflict":
                    raise
        print("the turn was missed: joining again", flush=True)


def hold(usher):
    """Holds the two best seats.

    The best seats are others each time, so it asks first what this fan holds already:
    the answer to an earlier request may have been lost.
    """
    for attempt in range(ATTEMPTS):
        cart = usher.call("GET", "/holds")
        if cart["seats"]:
            return cart
        try:
            return usher.once("POST", "/holds", {"best": {"count": 2}})
        except (Problem, OSError) as failed:
            wait_after(failed, attempt)
    raise AssertionError("wait_after raises after the last attempt")


def buy(usher, cart):
    """Sends the purchase until it is settled, always with one key.

    The server buys once for a key, however often it is asked. A shop stores the key
    with the order before it sends anything, so that it may ask again after a restart.
    """
    key = {"Idempotency-Key": str(uuid.uuid4())}
    order = {
        "seats": [seat["seatNumber"] for seat in cart["seats"]],
        "payment": {"method": "sandbox", "token": os.environ.get("USHER_CARD", "tok_ok")},
    }
    page = None
    while True:
        transaction = usher.call("POST", "/transactions", order, key)
        if transaction["status"] == "completed":  # 201
            return transaction
        if transaction["status"] == "cancelled":
            raise RuntimeError(transaction["reason"])
        to = transaction.get("next")
        if to and to["url"] != page:
            # The fan pays or approves the payment there. A shop sends the fan's browser to it.
            page = to["url"]
            print(f"pay at {page} until {to['expiresAt']}", flush=True)
        print("the payment is pending: asking again", flush=True)  # 202
        time.sleep(2)


def main():
    usher = Usher(os.environ.get("USHER_URL", "http://localhost:8080"), os.environ.get("USHER_SEASON", ""), os.environ.get("USHER_TOKEN", ""))
    if not usher.token:
        # Only usher-dev signs in without a proof. Elsewhere send POST /auth/google with
        # a credential of Google's sign-in, or take a token from outside.
        name = os.environ.get("USHER_NAME", "Python")
        user = {"name": name, "email": name.lower().replace(" ", ".") + "@fans.example"}
        usher.token = usher.call("POST", "/auth/dev", user)["token"]
    take_turn(usher)
    try:
        cart = hold(usher)
        print(f"holding {len(cart['seats'])} seats for {cart['total'] / 100:.2f} {cart['currency']}", flush=True)
        for ticket in buy(usher, cart)["tickets"]:
            print(f"ticket {ticket['seatNumber']}: {ticket['qrCode']}", flush=True)
    finally:
        usher.call("POST", "/waitingList/leave")  # the place goes to the next fan


if __name__ == "__main__":
    try:
        main()
    except (Problem, OSError, RuntimeError) as error:
        sys.exit(f"no ticket: {error}")
