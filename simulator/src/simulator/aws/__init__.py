"""A fake of the few AWS calls that the project makes; whatever else is asked is refused loudly."""
