"""One module a step, numbered; each is taken once, in the order of the numbers, and never changed after a release."""
