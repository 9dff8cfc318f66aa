"""Earlier place of `bs.theory.given_labels`; it goes in the next release."""
