"""Measures live mirroring tools from outside: it writes into a source, looks at the targets, and asks nothing of the tool."""
