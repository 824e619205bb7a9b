"""OpenID Connect discovery: the provider's endpoints and its keys."""

from aiohttp import web

from sandbox.slack.openid.requests import SCOPES
from sandbox.slack.twin import TWIN

AUTHORIZE = "/openid/connect/authorize"
KEYS = "/openid/connect/keys"
CONFIGURATION = "/.well-known/openid-configuration"


async def configuration(request: web.Request) -> web.Response:
    """Describe the provider (OpenID Connect Discovery 1.0, 3)."""
    here = request.app[TWIN].config.public_url
    return web.json_response(
        {
            "issuer": here,
            "authorization_endpoint": f"{here}{AUTHORIZE}",
            "token_endpoint": f"{here}/api/openid.connect.token",
            "userinfo_endpoint": f"{here}/api/openid.connect.userInfo",
            "jwks_uri": f"{here}{KEYS}",
            "scopes_supported": sorted(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "auth_time", "iss"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


async def keys(request: web.Request) -> web.Response:
    """Publish the keys."""
    return web.json_response(request.app[TWIN].sign_ins.keys.as_json())
