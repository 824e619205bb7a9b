"""What a platform engineer sees of one command: its log lines, its audit entries, the metrics."""

import json
import re

from prometheus_client.parser import text_string_to_metric_families as families

from tests.promtool import needs_promtool, promtool
from tests.scenarios.opening import open_link
from tests.scenarios.system import TOM, Json, System, link_of, until

Found = dict[tuple[str, ...], float]


def lines(system: System, id_: str) -> list[Json]:
    """The log lines with this id, in order."""
    found = [json.loads(line) for line in system.bot.log.splitlines() if line.startswith("{")]
    return [line for line in found if line.get("id") == id_]


async def page(system: System) -> str:
    """The page of metrics."""
    async with system.session.get(f"{system.twins.at.admin}/metrics") as answer:
        assert answer.status == 200
        return await answer.text()


async def metrics(system: System) -> Found:
    """Every sample, by its name and the values of its labels."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families(await page(system))
        for sample in family.samples
    }


async def accepted_id(system: System, action: str) -> str:
    """The id of the last command with this action."""
    entries = [e for e in await system.audit() if e["deed"] == "asked" and e["action"] == action]
    return str(entries[-1]["errand"])


async def test_one_id_goes_from_the_delivery_to_the_answer(system: System) -> None:
    """In the lines of intake, job, each call and answer, and in the audit log"""
    answer = await system.send("key create seen --env staging")
    id_ = await accepted_id(system, "key:create")

    async def answered() -> list[Json] | None:
        found = lines(system, id_)
        return found if any(line["event"] == "answer_taken" for line in found) else None

    seen = await until(answered)
    told = [line["event"] for line in seen if line["level"] == "info"]
    assert told == ["accepted", "done"]
    assert {"cloudinary", "slack", "answer_taken"} < {line["event"] for line in seen}
    done = next(line for line in seen if line["event"] == "done")
    assert (done["action"], done["outcome"]) == ("key:create", "link_ready")
    assert {"asked", "begun", "done"} <= {
        e["deed"] for e in await system.audit() if e["errand"] == id_
    }
    link = link_of(answer)
    assert not any(part in json.dumps(seen) for part in link.split("/s/")[1].split("#"))
    await open_link(system, link)
    enabling = lines(system, id_)[len(seen) :]
    assert [line["operation"] for line in enabling if line["event"] == "cloudinary"]


async def test_the_error_that_a_person_reads_has_the_id_of_the_log(system: System) -> None:
    """Of the job, and so of its audit entries"""
    async with system.failing_reads("*/access_keys", "status", status=400):
        told = (await system.send("key disable ci-bot", TOM))["text"]
    id_ = await accepted_id(system, "key:disable")
    assert id_ in told
    assert {"accepted", "failed", "done"} <= {line["event"] for line in lines(system, id_)}


async def test_an_answer_on_the_spot_has_one_too(system: System) -> None:
    """One line for a text that is not understood, and nothing of the text"""
    before = system.bot.log
    await system.send("sesame open-wide")
    new = system.bot.log.removeprefix(before)
    (line,) = [json.loads(line) for line in new.splitlines() if '"answered"' in line]
    assert (line["outcome"], line["action"]) == ("misunderstood", "misunderstood")
    assert re.fullmatch("[0-9a-f]{16}", line["id"])
    assert "sesame" not in new


@needs_promtool
async def test_the_metrics_tell_a_story_and_promtool_finds_no_fault(system: System) -> None:
    """A key is created and collected, another is disabled, a third command is refused"""
    before = await metrics(system)
    link = link_of(await system.send("key create counted --env staging"))
    await open_link(system, link)
    await system.send("key disable ci-bot")

    async def told() -> Found | None:
        now = await metrics(system)
        grown = {each: now[each] - before.get(each, 0.0) for each in now}
        return grown if grown["keysmith_answers_total", "response_url"] >= 2 else None

    grown = await until(told)
    assert grown["keysmith_jobs_total", "key:create", "link_ready"] == 1
    assert grown["keysmith_jobs_total", "key:disable", "key_changed"] == 1
    assert grown["keysmith_commands_total", "accepted"] == 2
    assert (grown["keysmith_links_total", "created"], grown["keysmith_links_total", "opened"]) == (
        1,
        1,
    )
    assert grown["keysmith_effect_seconds_count",] == 2
    assert grown["keysmith_ack_seconds_count",] >= 2
    create = ("post_sub_accounts_access_keys", "cloudinary", "200")
    assert grown["keysmith_call_duration_seconds_count", *create] == 1
    assert any(name[1:3] == ("users.info", "slack") for name in grown)
    now = await metrics(system)
    assert now["keysmith_redis_role", "master"] == 1
    assert now["keysmith_audit_head",] > 0
    assert {name[1] for name in now if name[0] == "keysmith_queue_items"} == {
        *("answers", "jobs", "jobs_reserved", "notices", "outbox", "outbox_security"),
        *("presses", "homes"),
    }
    assert now["process_open_fds",] > 0
    assert promtool("check", "metrics", given=(await page(system)).encode()) == ""
