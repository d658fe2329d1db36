"""Models as they are written: OpenFGA's text and JSON forms, read and printed."""
