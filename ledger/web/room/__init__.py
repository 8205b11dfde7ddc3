"""The pages of those who decide, advise and work on cases, on either side."""
