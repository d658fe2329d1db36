"""What is left of the service's word when processes are killed, networks fail, disks are full or databases held."""
