"""A real browser, as a distribution ships it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

_PATIENCE_MS = 20_000
"""For what is expected to show: a machine that is busy with other tests is slow, not wrong."""

NAMES = ("chromium", "chromium-browser", "google-chrome")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Skips the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no browser here: install Debian's chromium")
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        # In a container there is neither the namespace that its sandbox wants nor a large /dev/shm.
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            await browser.close()


def complaints(page: Page) -> list[str]:
    """Fills with what the browser has to say against the page: errors, and what the content security policy refused."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


async def overflow_px(page: Page) -> int:
    """How much of the page is beyond its right edge."""
    width: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


async def focused(page: Page) -> str:
    """What the keyboard is on, by its visible words or its label."""
    words: str = await page.evaluate(
        "(() => { const e = document.activeElement;"
        " return (e.labels?.[0]?.textContent ?? e.textContent).trim().replace(/\\s+/g, ' '); })()"
    )
    return words
