"""Earlier place of `bs.theory.given_labels`; the next release removes it."""
