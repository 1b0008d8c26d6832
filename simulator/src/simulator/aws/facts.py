"""What an expression of DynamoDB's says of itself, whatever the item."""

from dataclasses import dataclass, field


@dataclass
class Facts:
    """What was seen while the expression was read."""

    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    """The attributes that are named as they are."""
    typed: list[tuple[str, str, set[str]]] = field(default_factory=list)
    """Operators with their operands and the types that these may have."""
    compared: list[tuple[str, str, str]] = field(default_factory=list)
    """All comparisons: path, operator, operand."""
    conjunction: bool = True
    """Whether all of them have to hold, and there is nothing else."""
    targets: list[str] = field(default_factory=list)
    """What an update writes."""
