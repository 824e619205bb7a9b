"""Which notifications keep their order, and which delay no other."""

from bot.domain.requests.notifications import Topic, in_thread, nothing_left, redraw, to_person


def test_the_messages_of_a_channel_are_one_lane() -> None:
    """Cards and their threads are in the channel of approvals, which has one pace at Slack"""
    messages = (
        redraw("c1r", Topic.ASKED),
        in_thread("c1r", Topic.DONE),
        in_thread("c2r", Topic.DONE),
    )
    assert 1 == len({each.lane for each in messages})


def test_a_channel_that_slack_slows_down_delays_no_update_and_no_person() -> None:
    """Each card's updates are a lane, and so are each person's messages"""
    others = (
        redraw("c1r", Topic.APPROVED),
        redraw("c2r", Topic.APPROVED),
        to_person("c1r", Topic.APPROVED, "U1"),
        to_person("c1r", Topic.APPROVED, "U2"),
    )
    posted = redraw("c1r", Topic.ASKED)
    assert 1 + len(others) == len({each.lane for each in (posted, *others)})


def test_what_happens_to_one_card_or_person_keeps_its_order() -> None:
    """Whatever the topic"""
    assert redraw("c1r", Topic.APPROVED).lane == redraw("c1r", Topic.DONE).lane
    assert to_person("c1r", Topic.READY, "U1").lane == to_person("c2r", Topic.DONE, "U1").lane


def test_what_ends_collect_comes_behind_the_messages_that_offer_it() -> None:
    """A message that Slack takes late would keep its button otherwise"""
    offering = in_thread("c1r", Topic.READY), to_person("c1r", Topic.READY, "U1")
    ending = nothing_left("c1r", "U1")
    assert [each.lane for each in offering] == [each.lane for each in ending]


def test_an_update_of_a_persons_message_comes_behind_it() -> None:
    """An approver would keep buttons of a request that is decided otherwise"""
    asked, drawn = to_person("c1r", Topic.ASKED, "U1"), redraw("c1r", Topic.APPROVED, "U1")
    assert asked.lane == drawn.lane
