"""Pictures in memory and the reads that keep them true."""
