"""What any service publishes about a message that died in its hands."""

from shared.events.envelope import EventData


class SegmentFailed(EventData):
    """A segment gave up on a message of this transaction; the publishing service is the segment."""

    failed_event_id: str
    failed_detail_type: str
    error: str
    """The kind of error, without personal data."""
    attempts: int
