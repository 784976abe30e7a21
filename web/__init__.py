"""What people see in a browser, and where push notifications arrive."""
