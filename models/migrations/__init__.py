"""The steps that bring the tables of an older database up to date; `models.migration` takes them."""
