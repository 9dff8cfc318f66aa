"""Laws of the curvature: where the points come from that all averages are taken over."""
