"""The account API in small, seeded with the sandbox's company: enough for the client's contract."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from sandbox import company

ACCOUNT: Final = "/v1_1/provisioning/accounts/{account}"
KEYS: Final = ACCOUNT + "/sub_accounts/{environment}/access_keys"
USER: Final = ACCOUNT + "/users/{user}"
SINCE: Final = "2024-05-06T07:08:09Z"

Json = dict[str, object]


@web.middleware
async def envelope(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer refusals as JSON."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        return web.json_response({"error": {"message": refused.text}}, status=refused.status)


class LittleCloudinary:
    """Keeps keys in memory; answers in the shapes of the live service."""

    def __init__(self) -> None:
        self._keys: dict[str, list[Json]] = {place.id: [] for place in company.ENVIRONMENTS}
        for key in company.KEYS:
            self._add(key)

    def app(self) -> web.Application:
        """The routes that the client needs."""
        app = web.Application(middlewares=[envelope])
        app.add_routes(
            [
                web.get(ACCOUNT + "/sub_accounts", self._environments),
                web.get(KEYS, self._list),
                web.post(KEYS, self._generate),
                web.put(KEYS + "/{key}", self._update),
                web.get(ACCOUNT + "/users", self._users),
                web.get(USER + "/groups", self._groups),
                web.get(USER + "/sub_accounts", self._reach),
            ]
        )
        return app

    def _add(self, key: company.Key) -> Json:
        number = sum(map(len, self._keys.values()))
        added: Json = {
            "name": key.name,
            "api_key": f"{800_000_000_000_000 + number}",
            "api_secret": f"MadeUpSecretNumber{number:09}",
            "created_at": SINCE,
            "updated_at": SINCE,
            "enabled": key.enabled,
            **({"dedicated_for": list(key.dedicated_for)} if key.dedicated_for else {}),
            "root": key.root,
        }
        self._keys[key.environment].append(added)
        return added

    def _there(self, request: web.Request) -> list[Json]:
        environment = request.match_info["environment"]
        if environment not in self._keys:
            raise web.HTTPNotFound(text=f"Cannot find sub account with id {environment}")
        return self._keys[environment]

    async def _environments(self, _: web.Request) -> web.Response:
        listed = [
            {"cloud_name": place.cloud_name, "name": place.name, "enabled": True, "id": place.id}
            | {"api_access_keys": [{"secret": key["api_secret"]} for key in self._keys[place.id]]}
            for place in company.ENVIRONMENTS
        ]
        return web.json_response({"sub_accounts": listed})

    async def _list(self, request: web.Request) -> web.Response:
        keys, page = self._there(request), int(request.query["page"])
        size = int(request.query["page_size"])
        shown = keys[(page - 1) * size : page * size]
        return web.json_response({"access_keys": shown, "total": len(keys)})

    async def _generate(self, request: web.Request) -> web.Response:
        keys, wanted = self._there(request), await request.json()
        self._refuse_taken(keys, wanted["name"])
        environment = request.match_info["environment"]
        made = company.Key(environment, wanted["name"], 0, enabled=wanted["enabled"])
        return web.json_response(self._add(made))

    async def _update(self, request: web.Request) -> web.Response:
        keys, wanted = self._there(request), await request.json()
        key = next((key for key in keys if key["api_key"] == request.match_info["key"]), None)
        if key is None:
            raise web.HTTPNotFound(text="not found")
        if key["root"] and wanted.get("enabled") is False:
            raise web.HTTPForbidden(text="the root key cannot be disabled")
        if wanted.get("name") != key["name"]:
            self._refuse_taken(keys, wanted.get("name"))
        key |= wanted
        return web.json_response(key)

    def _refuse_taken(self, keys: list[Json], name: object) -> None:
        if name is not None and any(key["name"] == name for key in keys):
            raise web.HTTPConflict(text="a key of this name exists")

    async def _users(self, request: web.Request) -> web.Response:
        sought = {email.casefold() for email in request.query.getall("emails")}
        found = [user for user in company.USERS if user.email.casefold() in sought]
        return web.json_response({"users": [self._shown(user) for user in found]})

    def _shown(self, user: company.User) -> Json:
        return {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "email": user.email,
            "pending": user.pending,
            "enabled": user.enabled,
            "all_sub_accounts": user.environments is None,
        }

    def _user(self, request: web.Request) -> company.User:
        for user in company.USERS:
            if user.id == request.match_info["user"]:
                return user
        raise web.HTTPNotFound(text="not found")

    async def _groups(self, request: web.Request) -> web.Response:
        named = [{"id": f"g{name}", "name": name} for name in self._user(request).groups]
        return web.json_response({"groups": named})

    async def _reach(self, request: web.Request) -> web.Response:
        reached = self._user(request).environments
        places = [place.id for place in company.ENVIRONMENTS if not reached or place.id in reached]
        return web.json_response({"sub_accounts": [{"id": place} for place in places]})
