"""What is done to a source, and what is measured at its targets. Each returns figures by name (see figures.py)."""
