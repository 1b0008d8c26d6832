"""The sandbox provider: behaves as its documented payment methods say, and keeps its own books.

It stands for a provider's own systems: its table is read by nobody but it, as far as the product
is concerned. The same idempotency key gets the same answer; another one would be a new payment.
An operator's switches override the payment methods; what was answered stays, however they turn.
"""

from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from uuid import NAMESPACE_URL, uuid5

from payments.books import HELD_ONCE, PREFIX, Entry, State
from payments.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    CaptureRefused,
    Declined,
    Outcome,
    Refunded,
    Unknown,
    Voided,
)
from payments.ports import ProviderTimeoutError, ProviderUnavailableError
from payments.switches import Authorizing, Capturing, Switchboard
from shared import replay
from shared.clock import Clock
from shared.errors import ConflictError, RetryLaterError
from shared.ids import TransactionId
from shared.money import Money
from shared.records import Records

SLOW = timedelta(seconds=35)
OUTAGE = timedelta(seconds=20)
ACTION_TIME = timedelta(minutes=15)
METHODS = "approve", "decline", "slow", "outage", "capture_fail", "action_required"


class SandboxProvider:
    """The provider port over the sandbox's own books."""

    def __init__(
        self,
        books: Records[Entry],
        switchboard: Switchboard,
        now: Clock,
        sleep: Callable[[float], None],
        draw: Callable[[], str],
        *,
        timeout: timedelta,
        action_url: str,
    ) -> None:
        self._books = books
        self._switchboard = switchboard
        self._now = now
        self._sleep = sleep
        self._draw = draw
        self._timeout = timeout
        self._action_url = action_url

    def authorize(
        self, key: str, *, transaction_id: TransactionId, amount: Money, payment_method: str
    ) -> Authorized | Declined | ActionRequired:
        """Holds the amount, or does what the payment method is for."""
        replay.refuse("a payment")
        identity = authorization_id(key)
        entry = self._load(identity)
        if entry is None:
            entry = self._begin(identity, transaction_id, amount, payment_method)
        return self._authorized(self._ready(entry))

    def _begin(
        self, identity: str, transaction_id: TransactionId, amount: Money, method: str
    ) -> Entry:
        """Opens a payment by the switches as they stand now, unless the provider is down."""
        switch = self._switchboard.read().authorize
        if switch is Authorizing.OUTAGE:
            raise ProviderUnavailableError("the sandbox is out of order until it is switched back")
        entry = Entry(
            pk=f"payment#{identity}",
            transaction_id=transaction_id,
            status=State.PENDING,
            amount=amount.amount,
            currency=amount.currency,
            payment_method=method,
            ready_at=self._now(),
            switched=None if switch is Authorizing.AS_ASKED else switch,
        )
        self._check_outage(entry)
        return self._open(entry)

    def _check_outage(self, entry: Entry) -> None:
        """Raises for as long as the payment method that is made for it keeps the provider down."""
        if entry.authorizes_as != f"{PREFIX}outage":
            return
        pk = entry.pk.replace("payment#", "outage#")
        down = self._books.load(pk)
        if down is None:
            until = entry.ready_at + OUTAGE
            down = entry.model_copy(update={"pk": pk, "ready_at": until, "status": State.DOWN})
            self._save(down)
        if self._now() < down.ready_at:
            raise ProviderUnavailableError("the sandbox is out of order, as was asked of it")

    def _open(self, entry: Entry) -> Entry:
        wait = SLOW if entry.authorizes_as == f"{PREFIX}slow" else timedelta(0)
        status = _first(entry.authorizes_as)
        opened = entry.model_copy(update={"status": status, "ready_at": entry.ready_at + wait})
        return self._save(self._with_action(opened))

    def _with_action(self, entry: Entry) -> Entry:
        """Draws what opens the bank's page: the payment's own id follows from its transaction."""
        if entry.status is not State.ACTION_REQUIRED:
            return entry
        action_id = f"{entry.authorization_id}.{self._draw()}"
        return entry.model_copy(update={"action_id": action_id})

    def _ready(self, entry: Entry) -> Entry:
        """Waits for the provider's answer as long as a call may take."""
        if entry.status is not State.PENDING:
            return entry
        missing = entry.ready_at - self._now()
        if missing > self._timeout:
            self._sleep(self._timeout.total_seconds())
            raise ProviderTimeoutError("the sandbox did not answer in time, as was asked of it")
        self._sleep(max(0.0, missing.total_seconds()))
        return self._save(entry.model_copy(update={"status": State.AUTHORIZED}))

    def _load(self, identity: str) -> Entry | None:
        """Answers a payment as it stands by now: a slow one gets its answer with nobody asking."""
        entry = self._books.load(f"payment#{identity}")
        if entry is None or entry.status is not State.PENDING or self._now() < entry.ready_at:
            return entry
        return self._save(entry.model_copy(update={"status": State.AUTHORIZED}))

    def _authorized(self, entry: Entry) -> Authorized | Declined | ActionRequired:
        if entry.status is State.DECLINED:
            return _decline(entry)
        if entry.status is State.ACTION_REQUIRED:
            return self._action(entry)
        return Authorized(entry.authorization_id)

    def _action(self, entry: Entry) -> ActionRequired:
        url = f"{self._action_url}{entry.action_id or entry.authorization_id}"
        return ActionRequired(entry.authorization_id, url, entry.ready_at + ACTION_TIME)

    def capture(
        self, key: str, *, authorization_id: str, amount: Money
    ) -> Captured | CaptureRefused:
        """Takes what is held; refuses for the payment method, or the switch, made for it."""
        entry = self._held(key, authorization_id)
        if entry is None or entry.status not in {State.AUTHORIZED, State.CAPTURED}:
            return CaptureRefused("not_authorized", "The payment is not held any more.")
        if entry.status is State.AUTHORIZED and self._refuses(entry):
            self._remember_refusal(entry)
            return CaptureRefused("capture_refused", "The bank refused to hand over the amount.")
        if amount.amount != entry.amount:
            return CaptureRefused("amount_differs", "The amount is not the one that is held.")
        self._become(entry, State.CAPTURED)
        return Captured()

    def _refuses(self, entry: Entry) -> bool:
        """Says by the switches as they stand now; what was refused once is refused for good."""
        if entry.capture_refused:
            return True
        match self._switchboard.read().capture:
            case Capturing.AS_ASKED:
                return entry.payment_method == f"{PREFIX}capture_fail"
            case Capturing.SUCCEED:
                return False
            case Capturing.FAIL:
                return True

    def _remember_refusal(self, entry: Entry) -> None:
        if not entry.capture_refused:
            self._save(entry.model_copy(update={"capture_refused": True}))

    def void(self, key: str, *, authorization_id: str) -> Voided | Unknown:
        """Lets go what is held."""
        entry = self._held(key, authorization_id)
        if entry is None:
            return Unknown()
        if entry.status in {State.CAPTURED, State.REFUNDED}:
            raise RetryLaterError("what was captured can't be voided")
        self._become(entry, State.VOIDED)
        return Voided()

    def refund(self, key: str, *, authorization_id: str, amount: Money) -> Refunded:
        """Gives back what was taken."""
        entry = self._held(key, authorization_id)
        taken = entry is not None and entry.status in {State.CAPTURED, State.REFUNDED}
        if entry is None or not taken or amount.amount != entry.amount:
            raise RetryLaterError("only what was captured can be refunded")
        self._become(entry, State.REFUNDED)
        return Refunded()

    def lookup(self, authorize_key: str) -> Outcome:
        """Answers the books' state of the payment that this key began."""
        identity = authorization_id(authorize_key)
        entry = self._load(identity)
        if entry is None:
            return Unknown()
        match entry.status:
            case State.DECLINED:
                return _decline(entry)
            case State.ACTION_REQUIRED:
                return self._action(entry)
            case State.CAPTURED:
                return Captured()
            case State.VOIDED:
                return Voided()
            case State.REFUNDED:
                return Refunded()
            case State.AUTHORIZED:
                return Authorized(identity)
            case State.PENDING | State.DOWN:
                raise ProviderTimeoutError("the sandbox has no answer yet")

    def transaction_of(self, action_id: str) -> TransactionId | None:
        """Answers whose payment an action opens; None for one that was never given out."""
        entry = self._books.load(f"payment#{action_id.partition('.')[0]}")
        if entry is None or entry.action_id is None:
            return None
        genuine = compare_digest(entry.action_id.encode(), action_id.encode())
        return entry.transaction_id if genuine else None

    def act(self, transaction_key: str, *, succeeds: bool) -> bool:
        """Does what the shopper would do at the action's address; says whether it stands so now."""
        entry = self._books.load(f"payment#{authorization_id(transaction_key)}")
        if entry is None:
            return False
        if entry.status is State.ACTION_REQUIRED:
            self._become(entry, State.AUTHORIZED if succeeds else State.DECLINED)
            return True
        return entry.status in (HELD_ONCE if succeeds else {State.DECLINED})

    def _held(self, key: str, identity: str) -> Entry | None:
        replay.refuse(f"a payment ({key.rpartition(':')[2]})")
        return self._load(identity)

    def _become(self, entry: Entry, status: State) -> None:
        if entry.status is not status:
            self._save(entry.model_copy(update={"status": status}))

    def _save(self, entry: Entry) -> Entry:
        """Saves; a call that meets another one with the same key is to be asked again."""
        try:
            self._books.save(entry)
        except ConflictError as error:
            raise ProviderTimeoutError("the sandbox is at this payment already") from error
        return entry.model_copy(update={"version": entry.version + 1})


def authorization_id(key: str) -> str:
    """Answers the id of the payment that an idempotency key begins."""
    return f"auth_{uuid5(NAMESPACE_URL, f'urn:orderbus:sandbox:{key}').hex}"


def _first(method: str) -> State:
    """Answers where a new payment stands, by its payment method."""
    match method.removeprefix(PREFIX):
        case "slow":
            return State.PENDING
        case "action_required":
            return State.ACTION_REQUIRED
        case "approve" | "outage" | "capture_fail":
            return State.AUTHORIZED
        case _:
            return State.DECLINED


def _decline(entry: Entry) -> Declined:
    if entry.authorizes_as.removeprefix(PREFIX) in METHODS:
        return Declined("card_declined", "The card was declined.")
    return Declined("invalid_payment_method", "The payment method is not known.")
