"""notifications' channels, as they are documented: docs/following.md for programs.

Like api.py it is read by the tools and the tests alone.
"""

from notifications.channels import published, security, websocket
from shared.async_api import Part

PART = Part((*websocket.OPERATIONS, *published.OPERATIONS), security.SCHEMES)
