"""Access reviews: begin, answer, keep at their times, report."""
