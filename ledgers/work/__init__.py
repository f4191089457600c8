"""综合工作: what the office itself did, sent, was told to mend, spent and is held to."""
