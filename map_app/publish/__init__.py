"""The static edition: the map, the answers, the table and the downloads as a folder of plain files."""
