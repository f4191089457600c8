"""Quarterly returns: what a village or township reports for each quarter, who has not yet, and what is in force."""
