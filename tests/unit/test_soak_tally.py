"""The soak counts what is lost, doubled or unanswered, and finds growth."""

from tests.soak.tally import Sample, Tally, bytes_per_command, failed, growth, unclosed


def test_a_command_without_an_answer_is_unanswered_only_if_slack_got_its_ack() -> None:
    """A refused command was never acknowledged."""
    tally = Tally(acked={1, 2}, refused={3})
    tally.see(b'{"text": "There is no key soak-000002."}')
    assert {1} == tally.unanswered()


def test_two_keys_of_one_command_are_doubled() -> None:
    """Cloudinary takes the same name twice."""
    tally = Tally()
    tally.keys.update({1: 1, 2: 2})
    assert {2} == tally.doubled()


def test_an_answer_that_names_a_key_which_never_existed_is_a_lost_effect() -> None:
    """The person believes it."""
    tally = Tally()
    for number in (1, 2):
        tally.see(f"The key soak-{number:06d} is created".encode())
    tally.keys[1] = 1
    assert {2} == tally.without_effect()


def test_a_job_is_lost_unless_the_audit_log_closes_it() -> None:
    """An intent alone closes nothing."""
    events = [("a", "asked"), ("b", "asked"), ("b", "begun"), ("a", "answered"), ("c", "answered")]
    entries = [{"errand": job, "deed": event} for job, event in events]
    assert {"b"} == unclosed(entries)


def test_growth_compares_the_last_third_with_the_middle_one() -> None:
    """Too few samples compare nothing."""
    sizes = (50, 100, 100, 100, 100, 200)
    samples = [Sample(n * 10, 1000 + n, {"web": size}) for n, size in enumerate(sizes)]
    assert {"web": 2.0} == growth(samples)
    assert 0.1 == bytes_per_command(samples)
    assert {} == growth(samples[:2])


def test_a_job_that_failed_is_lost() -> None:
    """Its person got an answer, and not what was acknowledged"""
    entries = [{"deed": deed, "errand": job} for deed, job in (("answered", "a"), ("failed", "b"))]
    assert {"b"} == failed(entries)
