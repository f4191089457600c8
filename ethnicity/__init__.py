"""民族工作: headcounts, support projects and demonstration sites. No list of people, and no ethnic group by village."""
