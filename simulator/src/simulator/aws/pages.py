"""Pages of a query or a scan of DynamoDB's."""

from typing import Any

from simulator.aws.errors import AwsError
from simulator.aws.values import Item, comparable, size_of

LARGEST_PAGE = 1024 * 1024


def place(item: Item, order: tuple[str, ...]) -> tuple[Any, ...]:
    """Answers what an item is sorted by."""
    return tuple(comparable(item[name]) for name in order)


def page_of(
    parameters: dict[str, Any], items: list[Item], keys: tuple[str, ...], order: tuple[str, ...]
) -> dict[str, Any]:
    """Answers the items behind the start key, at most `Limit` or a megabyte of them."""
    limit = parameters.get("Limit")
    if limit is not None and limit < 1:
        raise AwsError("ValidationException", "Limit must be greater than or equal to 1")
    page: list[Item] = []
    left = LARGEST_PAGE
    more = False
    for item in _behind(parameters.get("ExclusiveStartKey"), items, keys, order):
        left -= size_of(item)
        if len(page) == limit or (page and left < 0):
            more = True
            break
        page.append(item)
    answer: dict[str, Any] = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
    # A full page tells where to go on, whether or not there is more.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
    if more or (page and len(page) == limit):
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in keys}
    return answer


def _behind(
    start: Item | None, items: list[Item], keys: tuple[str, ...], order: tuple[str, ...]
) -> list[Item]:
    """Answers the items behind a start key, also when it has gone meanwhile."""
    if start is None:
        return items
    if start.keys() != set(keys) or any("S" not in value for value in start.values()):
        raise AwsError("ValidationException", "The provided starting key is invalid")
    behind = place(start, order)
    return [item for item in items if place(item, order) > behind]
