"""What is left of the service's word when its process is killed, its disk is full or its database is held."""
