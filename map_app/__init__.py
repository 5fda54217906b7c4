"""The 287(g) agreements map: the record, the placement, the answer, the map."""
