"""What administrators may do, over HTTP, by the command line and from files."""
