"""What a caller gets: an answer, or a problem document (RFC 9457) that says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class Response:
    """What a caller gets: JSON (None: no body), with further headers."""

    status: int
    document: object
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request, by its path (`lines.0.sku`)."""

    field: str
    detail: str


class ProblemError(Exception):
    """A request that can't be served: becomes a problem document that says what to do."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Answers the problem document (RFC 9457) of this error."""
        document: dict[str, object] = {
            "type": f"urn:orderbus:problem:{self.code}",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [{"field": e.field, "detail": e.detail} for e in self.errors]
        headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
        return Response(self.status, document | self.members, headers | self.headers)
