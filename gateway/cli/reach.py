"""Reaches what the settings name, once and quickly, and leaves nothing behind."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import redis

from gateway.errors import ConfigError
from gateway.kallglot.client import system_trust

TIMEOUT_S = 5.0
"""For each thing that is reached."""

_TRY_WRITING = "return redis.call('SET', '{gateway}:check', '', 'PX', 1000)"
"""A script, as calls are written by, among the ledger's keys; gone after a second."""


def reach_kallglot(base_url: str) -> str:
    """Say that somebody answers there: any HTTP status will do, as there is no path that costs nothing.

    Raises:
        ConfigError: nobody does, or it is known only where `https://` leads.
    """
    try:
        # As a call asks: past the environment's proxies, trusting whom the system trusts.
        answer = httpx.get(base_url, timeout=TIMEOUT_S, verify=system_trust(), trust_env=False)
    except httpx.HTTPError as exc:
        raise ConfigError([f"kallglot.base_url: {base_url} cannot be reached: {_reason(exc)}"]) from exc
    if _is_sent_to_https(answer):
        raise ConfigError([f"kallglot.base_url: {base_url} leads to https://, where no call follows"])
    return f"kallglot.base_url: {base_url} answers (HTTP {answer.status_code})"


def _is_sent_to_https(answer: httpx.Response) -> bool:
    """Whether the same host answers by `https://` alone; a redirect to another place may be this path's only."""
    request = answer.next_request
    return request is not None and (answer.url.scheme, request.url.scheme, request.url.host) == (
        "http",
        "https",
        answer.url.host,
    )


def reach_store(url: str) -> str:
    """Say that the store can be written to.

    Raises:
        ConfigError: it cannot.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _reach_sqlite(rest.removeprefix("/"))
    return _reach_redis(url)


def _reach_sqlite(path: str) -> str:
    """An existing file is locked for writing for a moment; for a new one its folder must be writable."""
    if path == ":memory:":
        return "store.url: in memory; calls are forgotten when the gateway ends"
    file = Path(path)
    if file.exists():
        try:
            with closing(
                sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=TIMEOUT_S)
            ) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.rollback()
        except sqlite3.Error as exc:
            raise ConfigError([f"store.url: {file} cannot be written: {exc}"]) from exc
        return f"store.url: {file} can be written"
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError([f"store.url: {file} cannot be created: {folder} is not a writable folder"])
    return f"store.url: {file} can be created"


def _reach_redis(url: str) -> str:
    """A replica, a full server, another's slot in a cluster or a user with few rights answer and take no call."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S) as client:
            client.ping()
            client.eval(_TRY_WRITING, 0)
    except redis.ResponseError as exc:
        raise ConfigError([f"store.url: {host} cannot be written: {exc}"]) from exc
    except (redis.RedisError, ValueError) as exc:
        raise ConfigError([f"store.url: {host} cannot be reached: {_reason(exc)}"]) from exc
    return f"store.url: {host} can be written"


def _reason(exc: Exception) -> str:
    """Some libraries' timeouts have no words."""
    return str(exc) or type(exc).__name__
