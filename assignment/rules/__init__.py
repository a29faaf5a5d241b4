"""Who may hold which case, and who gets it (A2.2): plain functions over plain values. Money is whole cents."""
