"""Makes pages, tables and charts of a bench's result."""
