import json
from datetime import timedelta

import pytest
from fakes_shared import NOON, TRANSACTION
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared import ids
from shared.errors import ConfigurationError, MalformedError
from shared.events import (
    CATALOGUE,
    Metadata,
    OrderConfirmed,
    ProductChanged,
    StockReleased,
    compose,
    parse,
)
from shared.history import Record, Transition, published_for
from shared.money import LARGEST_AMOUNT, Money
from shared.settings import Settings, load

EUR = "EUR"


@pytest.mark.parametrize("amount", [-1, 1.5, "1", True, None, LARGEST_AMOUNT + 1])
def test_money_takes_only_whole_minor_units(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": EUR})


@pytest.mark.parametrize("currency", ["XXX", "eur", "", "EURO", 978])
def test_money_takes_only_iso_4217_currencies(currency: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": 1, "currency": currency})


@given(st.text(), st.text(), st.text(), st.text())
def test_scope_and_key_together_name_a_transaction(
    scope: str, key: str, other_scope: str, other_key: str
) -> None:
    same = ids.transaction_id(scope, key) == ids.transaction_id(other_scope, other_key)
    assert same == ((scope, key) == (other_scope, other_key))


def test_event_ids_follow_from_cause_name_and_subject() -> None:
    one = ids.event_id("cause", "StockReserved", "a")
    assert one == ids.event_id("cause", "StockReserved", "a")
    assert len({one, ids.event_id("other", "StockReserved", "a")}) == 2
    assert one != ids.event_id("cause", "StockReleased", "a")
    assert one != ids.event_id("cause", "StockReserved", "b")


def test_the_trace_of_an_event_is_its_transaction() -> None:
    event = ids.event_id("cause", "StockReserved")
    trace = ids.traceparent(TRANSACTION, event)
    assert trace == f"00-{TRANSACTION.replace('-', '')}-{event.replace('-', '')[:16]}-01"


def test_every_event_name_belongs_to_one_producer_except_segment_failed() -> None:
    names = [m.detail_type() for models in CATALOGUE.values() for m in models]
    assert {n for n in names if names.count(n) > 1} == {"SegmentFailed"}


def test_an_event_survives_its_way_over_the_bus() -> None:
    data = OrderConfirmed(total=Money(amount=5, currency=EUR))
    sent = compose(data, service="orders", transaction_id=TRANSACTION, cause="c", now=NOON)
    event = {
        "source": sent.source,
        "detail-type": sent.detail_type,
        "detail": json.loads(sent.detail()),
    }
    assert parse(event) == sent


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "orderbus.orders", "detail-type": "OrderConfirmed", "detail": None},
        {"source": "orderbus.payments", "detail-type": "OrderConfirmed", "detail": {}},
        {
            "source": "orderbus.orders",
            "detail-type": "OrderConfirmed",
            "detail": {"metadata": {}, "data": {}},
        },
    ],
)
def test_what_is_no_event_of_ours_is_malformed(event: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        parse(event)


def test_an_event_of_no_transaction_has_no_transaction_id_to_ask_for() -> None:
    data = ProductChanged(sku="A", name="A", unit_price=Money(amount=1, currency=EUR), version=1)
    event = compose(data, service="inventory", transaction_id=None, cause="c", now=NOON)
    with pytest.raises(ValueError, match="ProductChanged"):
        _ = event.transaction_id


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        Metadata(
            event_id=TRANSACTION,
            transaction_id=TRANSACTION,
            causation_id="c",
            occurred_at=NOON.replace(tzinfo=None),
            traceparent="t",
        )


class Example(Record):
    """A record with a history."""

    history: tuple[Transition, ...] = ()


def test_a_history_gives_back_the_very_events_that_were_published() -> None:
    released = StockReleased(lines=(), reason="rejected")
    event = compose(released, service="inventory", transaction_id=TRANSACTION, cause="c1", now=NOON)
    record = Example(history=(Transition.of("c1", NOON, (event,)),))
    stored = Example.model_validate(json.loads(record.model_dump_json()))
    assert stored == record
    assert published_for(stored.history, "c1") == (event,)
    assert published_for(stored.history, "c2") is None


def test_settings_name_every_variable_that_is_missing() -> None:
    with pytest.raises(ConfigurationError, match=r"STAGE .*BUS_NAME"):
        load(Settings, {})


def test_settings_read_the_variable_named_like_the_field() -> None:
    assert load(Settings, {"STAGE": "dev", "BUS_NAME": "b", "OTHER": "x"}) == Settings(
        stage="dev", bus_name="b"
    )


def test_time_differences_do_not_change_an_events_identity() -> None:
    data = OrderConfirmed(total=Money(amount=5, currency=EUR))
    first = compose(data, service="orders", transaction_id=TRANSACTION, cause="c", now=NOON)
    later = compose(
        data,
        service="orders",
        transaction_id=TRANSACTION,
        cause="c",
        now=NOON + timedelta(seconds=9),
    )
    assert first.event_id == later.event_id


@pytest.mark.parametrize("amount", [2, 2.0, -0.0])
def test_a_whole_number_is_the_same_however_it_was_written(amount: float) -> None:
    money = Money.model_validate({"amount": amount, "currency": EUR})
    assert (money.amount, type(money.amount)) == (int(amount), int)


@pytest.mark.parametrize("amount", [2.5, float("nan"), float("inf"), 1e400, "2.0", True])
def test_what_is_no_whole_number_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": EUR})
