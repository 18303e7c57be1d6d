"""Outstanding returns in a table, worked on by any number of machines: see ../README.md."""
