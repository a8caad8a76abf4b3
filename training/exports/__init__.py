"""Files for a bureau: which columns, which rows, written from one instant of the database."""
