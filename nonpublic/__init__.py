"""非公经济: private enterprises of the area, what they ask for, and what they give."""
