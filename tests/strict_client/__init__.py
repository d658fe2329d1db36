"""A client, resource server and validator that others wrote, run by Node: it accepts only what the standards demand."""
