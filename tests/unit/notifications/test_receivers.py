import pytest
from fakes_shared import TRANSACTION
from pydantic import ValidationError

from notifications.receivers import Configured, Delivery, Receiver, deliveries

SECRET = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"


def _document(**more: object) -> dict[str, object]:
    return {"id": "shop", "url": "https://shop.example", "secrets": [SECRET], **more}


def _receiver(**more: object) -> Receiver:
    return Receiver.model_validate(_document(**more))


@pytest.mark.parametrize(
    "url",
    ["https://shop.example/x", "http://127.0.0.1:8080/x", "http://localhost:1/", "http://[::1]:2"],
)
def test_updates_travel_encrypted_or_stay_on_the_machine(url: str) -> None:
    assert _receiver(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "ftp://x",
        "",
        "http://127.0.0.1.evil.example:1/",
        "http://localhost.x:1",
    ],
)
def test_no_update_is_sent_in_the_clear(url: str) -> None:
    with pytest.raises(ValidationError, match="https://"):
        _receiver(url=url)


@pytest.mark.parametrize(
    "more",
    [
        {"id": ""},
        {"id": "Shop"},
        {"id": "x" * 33},
        {"secrets": []},
        {"secrets": [SECRET] * 5},
        {"url": "https://" + "x" * 2000},
    ],
)
def test_a_receiver_has_a_name_an_address_and_one_to_four_secrets(more: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _receiver(**more)


def test_a_secret_shows_in_no_text_of_a_receiver() -> None:
    configured = Configured(receivers=(_receiver(),))
    for text in (repr(configured), str(configured), configured.model_dump_json()):
        assert SECRET not in text


def test_every_receiver_gets_a_delivery_of_its_own_without_any_secret() -> None:
    update = {"transaction_id": TRANSACTION, "sequence": 1}
    found = list(deliveries("id-1", update, [_receiver(), _receiver(id="other")]))
    assert [Delivery.model_validate(one) for one in found] == [
        Delivery(receiver=name, webhook_id="msg_id-1", data=update) for name in ("shop", "other")
    ]
    assert SECRET not in str(found)


def test_no_receivers_no_deliveries() -> None:
    assert list(deliveries("id-1", {}, Configured().receivers)) == []
