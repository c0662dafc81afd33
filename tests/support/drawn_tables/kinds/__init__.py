"""What tables of statements, papers, timetables and bills say, and pages that only look like them."""
