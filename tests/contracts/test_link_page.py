"""The page of a link speaks the language of the browser, on the page and in its answers."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.adapters.languages import Languages
from bot.adapters.vault import decode, proof_of
from bot.domain.languages import English
from bot.domain.phrases import Phrase
from bot.errors import Unavailable
from handlers.page_document import ASSETS, MOST, read_document
from handlers.page_words import PAGE, SCRIPT, STOPPED, texts
from tests.contracts.link_page import SIGNS, LinkPages, link_pages
from tests.contracts.redis_server import redis, server

__all__ = ["redis", "server"]

LANGUAGES = [
    *(("de-CH, de;q=0.9, en;q=0.5", "de", "ltr"), ("he-IL", "he", "rtl"), ("iw", "he", "rtl")),
    *(("ja, de;q=0.4", "de", "ltr"), ("ja", "en", "ltr"), ("", "en", "ltr")),
    *(('"><script>', "en", "ltr"), ("de;q=0, en", "en", "ltr")),
]


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[LinkPages]:
    """Serve one link in three languages."""
    async with link_pages(redis, tmp_path) as serving:
        yield serving


@pytest.mark.parametrize(("accepted", "code", "direction"), LANGUAGES)
async def test_a_page_has_the_language_that_the_browser_accepts(
    site: LinkPages, accepted: str, code: str, direction: str
) -> None:
    """With its direction; no cache may keep it for the reader of another language"""
    headers = {"Accept-Language": accepted}
    async with aiohttp.ClientSession(headers=headers) as client, client.get(site.url) as answer:
        page = await answer.text()

    assert f'<html lang="{code}" dir="{direction}">' in page
    assert (SIGNS.get(code, "<h1>Your") in page, 'script>"' in page) == (True, False)
    assert answer.headers["Vary"] == "Accept-Language"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accepted", ["de", "he", "en"])
async def test_every_sentence_of_a_page_is_in_its_language(site: LinkPages, accepted: str) -> None:
    """Of every state, of a link that never was and while Redis is away"""
    headers = {"Accept-Language": accepted}
    sign = SIGNS.get(accepted, "")
    nowhere = site.url.replace("/s/", "/s/x")
    async with aiohttp.ClientSession(headers=headers) as client:
        for away, url in ((False, site.url), (False, nowhere), (True, site.url)):
            site.away = away
            async with client.get(url) as answer:
                page = await answer.text()
            texts = re.findall(r"<(?:h1|p|title|button)[^>]*>([^<]*[^<\s])", page)
            assert len(texts) > 15
            assert [each for each in texts if not each.startswith(sign)] == []


async def test_an_error_of_the_press_is_in_the_language(site: LinkPages) -> None:
    """The server writes it, because only the server knows what happened"""
    site.setup.enabler.failures.append(Unavailable("away", maybe_done=False))
    url, _, key = site.url.partition("#")
    headers = {"Accept-Language": "de"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(url, json={"proof": proof_of(decode(key)).show()}) as answer,
    ):
        assert answer.status == 503
        assert (await answer.json())["text"] == "Deutsch Cloudinary does not respond."
        assert answer.headers["Vary"] == "Accept-Language"


def test_the_page_and_its_script_use_each_message_and_no_other() -> None:
    """A name that is not there would leave a hole"""
    page, script = ((ASSETS / f"reveal.{kind}").read_text() for kind in ("html", "js"))
    of_server = {"language", "direction", "state", "script", "cloudinary"}
    of_server |= {"style", "code"}
    assert {*re.findall(r"\$(\w+)", page)} - of_server == PAGE.keys()
    used = {*re.findall(r"texts\.(\w+)", script)}
    (refusals,) = re.findall(r"REFUSALS = new Set\(\[(.*)\]\)", script)
    assert used | {"not_enabled", "unknown", *re.findall(r"\w+", refusals)} == SCRIPT.keys()


def test_the_script_has_no_text_for_people_of_its_own() -> None:
    """Every string of two words is one of a protocol, beside the examples, which are code"""
    before, _, rest = (ASSETS / "reveal.js").read_text().partition("const ENTER = ")
    code = re.sub(r"//.*", "", before + rest.partition("\n};\n")[2])
    strings = [*re.findall(r'"([^"\n]*)"', code), *re.findall(r"`([^`\n]*)`", code)]
    assert [each for each in strings if re.search(r"[a-z] [a-z]", each)] == [
        "keysmith link proof",
        "keysmith link content",
        "keysmith passphrase proof",
    ]


def test_nothing_that_is_pasted_passes_for_the_secret() -> None:
    """Where a paste runs line by line, the prompt would read the line behind it as the secret"""
    code = (ASSETS / "reveal.js").read_text(encoding="utf-8")
    joined = re.findall(r"ENTER \+ [\"'](.*)", code)
    assert len(joined) == 2
    assert all(each.startswith(" && ") for each in joined)


@pytest.mark.parametrize("phrase", SCRIPT.values(), ids=SCRIPT)
def test_a_message_of_the_script_is_plain(phrase: Phrase) -> None:
    """The script fills in values, and knows neither code nor plurals"""
    assert ("`" in phrase.one, phrase.many, phrase.fields) == (False, "", ())


@pytest.mark.parametrize("code", Languages().all)
def test_the_page_is_small_in_every_language(code: str) -> None:
    """With everything that it needs: it loads nothing else"""
    fields = texts(Languages().all[code], "a" * 32, STOPPED)
    fields |= {"state": "broken", "cloudinary": "x" * 40}
    page = read_document().fill(fields)
    assert 10_000 < len(page.encode()) <= MOST
    assert not re.findall(r'(?:src|href)="(?!data:|")', page)


class Broken(English):
    """A translation that holds markup."""

    def one(self, message: str) -> str:
        """End the block that it is in."""
        return f"{message}</script><script>"


def test_no_translation_ends_the_block_that_it_is_in() -> None:
    """Nor is it markup anywhere else on the page"""
    fields = texts(Broken(), "", None)
    page = read_document().fill(fields | {"state": "waiting", "at": "", "cloudinary": ""})
    assert (page.count("</script>"), page.count("<script>")) == (2, 0)
    block = page.partition('id="texts">')[2].partition("</script>")[0]
    assert json.loads(block)["show"] == "Show</script><script>"
