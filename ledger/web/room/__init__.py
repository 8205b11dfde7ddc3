"""The pages of who works on cases: director, designees, counsel, staff; and the board's page."""
