"""What the service tells about itself while it runs: counters for who scrapes them, traces for who collects them."""
