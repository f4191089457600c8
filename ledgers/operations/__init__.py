"""What those who run the product need: log lines that belong together, health, and figures for a monitor.

``tracing`` knows for whom a line is written; ``requests`` times each request; ``checks`` looks at what the product
depends on; ``metrics`` hands figures to Prometheus. None of them tells a name, a cell or a search word.
"""
