"""Journals of one order, as they may come about: any events of it, in any order, each once."""

from events import cancelled, confirmed, placed, rejected
from hypothesis import strategies as st
from told import HEARD

from shared.events import Envelope

EVERYTHING = (placed(("A", 1)), confirmed(), rejected(), cancelled(), *HEARD)
"""One of every event that an order may have, however little they fit together."""

journals: st.SearchStrategy[tuple[Envelope, ...]] = st.lists(
    st.sampled_from(EVERYTHING), unique_by=lambda e: e.event_id, max_size=10
).map(tuple)
