"""Headers of every answer, to browsers, Slack and platforms alike."""

from typing import Final

NOTHING: Final = (
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
"""What a Content-Security-Policy forbids beside what is loaded: `default-src` does not cover it."""
UNUSED: Final = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read"),
    *("display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope"),
    *("hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment"),
    *("picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial"),
    *("storage-access", "usb", "xr-spatial-tracking"),
)
"""What no page of Keysmith asks a browser for.

A browser warns of each feature that it doesn't know. `bluetooth` is none, and chromium knows
`web-share` on some systems alone.
"""
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; {NOTHING}",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join((*(f"{it}=()" for it in UNUSED), "clipboard-write=(self)")),
}
HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}
