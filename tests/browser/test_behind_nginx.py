"""A reveal with a sign-in behind a real nginx: no key and no secret in its log, or in the browser.

The proxy logs whole request lines, queries, bodies, referers, cookies and redirects.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import async_playwright, expect

from sandbox.ports import reserved
from tests.browser.conftest import QUIET, chromium
from tests.browser.test_sign_in import CLIENT, SLACKS_LOG, logged
from tests.scenarios.system import TOM, System, link_of, running_system, until
from tests.scenarios.test_canary import files_under, outputs, shapes

NGINX: Final = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
KEPT: Final = """JSON.stringify([
  {...sessionStorage}, {...localStorage}, history.state, location.href, document.cookie,
  navigation.entries().map((each) => each.url),
])"""
"""What a page can still read, with the addresses of the tab's history."""
UNWRAP: Final = """fetch(location.pathname, {
  method: "POST", headers: {"Content-Type": "application/json"}, body: '{"unwrap": true}',
}).then((answer) => answer.json()).then((answer) => answer.wrapping)"""
"""Ask as the page did."""
CONFIGURATION: Final = """
daemon off; pid nginx.pid; error_log error.log debug; worker_processes 1;
events {{}}
http {{
  log_format all escape=none '$request|$uri|$args|$request_body|$http_referer|$http_cookie'
    '|$sent_http_location|$sent_http_set_cookie|$http_user_agent';
  access_log access.log all;
  client_body_temp_path bodies; proxy_temp_path answers;
  fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{bot};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffers 8 128k; proxy_buffer_size 128k;
    }}
  }}
}}
"""


def write(file: Path, text: str) -> None:
    """Write a file in a directory of its own."""
    file.parent.mkdir()
    file.write_text(text)


def by_path(directory: Path) -> dict[Path, bytes]:
    """Read every file; those of a browser have the same names in many directories."""
    return {each: each.read_bytes() for each in directory.rglob("*") if each.is_file()}


def places(searched: dict[str, bytes], *secrets: str) -> list[str]:
    """List where one of these is, in any form; browsers store texts in two bytes each, too."""
    forms = {form for each in secrets for form in (*shapes(each), each.encode("utf-16-le"))}
    return [where for where, content in searched.items() if any(it in content for it in forms)]


@contextlib.asynccontextmanager
async def nginx(directory: Path, port: str, bot: str) -> AsyncIterator[Path]:
    """Run it; gives the file of its access log."""
    assert NGINX
    file, log = directory / "nginx.conf", directory / "access.log"
    write(file, CONFIGURATION.format(port=port, bot=bot))
    process = await asyncio.create_subprocess_exec(
        NGINX, "-p", str(directory), "-c", str(file), stderr=asyncio.subprocess.DEVNULL
    )

    async def listens() -> bool:
        assert process.returncode is None, "nginx ended by itself"
        return log.exists()

    try:
        assert await until(listens)
        yield log
    finally:
        process.terminate()
        await process.wait()


async def reveal(system: System, profile: Path, link: str) -> tuple[str, str]:
    """Sign in, reveal, let the page forget, and close the browser.

    Gives the API key that the page showed, and what wrapped the link's key meanwhile.
    """
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), args=QUIET
        )
        page = await context.new_page()
        await page.goto(link)
        await page.get_by_role("button", name="Sign in with Slack as Tom Berg").click()
        await page.get_by_role("button", name="Tom Berg").click()
        press = page.get_by_role("button", name="Reveal credentials as Tom Berg")
        await expect(press).to_be_enabled()
        wrapping = str(await page.evaluate(UNWRAP))
        await press.click()
        shown = page.get_by_test_id("api-key")
        await expect(shown).not_to_be_empty()
        found = await shown.text_content()
        await page.get_by_test_id("show-api-secret").click()
        made = await system.key("canary", "Staging")
        await expect(page.get_by_test_id("api-secret")).to_have_text(made["api_secret"])
        await page.locator("#done").click()
        await expect(page.get_by_role("heading", name="This page is cleared")).to_be_visible()
        kept = (
            "JSON.stringify([{...sessionStorage}, {...localStorage}, history.state, location.href])"
        )
        left = str(await page.evaluate(kept)) + await page.content()
        assert link.partition("#")[2] not in left
        assert made["api_secret"] not in left
        await context.close()
        return str(found), wrapping


@pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")
async def test_neither_the_proxys_log_nor_the_browser_keeps_a_key_or_a_secret(
    tmp_path: Path,
) -> None:
    """Nor the bot's log, Redis, the audit log or Slack's log; the search finds what it may find"""
    with reserved() as port:  # of the bot; the public one is nginx's
        system = running_system(
            tmp_path,
            host="localhost",
            middlewares=(logged,),
            PORT=str(port),
            TRUSTED_PROXIES="127.0.0.1",
            SLACK_CLIENT_ID=CLIENT.client_id,
            SLACK_CLIENT_SECRET=CLIENT.client_secret,
        )
        async with system as one:
            public = one.bot.environment["PUBLIC_URL"]
            async with nginx(tmp_path / "nginx", public.rpartition(":")[2], str(port)) as log:
                SLACKS_LOG.clear()
                link = link_of(await one.send("key create canary --env staging", TOM))
                assert link.startswith(f"{public}/s/")
                shown, wrapping = await reveal(one, tmp_path / "profile", link)
            made = await one.key("canary", "Staging")
            assert (shown, made["enabled"]) == (made["api_key"], True)
            searched = await outputs(one)
            del searched["slack"]  # what people see there, with the link itself
            searched |= {"slack's log": "\n".join(SLACKS_LOG).encode(), "nginx": log.read_bytes()}
            searched |= files_under(tmp_path / "nginx")
    key, secret = link.partition("#")[2], made["api_secret"]
    assert len(wrapping) == len(key)
    assert places(searched, key, secret, wrapping) == []
    browser = {str(each): read for each, read in by_path(tmp_path / "profile").items()}
    assert places(browser, key, secret, wrapping) == []
    stored = {where: each for where, each in browser.items() if "Session Storage" in where}
    assert places(stored, "keysmith-link") != [], "what waited there had the key wrapped"
    lines = searched["nginx"].decode()
    assert "GET /s/" in lines
    assert "POST /s/" in lines
    assert '"proof"' in lines
    assert "/sign-in/slack?code=" in lines
    assert "keysmith-signed-in-" in lines
    assert any(b"keysmith-signed-in-" in content for content in browser.values())
