"""What can be typed, beside a running server and without one."""
