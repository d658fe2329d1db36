"""What lies in deploy/: it names only what the service has, and the tools that know these files accept it."""
