"""What the service tells about itself while it runs: counters that operators scrape, and traces for whoever collects them."""
