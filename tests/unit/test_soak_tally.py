"""The soak counts what is lost, doubled or unanswered, and finds growth."""

import json
from collections import Counter
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from bot.cards.faults import happened
from bot.domain.outcomes.general import Failed, Fault
from tests.soak.report import ACKED, BYTES, FLAT, LONG, SPARED, Plan, Report
from tests.soak.tally import (
    KINDS,
    READ,
    Answer,
    Sample,
    Tally,
    bytes_per_command,
    done_twice,
    failed,
    growth,
    kinds,
    unclosed,
)

ANSWER = "/response/T0LUMEN01/{}"
LINK = "http://127.0.0.1:8000/s/abc_-1#k-_3"
SENT = Counter({READ: 1_000}) + Counter(dict.fromkeys(KINDS.values(), 50))
PLAN = Plan(seconds=LONG, rate=20, every=20, seed=1)


def _command(text: str) -> bytes:
    return urlencode(
        {"text": text, "response_url": f"http://slack{ANSWER.format(text[-6:])}"}
    ).encode()


def _press(action: str, answer: str) -> bytes:
    payload = {"actions": [{"action_id": action}], "response_url": f"http://slack{answer}"}
    return urlencode({"payload": json.dumps(payload)}).encode()


def _samples(grows: float = 1.0, of_redis: float = BYTES / 2) -> list[Sample]:
    return [
        Sample(
            n * 300,
            round(1_000_000 + n * 300 * of_redis),
            dict.fromkeys((*SPARED, "web-1"), round(100_000 * grows ** (n // 7))),
        )
        for n in range(21)
    ]


def _report() -> Report:
    """A report of a long run in which all was well."""
    return Report(
        PLAN,
        sent=SENT,
        acked=SENT,
        verify="The log is intact.",
        killed={"kill web-1": 9, "kill redis": 5},
        samples=_samples(),
    )


def test_a_report_passes_where_enough_was_seen_and_all_of_it_is_well() -> None:
    """The other tests change one thing each."""
    assert _report().faults() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"sent": Counter(), "acked": Counter()}, "acknowledged"),
        ({"acked": Counter()}, "acknowledged"),
        ({"acked": Counter(read=int(ACKED * SENT.total()) - 1)}, "of all acts acknowledged"),
        ({"acked": SENT - Counter(disabling=50)}, "kind disabling"),
        ({"sent": SENT + Counter(approval=20)}, "kind approval"),
        ({"killed": {}}, "fewer faults than"),
        ({"killed": {"kill web-1": 1}}, "fewer faults than"),
        ({"killed": {"kill redis": 9, "stop worker-2": 1}}, "worker-2 was not spared"),
        ({"samples": []}, "web-0 was not measured"),
        ({"samples": []}, "Redis was not measured"),
        ({"samples": _samples()[:2]}, "worker-2 was not measured"),
        ({"samples": [replace(each, redis=0) for each in _samples()]}, "Redis was not measured"),
        ({"samples": [replace(each, processes={}) for each in _samples()]}, "was not measured"),
        ({"samples": _samples(grows=FLAT + 0.01)}, "web-0 grows"),
        ({"samples": _samples(of_redis=BYTES + 10)}, "Redis keeps more than"),
        ({"verify": ""}, "audit log"),
        ({"lost": Counter(disabling=1)}, "1 lost"),
        ({"doubled": Counter(creation=2)}, "2 doubled"),
        ({"unanswered": Counter(approval=3)}, "3 unanswered"),
    ],
)
def test_a_report_without_what_it_must_show_does_not_pass(
    changed: dict[str, object], fault: str
) -> None:
    """A soak that saw nothing has proven nothing."""
    report = replace(_report(), **changed)  # type: ignore[arg-type]  # one field each
    assert not report.passed
    assert fault in " ".join(report.faults())
    assert fault in " ".join(report.lines())


def test_a_short_run_need_not_measure_memory_and_spares_no_process() -> None:
    """Memory is judged from five minutes on."""
    short = replace(PLAN, seconds=LONG - 1)
    assert replace(_report(), plan=short, samples=[]).passed
    assert (short.spared, PLAN.spared) == ((), SPARED)


def test_a_run_without_planned_faults_needs_none() -> None:
    """Neither does one that is shorter than the time between two."""
    for plan in (replace(PLAN, faults=()), replace(PLAN, every=LONG + 1)):
        assert replace(_report(), plan=plan, killed={}).passed


def test_the_growth_of_a_process_that_is_not_spared_is_not_judged() -> None:
    """A process grows after its start."""
    samples = [
        replace(each, processes={**each.processes, "web-1": n})
        for n, each in enumerate(_samples(), start=1)
    ]
    assert replace(_report(), samples=samples).passed


def test_a_command_without_an_answer_is_unanswered_only_if_slack_got_its_ack() -> None:
    """A refused command was never acknowledged."""
    tally = Tally()
    for number in (1, 2, 3):
        assert tally.deliver(_command(f"key show soak-{number:06d}"))
    for number in (1, 2):
        tally.ack("read", f"key show soak-{number:06d}")
    tally.see(ANSWER.format("000002"), b'{"text": "There is no such key."}')
    assert tally.unanswered() == {"key show soak-000001": "read"}


def test_an_answer_counts_for_the_press_whose_url_it_came_to() -> None:
    """Its text need not name a key."""
    tally = Tally()
    for verb in ("approve", "claim"):
        assert tally.deliver(_press(f"request:{verb}:1", f"/response/{verb}")) is not None
        tally.ack(verb, f"request:{verb}:1")
    tally.see("/response/claim", json.dumps({"text": "Here", "blocks": [{"url": LINK}]}).encode())
    tally.see("/response/of another", b'{"text": "Approved."}')
    assert tally.unanswered() == {"request:approve:1": "approve"}
    assert tally.answers["request:claim:1"] == Answer("Here", LINK)


def test_an_ack_that_says_that_nothing_is_kept_acknowledges_nothing() -> None:
    """As where Redis is away; an answer may follow."""
    tally = Tally()
    told = str(happened(Failed(Fault.STORE, error_id="e1")))
    tally.answer("key create soak-000001", json.dumps({"text": told}))
    assert tally.not_kept("key create soak-000001")
    assert not tally.not_kept("key create soak-000002")
    tally.answer("key create soak-000001", "soak-000001 is created", LINK)
    assert not tally.not_kept("key create soak-000001")


def test_an_event_has_no_mark() -> None:
    """It has no response URL."""
    assert Tally().deliver(b'{"type": "event_callback"}') is None


def test_two_keys_of_one_command_are_doubled() -> None:
    """Cloudinary takes the same name twice."""
    tally = Tally()
    tally.found(1, [True])
    tally.found(2, [True, False])
    assert tally.doubled() == {2}


def test_an_answer_that_names_a_key_which_never_existed_is_a_lost_effect() -> None:
    """The person believes it."""
    tally = Tally()
    for number in (1, 2):
        tally.answer(f"create {number}", f"The key soak-{number:06d} is created")
    tally.found(1, [False])
    assert tally.without_effect() == {2}


def test_a_key_must_be_as_its_story_left_it() -> None:
    """A disabled key that works, or an opened one that does not, is a lost effect."""
    tally = Tally(expected={1: False, 2: True, 3: False})
    for number, enabled in ((1, True), (2, False), (3, False), (4, True)):
        tally.found(number, [enabled])
    assert tally.wrong == {1: True, 2: False}


def test_a_job_is_lost_unless_the_audit_log_closes_it() -> None:
    """An intent alone closes nothing."""
    events = [("a", "asked"), ("b", "asked"), ("b", "begun"), ("a", "answered"), ("c", "answered")]
    entries = [{"errand": job, "deed": event, "action": "key:disable"} for job, event in events]
    assert unclosed(entries) == {"b"}
    assert kinds(entries) == {"a": "disabling", "b": "disabling"}


def test_a_job_that_failed_is_lost() -> None:
    """Its person got an answer, and not what was acknowledged."""
    entries = [{"deed": deed, "errand": job} for deed, job in (("answered", "a"), ("failed", "b"))]
    assert failed(entries) == {"b"}


def test_a_job_that_was_done_or_opened_twice_is_doubled() -> None:
    """A page that reads its answer again opens nothing."""
    events = [
        ("a", "done", ""),
        ("a", "done", ""),
        ("b", "done", ""),
        ("b", "revealed", ""),
        ("b", "revealed", "again, to the same page"),
        ("c", "revealed", ""),
        ("c", "revealed", ""),
    ]
    entries = [
        {"errand": job, "deed": deed, "action": "link:open", "detail": detail}
        for job, deed, detail in events
    ]
    assert done_twice(entries) == {"a": "opening", "c": "opening"}


def test_growth_compares_the_last_third_with_the_middle_one() -> None:
    """Too few samples compare nothing."""
    sizes = (50, 100, 100, 100, 100, 200)
    samples = [Sample(n * 10, 1000 + n, {"web": size}) for n, size in enumerate(sizes)]
    assert growth(samples) == {"web": 2.0}
    assert bytes_per_command(samples) == 0.1
    assert growth(samples[:2]) == {}


def test_a_sample_while_redis_was_away_says_nothing_about_its_bytes() -> None:
    """Not that it shrank."""
    samples = [Sample(n * 10, redis, {}) for n, redis in enumerate((0, 100, 200, 0))]
    assert bytes_per_command(samples) == 10
    assert bytes_per_command(samples[:2]) == 0
