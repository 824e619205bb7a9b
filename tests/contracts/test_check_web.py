"""`check` finds out who listens on the ports, and who answers at PUBLIC_URL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from bot.adapters.checks.web import Port, WebProbe
from handlers.headers import HEADERS
from sandbox.ports import HOST, bind, reserved, served
from tests.contracts.cloudinary_twin import twin

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Open a session."""
    async with ClientSession() as opened:
        yield opened


@asynccontextmanager
async def program(handler: Handler) -> AsyncIterator[tuple[str, int]]:
    """Run a program that answers every path; gives its URL and port."""
    app = web.Application()
    app.router.add_get("/{any:.*}", handler)
    bound = bind()
    async with served(app, bound) as url:
        yield url, int(url.rpartition(":")[2])


async def keysmith(request: web.Request) -> web.Response:
    """Answer as a running Keysmith does."""
    if request.path == "/healthz":
        return web.Response(text="alive\n")
    return web.Response(text="<title>Keysmith</title>", status=404, headers=HEADERS)


async def other(_: web.Request) -> web.Response:
    """Answer as a program that never heard of Keysmith."""
    return web.Response(text="It works!")


async def sign_in(_: web.Request) -> web.Response:
    """Answer as a proxy that asks for a sign-in."""
    raise web.HTTPFound("https://sso.example/")


async def codes(probe: WebProbe) -> set[str]:
    """Return the codes of what it finds."""
    return {finding.code for finding in await probe.look()}


async def test_this_process_is_reached(session: ClientSession) -> None:
    """A free port is listened on, also below a path, and is free again afterwards"""
    with reserved() as number:
        for path in ("", "/keysmith"):
            url = f"http://{HOST}:{number}{path}"
            assert await codes(WebProbe(session, url, [Port("PORT", HOST, number)])) == {
                "web.reached"
            }


async def test_a_running_keysmith_is_no_fault(session: ClientSession) -> None:
    """Neither on the public port nor on the admin port"""
    async with program(keysmith) as (url, number):
        ports = [Port("PORT", HOST, number), Port("ADMIN_PORT", HOST, number, "/healthz")]
        assert await codes(WebProbe(session, url, ports)) == {"web.running"}


async def test_another_program_on_the_ports(session: ClientSession) -> None:
    """Each port by itself, and the address"""
    async with program(other) as (url, number):
        ports = [Port("PORT", HOST, number), Port("ADMIN_PORT", HOST, number, "/healthz")]
        found = await WebProbe(session, url + "/keysmith", ports).look()
    assert [each.code for each in found] == [
        *("web.port_taken", "web.port_taken"),
        *("web.other_program", "web.path_unproven"),
    ]


async def test_an_address_that_leads_elsewhere(session: ClientSession) -> None:
    """To a sign-in, to nothing, to no address"""
    async with program(sign_in) as (url, _):
        assert await codes(WebProbe(session, url)) == {"web.redirected"}
    assert await codes(WebProbe(session, f"http://{HOST}:1")) == {"web.unreachable"}
    assert await codes(WebProbe(session, "https://keysmith.invalid")) == {"web.no_address"}


async def test_a_port_that_may_not_be_used(session: ClientSession) -> None:
    """An address of another machine, for example"""
    found = await codes(WebProbe(session, f"http://{HOST}:1", [Port("PORT", "192.0.2.1", 8080)]))
    assert "web.port_refused" in found


async def test_a_certificate_that_no_browser_accepts(session: ClientSession) -> None:
    """Of an authority that no one knows"""
    async with twin() as it:
        names = {"names": ["localhost"]}
        async with it.session.post(f"{it.url}/sandbox/certificate", json=names) as answer:
            url = (await answer.json())["url"]
        assert await codes(WebProbe(session, url)) == {"web.certificate"}
