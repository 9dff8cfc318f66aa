"""The experiments of the page: one module each, found by listing this folder."""
