"""Programs for maintainers; the map needs none of them."""
