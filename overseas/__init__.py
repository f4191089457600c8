"""侨台工作: household and person counts, exchanges, services and donated projects. No list of people."""
