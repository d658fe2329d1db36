"""Models as they are written: read, printed, validated, merged and built."""
