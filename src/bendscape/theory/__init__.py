"""Theory: everything computed in the limit `N -> inf`, from the equations alone."""
