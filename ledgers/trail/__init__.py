"""The record of the past: history rows under seal, and the log of who did what."""
